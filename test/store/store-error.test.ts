import { describe, expect, it } from "vitest";
import { openError, writeError } from "../../src/store/store-error.ts";

function levelError(code: string, message: string): Error {
  const cause = Object.assign(new Error(message), { code });
  return Object.assign(new Error("Database failed to open", { cause }), { code: "LEVEL_DATABASE_NOT_OPEN" });
}

describe("an error of a write", () => {
  it.each(["No space left on device", "Disk quota exceeded"])(
    "is a full disk when the system says %s",
    (text) => {
      const cause = new Error(`IO error: /v/store.1/000003.log: ${text}`);
      const error = writeError(cause, "/v/store.1");
      expect(error.code).toBe("DISK_FULL");
      expect(error.message).toContain("/v/store.1 could not be written: the disk is full");
      expect(error.cause).toBe(cause);
    },
  );

  it("is a failed write for every other reason, thrown values that are no errors included", () => {
    const error = writeError(new Error("IO error: x: Input/output error"), "/v");
    expect(error.code).toBe("WRITE_FAILED");
    expect(error.message).toMatch(/^\/v could not be written$/);
    expect(writeError("what", "/v").code).toBe("WRITE_FAILED");
  });
});

describe("an error of opening", () => {
  it.each([
    ["BUSY", "LEVEL_LOCKED", "IO error: lock /v/LOCK: already held by process"],
    ["DISK_FULL", "LEVEL_IO_ERROR", "IO error: /v/000009.ldb: No space left on device"],
    ["WRITE_FAILED", "LEVEL_IO_ERROR", "IO error: /v/000009.ldb: Input/output error"],
    ["WRITE_FAILED", "LEVEL_IO_ERROR", "IO error: /v/LOG: Too many open files"],
    ["VAULT_DAMAGED", "LEVEL_IO_ERROR", "IO error: /v/MANIFEST-000002: No such file or directory"],
    ["VAULT_DAMAGED", "LEVEL_IO_ERROR", "IO error: /v/000005.ldb: Invalid argument"],
    ["VAULT_DAMAGED", "LEVEL_CORRUPTION", "Corruption: checksum mismatch"],
  ])("is %s for %s: %s", (expected, code, message) => {
    const cause = levelError(code, message);
    const error = openError(cause, "/v");
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(/^\/v (is open in another process|could not be|does not hold a readable)/);
    expect(error.cause).toBe(cause);
  });
});
