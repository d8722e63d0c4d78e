import { describe, expect, it } from "vitest";
import { ERRORS, KeepsakeError, isErrorCode } from "../../src/base/errors.ts";

/** After these there is nothing to do: someone ended it on purpose. */
const ENDED_ON_PURPOSE: ReadonlySet<string> = new Set(["CANCELLED", "INTERRUPTED"]);

describe("the error table", () => {
  it.each(Object.keys(ERRORS).filter(isErrorCode))("says of %s what happened and what to do next", (code) => {
    const { summary, hint } = ERRORS[code];
    expect(summary).toMatch(/^[a-z].*[^.\s]$/);
    if (ENDED_ON_PURPOSE.has(code)) expect(hint).toBeUndefined();
    else expect(hint).toMatch(/^\S.*[^.\s]$/);
    expect(new KeepsakeError(code).hint).toBe(hint);
  });

  it("lets an error give its own hint", () => {
    expect(new KeepsakeError("NOT_FOUND", "no such thing", { hint: "look here" }).hint).toBe("look here");
  });
});
