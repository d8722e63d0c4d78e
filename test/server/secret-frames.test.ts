import { describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Frame } from "../../src/protocol/frame.ts";
import type { AdmittedCall } from "../../src/server/dispatch.ts";
import { Intake } from "../../src/server/intake.ts";
import { codeOf } from "../support/codes.ts";

describe("the bytes of a secret frame", () => {
  const admitted = (secretCount: number): AdmittedCall => ({
    id: 1,
    method: "key.change",
    params: {},
    identity: { id: "cli", scopes: [], projects: undefined, created: 0 },
    secretCount,
    hasStream: false,
    givesSecret: false,
    isLong: true,
    isPassive: false,
    bytesIn: 0,
  });
  const request = (): Frame => ({
    kind: "json",
    body: Buffer.from('{"id":1,"method":"key.change","params":{}}'),
  });
  const intakeFor = (call: AdmittedCall | undefined) =>
    new Intake(LIMITS, {
      admit: () => call,
      start: () => undefined,
      cancel: () => undefined,
      onStreamRoom: () => undefined,
    });

  test("are zero once the connection has ended before the request was complete", () => {
    const intake = intakeFor(admitted(2));
    const body = Uint8Array.of(1, 2, 3);
    intake.take(request());
    intake.take({ kind: "secret", body });
    expect(body).toEqual(Uint8Array.of(1, 2, 3));
    intake.close(new KeepsakeError("CANCELLED"));
    expect(body).toEqual(new Uint8Array(3));
  });

  test("are zero once they were dropped or refused", () => {
    const intake = intakeFor(undefined);
    const dropped = Uint8Array.of(1, 2, 3);
    intake.take(request());
    intake.take({ kind: "secret", body: dropped });
    const refused = Uint8Array.of(1, 2, 3);
    const fresh = intakeFor(undefined);
    expect(codeOf(() => fresh.take({ kind: "secret", body: refused }))).toBe("MALFORMED_REQUEST");
    expect([dropped, refused]).toEqual([new Uint8Array(3), new Uint8Array(3)]);
  });
});
