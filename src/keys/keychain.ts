/**
 * The desktop's keychain (Secret Service, macOS Keychain), by way of the optional package `keytar`.
 *
 * It may be missing, fail to load (no libsecret), be locked, or show a prompt and never answer: all of that is
 * KEYCHAIN_UNAVAILABLE with a sentence about which, never a reason not to start.
 *
 * The package speaks strings, so what is stored passes through one as base64 of 32 random bytes. That string cannot be
 * wiped. It is the secret of one slot and no key of the vault: without the keyring file it opens nothing, and removing the
 * slot makes it worthless.
 */
import { fromBase64, toBase64 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { startTimer } from "../base/timer.ts";

/** Secrets by account. Every method throws KEYCHAIN_UNAVAILABLE and nothing else. */
export interface Keychain {
  /** @returns the secret, which the caller wipes; undefined when the keychain holds none */
  get(account: string): Promise<Secret | undefined>;
  /** @param secret - the caller keeps and wipes it */
  set(account: string, secret: Secret): Promise<void>;
  /** Removes the entry, if there is one. */
  remove(account: string): Promise<void>;
}

/** The part of keytar that is used. */
export interface KeychainLibrary {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export const KEYCHAIN_SERVICE = "keepsake";
export const KEYCHAIN_TIMEOUT_MS = 30_000;

const REASONS = [
  { pattern: /lock|prompt|dismiss|interaction|denied|cancel/i, reason: "The keychain is locked." },
  {
    pattern:
      /failed to load|cannot find (module|package)|not provided by any|serviceunknown|d-?bus|autolaunch/i,
    reason: "There is no keychain here.",
  },
] as const;

/**
 * The keychain of the desktop; nothing is loaded before the first call.
 *
 * @param load - loads the library; may reject
 * @param timeoutMs - how long a call may take before it counts as hanging
 */
export function createKeychain(
  load: () => Promise<KeychainLibrary> = loadKeytar,
  timeoutMs: number = KEYCHAIN_TIMEOUT_MS,
): Keychain {
  const call = <T>(use: (library: KeychainLibrary) => Promise<T>): Promise<T> =>
    answerWithin(timeoutMs, async () => use(await load()));
  return {
    get: async (account) => {
      const text = await call((library) => library.getPassword(KEYCHAIN_SERVICE, account));
      return text === null ? undefined : decode(text);
    },
    set: (account, secret) =>
      call((library) => library.setPassword(KEYCHAIN_SERVICE, account, toBase64(secret.bytes))),
    remove: async (account) => {
      await call((library) => library.deletePassword(KEYCHAIN_SERVICE, account));
    },
  };
}

/** Loads the optional package. @throws whatever loading a native module throws */
export async function loadKeytar(): Promise<KeychainLibrary> {
  const { default: keytar } = await import("keytar");
  return keytar;
}

function decode(text: string): Secret {
  try {
    return new Secret(fromBase64(text));
  } catch {
    throw unavailable("The keychain holds something else under keepsake's name.");
  }
}

/** Rejects when `use` has not settled in time. What it does afterwards is ignored: a call into the desktop has no abort. */
async function answerWithin<T>(timeoutMs: number, use: () => Promise<T>): Promise<T> {
  let stop: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    stop = startTimer(timeoutMs, () => {
      reject(unavailable(`The keychain did not answer within ${timeoutMs / 1000} s.`));
    });
  });
  try {
    return await Promise.race([use(), late]);
  } catch (error) {
    throw error instanceof KeepsakeError ? error : unavailable(reasonOf(error), error);
  } finally {
    stop();
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const known = REASONS.find(({ pattern }) => pattern.test(message));
  return known?.reason ?? "The keychain refused.";
}

function unavailable(message: string, cause?: unknown): KeepsakeError {
  return new KeepsakeError("KEYCHAIN_UNAVAILABLE", message, { cause });
}
