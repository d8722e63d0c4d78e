/** By what name a message is known, so that hook, file and import mean the same one. */
import { describe, expect, it } from "vitest";
import { messageName, promptName } from "../../src/capture/shapes/turn-entries.ts";

const UUID = "7b0d8a2e-3c55-4a0b-9b6e-3a1d0c9e0f11";

describe("a name", () => {
  it("of a UUID is the same in capitals, in small letters and in any conversation", () => {
    expect(messageName("one", UUID.toUpperCase())).toBe(messageName("two", UUID));
    expect(promptName(UUID.toUpperCase(), "text")).toBe(promptName(UUID, "text"));
  });

  it.each([`${UUID}0`, UUID.replace("b", "g"), "message-1"])(
    "of anything else is one within its conversation: %s",
    (id) => {
      expect(messageName("one", id)).not.toBe(messageName("two", id));
    },
  );
});
