/**
 * The desktop's keychain (Secret Service, macOS Keychain): secrets of slots, by account.
 *
 * It may be missing, fail to load, be locked, or show a prompt and never answer: all of that is KEYCHAIN_UNAVAILABLE with a
 * sentence about which, never a reason not to start. What it holds is the random secret of one slot and no key of the vault:
 * without the keyring file it opens nothing, and removing the slot makes it worthless.
 */
import { KeepsakeError } from "../base/errors.ts";

import type { Secret } from "../base/secret.ts";
import { startTimer } from "../base/timer.ts";
import { INSTALL_KEYCHAIN } from "../platform/keychain-advice.ts";
import type { KeychainAnswer, KeychainRequest } from "./keychain-messages.ts";
import { askKeychainProcess } from "./keychain-process.ts";

/** Secrets by account. Every method throws KEYCHAIN_UNAVAILABLE and nothing else. */
export interface Keychain {
  /**
   * @returns the secret, which the caller wipes; undefined when the keychain holds none. A Secret Service that is locked and
   *   can show no prompt answers the same
   */
  get(account: string): Promise<Secret | undefined>;
  /** @param secret - the caller keeps and wipes it */
  set(account: string, secret: Secret): Promise<void>;
  /** @returns whether an entry was there and is gone; a locked Secret Service answers like one without */
  remove(account: string): Promise<boolean>;
}

/** Carries out one request. Rejects when nothing can be asked; gives up when `signal` aborts. */
export type AskKeychain = (request: KeychainRequest, signal: AbortSignal) => Promise<KeychainAnswer>;

export const KEYCHAIN_TIMEOUT_MS = 30_000;

const NONE_HERE = "there is no keychain here";
const REASONS = [
  { pattern: /lock|prompt|dismiss|interaction|denied|cancel/i, reason: "the keychain is locked" },
  {
    pattern: /failed to load|cannot find|not provided by any|could not connect|d-?bus|does not exist/i,
    reason: NONE_HERE,
  },
  { pattern: /not canonical/i, reason: "the keychain holds something else under keepsake's name" },
] as const;

/**
 * The keychain of the desktop.
 *
 * @param ask - carries out one request; a process of its own for each, unless given
 * @param timeoutMs - how long a request may take before it counts as hanging
 */
export function createKeychain(
  ask: AskKeychain = askKeychainProcess,
  timeoutMs: number = KEYCHAIN_TIMEOUT_MS,
): Keychain {
  const call = async (request: KeychainRequest) => {
    const answer = await answerWithin(timeoutMs, (signal) => ask(request, signal));
    if (answer.status === "failed") throw unavailableError(reasonOf(answer.message));
    return answer;
  };
  return {
    get: async (account) => (await call({ operation: "get", account })).secret,
    set: async (account, secret) => {
      await call({ operation: "set", account, secret });
    },
    remove: async (account) => (await call({ operation: "remove", account })).status === "done",
  };
}

async function answerWithin<T>(timeoutMs: number, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const giveUp = new AbortController();
  let stop: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    stop = startTimer(timeoutMs, () => {
      reject(unavailableError(`the keychain did not answer within ${timeoutMs / 1000} s`));
      giveUp.abort();
    });
  });
  try {
    return await Promise.race([use(giveUp.signal), late]);
  } catch (error) {
    throw error instanceof KeepsakeError ? error : unavailableError(reasonOf(String(error)), error);
  } finally {
    stop();
  }
}

function reasonOf(message: string): string {
  const known = REASONS.find(({ pattern }) => pattern.test(message));
  return known?.reason ?? "the keychain refused";
}

function unavailableError(message: string, cause?: unknown): KeepsakeError {
  const hint = message === NONE_HERE ? { hint: INSTALL_KEYCHAIN } : {};
  return new KeepsakeError("KEYCHAIN_UNAVAILABLE", message, { cause, ...hint });
}
