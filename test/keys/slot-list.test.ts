import { describe, expect, test } from "vitest";
import type { StoredSlot } from "../../src/keys/keyring-format.ts";
import { checkSlotRoom, replaceSlot, withoutSlot, withSlot } from "../../src/keys/slot-list.ts";
import { thrownCode } from "../crypto/support.ts";

function slot(kind: "recovery" | "keychain" | "passphrase", id: string): StoredSlot {
  const fields = {
    id,
    label: "",
    created: 0,
    commitment: new Uint8Array(32),
    wrappedKey: new Uint8Array(60),
  };
  const kdf = { memoryKiB: 65_536, passes: 3, parallelism: 1, salt: new Uint8Array(32) };
  return kind === "passphrase" ? { kind, ...fields, kdf } : { kind, ...fields };
}

describe("the list of slots", () => {
  test("holds eight and no ninth", () => {
    let slots: readonly StoredSlot[] = [];
    for (let index = 0; index < 8; index += 1) slots = withSlot(slots, slot("keychain", `slot000${index}`));
    expect(slots).toHaveLength(8);
    expect(thrownCode(() => withSlot(slots, slot("recovery", "slot0008")))).toBe("TOO_MANY_SLOTS");
    expect(thrownCode(() => checkSlotRoom(slots))).toBe("TOO_MANY_SLOTS");
    expect(thrownCode(() => checkSlotRoom(slots.slice(1)))).toBeUndefined();
  });

  test.each(["passphrase", "recovery"] as const)(
    "never loses its last %s slot while only the keychain is left",
    (kind) => {
      const slots = [slot(kind, "slot0000"), slot("keychain", "slot0001")];
      expect(thrownCode(() => withoutSlot(slots, "slot0000"))).toBe("LAST_SLOT");
      expect(thrownCode(() => withoutSlot(slots.slice(0, 1), "slot0000"))).toBe("LAST_SLOT");
      expect(withoutSlot(slots, "slot0001")).toEqual([slots[0]]);
    },
  );

  test("may lose the passphrase while a recovery key is left, and the other way round", () => {
    const slots = [slot("passphrase", "slot0000"), slot("recovery", "slot0001")];
    expect(withoutSlot(slots, "slot0000")).toEqual([slots[1]]);
    expect(withoutSlot(slots, "slot0001")).toEqual([slots[0]]);
  });

  test("has nothing to remove or replace under an id it does not hold", () => {
    const slots = [slot("passphrase", "slot0000")];
    expect(thrownCode(() => withoutSlot(slots, "slot0009"))).toBe("NOT_FOUND");
    expect(thrownCode(() => replaceSlot(slots, slot("recovery", "slot0009")))).toBe("NOT_FOUND");
  });

  test("replaces a slot in its place", () => {
    const slots = [
      slot("passphrase", "slot0000"),
      slot("recovery", "slot0001"),
      slot("keychain", "slot0002"),
    ];
    const next = slot("recovery", "slot0001");
    expect(replaceSlot(slots, next)).toEqual([slots[0], next, slots[2]]);
    expect(replaceSlot(slots, next)[1]).toBe(next);
  });
});
