import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { failureText } from "../../src/mcp/failure-text.ts";

const LOG = "/home/mira lund/.local/state/keepsake/keepsake.log";

describe("a failure as a model is told of it", () => {
  it.each([
    [
      new KeepsakeError("DAEMON_UNREACHABLE", undefined, {
        hint: `run "keepsake status"; the log may say why: ${LOG}`,
      }),
      'DAEMON_UNREACHABLE: the daemon does not answer; run "keepsake status"; the log may say why; that is for the user in a terminal',
    ],
    [
      new KeepsakeError("UNSAFE_PATH", `${LOG} is open to other users (want mode 0600)`),
      'UNSAFE_PATH: a file or folder is not private, not ours or not of the right type; run "keepsake unlock" in a terminal, which names it',
    ],
    [
      new KeepsakeError("UNSAFE_PATH", "/a/vault cannot be used (ELOOP)", { hint: "look at KEEPSAKE_HOME" }),
      "UNSAFE_PATH: a file or folder is not private, not ours or not of the right type; look at KEEPSAKE_HOME",
    ],
    [
      new KeepsakeError("INVALID_CONFIG", `${LOG} is not JSON`),
      'INVALID_CONFIG: the configuration file does not hold a valid setting; run "keepsake unlock" in a terminal, which names it',
    ],
    [
      new KeepsakeError("NOT_FOUND", `there is no client mcp: ${LOG} is missing`, {
        hint: 'run "keepsake client add mcp" in a terminal',
      }),
      'NOT_FOUND: there is no client mcp; run "keepsake client add mcp" in a terminal',
    ],
    [
      new KeepsakeError("WRITE_FAILED", "/a b/c could not be written (EIO)"),
      "WRITE_FAILED: the disk refused a write; nothing was acknowledged; retry",
    ],
    [
      new KeepsakeError("INVALID_PARAMS", "see (../x) and ~/y"),
      "INVALID_PARAMS: a parameter is missing, unknown, of the wrong type or over its cap; correct what the message names, then retry",
    ],
  ])("holds no path, and still says what to do: %#", (error, text) => {
    expect(failureText(error)).toBe(text);
  });

  it("keeps what only looks like one, and waits", () => {
    const error = new KeepsakeError("RATE_LIMITED", "30/min and/or more than 3 / 4 of it", {
      facts: { retryAfterMs: 1_500 },
    });
    expect(failureText(error)).toBe(
      "RATE_LIMITED: 30/min and/or more than 3 / 4 of it; wait, then retry (after 2 s)",
    );
    expect(failureText(new Error("/etc/passwd"))).toContain("INTERNAL: something unexpected happened");
    expect(failureText(new Error("/etc/passwd"))).not.toContain("passwd");
  });
});
