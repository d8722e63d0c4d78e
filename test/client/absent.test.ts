import { describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { isDaemonAbsent, silentDaemonError, unclosedVaultError } from "../../src/client/absent.ts";

const unreachable = (code?: string) =>
  new KeepsakeError("DAEMON_UNREACHABLE", undefined, { cause: Object.assign(new Error("system"), { code }) });

describe("an unreachable daemon", () => {
  test.each(["ENOENT", "ECONNREFUSED"])("is not there when connecting says %s", (code) => {
    expect(isDaemonAbsent(unreachable(code))).toBe(true);
  });

  test.each([
    ["took too long", new KeepsakeError("DAEMON_UNREACHABLE")],
    ["ended in mid-call", unreachable("ECONNRESET")],
    ["has no place for connections", unreachable("EAGAIN")],
    ["may not be reached", unreachable("EACCES")],
    [
      "is reached only by way of another failure",
      new KeepsakeError("DAEMON_UNREACHABLE", undefined, { cause: unreachable("ENOENT") }),
    ],
    [
      "was refused",
      new KeepsakeError("UNSAFE_PATH", undefined, {
        cause: Object.assign(new Error("x"), { code: "ENOENT" }),
      }),
    ],
    ["failed otherwise", new Error("ENOENT")],
  ])("may be there when it %s", (_, error) => {
    expect(isDaemonAbsent(error)).toBe(false);
  });

  test.each([
    [[12, 13], "(process 12, 13)"],
    [[], "the vault may be open"],
  ])(
    "that has the vault's locks is named with its processes, as far as they are known: %j",
    (holders, words) => {
      const silent = silentDaemonError("/s", holders, undefined);
      const unclosed = unclosedVaultError(holders, undefined);
      for (const error of [silent, unclosed]) {
        expect([error.code, error.message]).toEqual([
          "DAEMON_UNREACHABLE",
          expect.stringContaining("the vault may be open"),
        ]);
        expect(error.message).toContain(words);
      }
      expect(silent.message).toContain("does not answer at /s");
    },
  );
});
