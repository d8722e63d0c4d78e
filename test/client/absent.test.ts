import { describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { MISSED_ROUNDS, ROUND_MS } from "../../src/daemon/heartbeat.ts";
import { isDaemonAbsent, silentDaemonError } from "../../src/client/absent.ts";

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

  test("that is silent is named with the time it has left", () => {
    const longest = ((MISSED_ROUNDS + 1) * ROUND_MS) / 1_000;
    expect(silentDaemonError(new KeepsakeError("DAEMON_UNREACHABLE")).hint).toContain(
      `within ${longest} seconds`,
    );
  });
});
