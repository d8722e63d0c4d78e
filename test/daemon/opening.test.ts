import { describe, expect, it, vi } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { ErrorCode } from "../../src/base/errors.ts";
import { createLogger } from "../../src/base/logger.ts";
import { openAtStart } from "../../src/daemon/opening.ts";
import type { OpeningAtStart } from "../../src/daemon/opening.ts";
import { FakeClock } from "../support/fake-clock.ts";

interface Given {
  readonly state?: "missing" | "sealed" | "open";
  readonly hasKeychain?: boolean;
  readonly isWanted?: boolean | KeepsakeError;
  readonly fails?: ErrorCode;
}

async function started({ state = "sealed", hasKeychain = true, isWanted = true, fails }: Given) {
  const log: string[] = [];
  const unlocks: { readonly params: object; readonly client: string; readonly scopes: readonly string[] }[] =
    [];
  const answered = vi.fn<(answer: object) => void>();
  const opening: OpeningAtStart = {
    door: { state: () => state, hasKeychain: () => hasKeychain },
    handlers: {
      "vault.unlock": async (params, { client }) => {
        unlocks.push({ params, client: client.id, scopes: client.scopes });
        if (fails !== undefined) throw new KeepsakeError(fails, "of /home/mira");
        return { state: "open", already: false };
      },
    },
    audit: {
      admitted: () => ({
        traceId: "0".repeat(16) as never,
        inBatch: () => [],
        inInbox: () => [],
        confirmed: () => undefined,
        answered,
      }),
    },
    isWanted: async () => {
      if (typeof isWanted === "object") throw isWanted;
      return isWanted;
    },
    logger: createLogger((line) => log.push(line), new FakeClock()),
  };
  return { fault: await openAtStart(opening), log: log.join(""), unlocks, answered };
}

describe("opening the vault when the daemon starts", () => {
  it("asks the keychain as the person would, on record", async () => {
    const { fault, log, unlocks, answered } = await started({});
    expect(fault).toBeUndefined();
    expect(unlocks).toMatchObject([{ params: { with: "keychain", acceptRollback: false }, client: "cli" }]);
    expect(log).toContain("opened-at-start");
    expect(answered).toHaveBeenCalledExactlyOnceWith({ code: undefined, bytesOut: 0 });
  });

  it.each([
    ["it is not wanted", { isWanted: false }],
    ["there is no vault", { state: "missing" }],
    ["it is open", { state: "open" }],
  ] as const)("does nothing where %s", async (_, given) => {
    const { fault, log, unlocks } = await started(given);
    expect([fault, log, unlocks]).toEqual([undefined, "", []]);
  });

  it("says why it did not, in the log by a code alone", async () => {
    const none = await started({ hasKeychain: false });
    expect([none.fault, none.unlocks]).toEqual(["KEYCHAIN_UNAVAILABLE", []]);
    for (const fails of ["KEYCHAIN_UNAVAILABLE", "WRONG_PASSPHRASE", "ROLLBACK_DETECTED"] as const) {
      const { fault, log, answered } = await started({ fails });
      expect([fault, log.includes(fails), log.includes("mira")]).toEqual([fails, true, false]);
      expect(answered).toHaveBeenCalledExactlyOnceWith({ code: fails, bytesOut: 0 });
    }
  });

  it("asks nothing while the settings cannot be trusted", async () => {
    const { fault, unlocks } = await started({ isWanted: new KeepsakeError("INVALID_CONFIG") });
    expect([fault, unlocks]).toEqual(["INVALID_CONFIG", []]);
  });
});
