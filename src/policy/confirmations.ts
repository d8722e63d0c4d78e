/**
 * Confirmations: a method that would change more than one thing for good first answers what it would do and hands out a
 * token; the same call with the token does it.
 *
 *   request: 32 random bytes, base64url ──> client       SHA-256 ──> kept with
 *                                                        binding = SHA-256(client, method, canonical params without token)
 *                                                        targets = SHA-256(sorted target set)
 *   redeem:  presenting a token burns it, whatever comes of it; no mismatch mints a new one.
 *
 * Tokens live in the engine's memory alone, so a lock ends all of them.
 */
import { encodeParts, toHex, utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { canonicalParams } from "./canonical-params.ts";

const TOKEN_BYTES = 32;
const MAX_TOKENS = 64;
const MAX_TOKENS_PER_CLIENT = 16;

/** A call that needs a confirmation, and what it would change now. */
export interface ConfirmableCall {
  readonly client: string;
  readonly method: MethodName;
  /** As the handler sees them; `confirmationToken` is left out of the binding. */
  readonly params: Readonly<Record<string, unknown>> & { readonly confirmationToken?: string | undefined };
  /** Ids of everything the call would change; order and repetition do not matter. */
  readonly targets: Iterable<string>;
}

/** What a person reads before confirming: numbers and fixed words, never stored text. */
export interface ConfirmationText {
  /** One phrase, such as "forget 3 memories with all versions". */
  readonly description: string;
  readonly targetCount: number;
}

export interface ConfirmationRequired extends ConfirmationText {
  readonly status: "confirmation_required";
  readonly operation: MethodName;
  readonly confirmationToken: string;
  readonly expiresInSeconds: number;
}

export interface Confirmations {
  /** Mints a token. Of too many outstanding ones the oldest ends. */
  request(call: ConfirmableCall, text: ConfirmationText): Promise<ConfirmationRequired>;
  /**
   * Burns the token and checks that it was minted for this call.
   *
   * @throws CONFIRMATION_INVALID: unknown, used, expired, or minted for another client, method or params
   * @throws CONFIRMATION_STALE: minted for this call, but the target set is another one now
   */
  redeem(call: ConfirmableCall, token: string): Promise<void>;
}

/**
 * The step before anything that removes more than one thing.
 *
 * @returns what to answer when the call carries no token; `undefined` when its token holds and it may go on
 * @throws CONFIRMATION_INVALID, CONFIRMATION_STALE
 */
export async function requireConfirmation(
  confirmations: Confirmations,
  { description, targetCount, ...call }: ConfirmableCall & ConfirmationText,
): Promise<ConfirmationRequired | undefined> {
  const { confirmationToken: token, idempotencyKey: _key, ...params } = call.params;
  // What is confirmed is what will be done; a caller may draw a new idempotency key for each attempt.
  const confirmable = { ...call, params };
  if (token === undefined) return confirmations.request(confirmable, { description, targetCount });
  await confirmations.redeem(confirmable, token);
  return undefined;
}

interface Outstanding {
  readonly client: string;
  readonly binding: string;
  readonly targets: string;
  /** Monotonic. */
  readonly expiresAt: number;
}

export function createConfirmations(clock: Pick<Clock, "monotonic">): Confirmations {
  /** By the hexadecimal SHA-256 of the token, oldest first. */
  const outstanding = new Map<string, Outstanding>();

  /** All live equally long, so the oldest are also the first to have expired. */
  const makeRoom = (client: string) => {
    const own = [...outstanding].filter(([, entry]) => entry.client === client).map(([hash]) => hash);
    for (const hash of own.slice(0, Math.max(0, own.length - MAX_TOKENS_PER_CLIENT + 1))) {
      outstanding.delete(hash);
    }
    for (const hash of [...outstanding.keys()].slice(0, Math.max(0, outstanding.size - MAX_TOKENS + 1))) {
      outstanding.delete(hash);
    }
  };

  return {
    request: async (call, { description, targetCount }) => {
      const token = Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url");
      const { hash, binding, targets } = await digestsOf(call, token);
      makeRoom(call.client);
      const expiresAt = clock.monotonic() + LIMITS.confirmationMs;
      outstanding.set(hash, { client: call.client, binding, targets, expiresAt });
      return {
        status: "confirmation_required",
        operation: call.method,
        description,
        targetCount,
        confirmationToken: token,
        expiresInSeconds: LIMITS.confirmationMs / 1_000,
      };
    },

    redeem: async (call, token) => {
      const { hash, binding, targets } = await digestsOf(call, token);
      const entry = outstanding.get(hash);
      outstanding.delete(hash);
      if (entry === undefined || clock.monotonic() >= entry.expiresAt || entry.binding !== binding) {
        throw new KeepsakeError("CONFIRMATION_INVALID");
      }
      if (entry.targets !== targets) throw new KeepsakeError("CONFIRMATION_STALE");
    },
  };
}

async function digestsOf({ client, method, params, targets }: ConfirmableCall, token: string) {
  const payload = canonicalParams(params, ["confirmationToken"]);
  return {
    hash: await digest(utf8(token)),
    binding: await digest(encodeParts(utf8(client), utf8(method), payload)),
    targets: await digest(utf8(JSON.stringify([...new Set(targets)].toSorted()))),
  };
}

async function digest(bytes: Uint8Array): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))));
}
