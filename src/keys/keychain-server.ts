/**
 * The other end of `keychain-process`: reads one request, asks the library, writes one answer.
 *
 * The library speaks strings, so the secret passes through one as base64 of 32 random bytes. That string cannot be wiped,
 * which is one reason for this process to end at once.
 */
import type { Readable, Writable } from "node:stream";
import { fromBase64, toBase64 } from "../base/bytes.ts";
import { concatSecretBytes, Secret } from "../base/secret.ts";
import type { KeychainAnswer, KeychainRequest } from "./keychain-messages.ts";
import {
  decodeKeychainRequest,
  encodeKeychainAnswer,
  MAX_KEYCHAIN_MESSAGE_BYTES,
} from "./keychain-messages.ts";

/** The part of keytar that is used. */
export interface KeychainLibrary {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export const KEYCHAIN_SERVICE = "keepsake";

/**
 * Serves one request.
 *
 * @param input - its end means that whoever asked is gone
 * @param load - loads the library; may reject
 * @param end - ends the process, which must not wait for the library; called exactly once
 */
export async function serveKeychain(
  input: Readable,
  output: Writable,
  load: () => Promise<KeychainLibrary>,
  end: () => void,
): Promise<void> {
  let isEnded = false;
  const endOnce = () => {
    if (!isEnded) end();
    isEnded = true;
  };
  const request = await readRequest(input).catch(() => undefined);
  if (request === undefined) {
    endOnce();
    return;
  }
  input.once("close", endOnce);
  input.resume();
  const answer = await answerKeychain(request, load);
  await new Promise<unknown>((resolve) => {
    output.write(encodeKeychainAnswer(answer), resolve);
  });
  endOnce();
}

/** Carries out a request. Wipes its secret; never rejects. */
export async function answerKeychain(
  request: KeychainRequest,
  load: () => Promise<KeychainLibrary>,
): Promise<KeychainAnswer> {
  const { operation, account } = request;
  try {
    const library = await load();
    if (operation === "get") return answerWith(await library.getPassword(KEYCHAIN_SERVICE, account));
    if (operation === "set") {
      await library.setPassword(KEYCHAIN_SERVICE, account, toBase64(request.secret.bytes));
      return { status: "done", message: "" };
    }
    const isRemoved = await library.deletePassword(KEYCHAIN_SERVICE, account);
    return { status: isRemoved ? "done" : "none", message: "" };
  } catch (error) {
    return { status: "failed", message: error instanceof Error ? error.message.slice(0, 1_000) : "" };
  } finally {
    if (operation === "set") request.secret.wipe();
  }
}

function answerWith(text: string | null): KeychainAnswer {
  if (text === null) return { status: "none", message: "" };
  return { status: "done", message: "", secret: new Secret(fromBase64(text)) };
}

/** @returns undefined when the input ends first, or is longer than any request */
async function readRequest(input: Readable): Promise<KeychainRequest | undefined> {
  let arrived: Uint8Array = new Uint8Array(0);
  for await (const chunk of input.iterator({ destroyOnReturn: false })) {
    const before = arrived;
    arrived = concatSecretBytes(before, chunk as Uint8Array);
    before.fill(0);
    const request = decodeKeychainRequest(arrived);
    if (request !== undefined || arrived.length > MAX_KEYCHAIN_MESSAGE_BYTES) {
      arrived.fill(0);
      return request;
    }
  }
  return undefined;
}
