import { describe, expect, it } from "vitest";
import { checkSocketPath } from "../../src/platform/socket-path.ts";

describe("checkSocketPath", () => {
  it("accepts 103 bytes and refuses 104", () => {
    checkSocketPath(`/${"a".repeat(102)}`);
    expect(() => checkSocketPath(`/${"a".repeat(103)}`)).toThrow(
      expect.objectContaining({ code: "PATH_TOO_LONG" }) as Error,
    );
  });

  it("counts bytes, not characters", () => {
    checkSocketPath(`/${"é".repeat(51)}`);
    expect(() => checkSocketPath(`/${"é".repeat(52)}`)).toThrow(
      expect.objectContaining({ code: "PATH_TOO_LONG" }) as Error,
    );
  });
});
