/**
 * Confirmations: a method that would change more than one thing for good, or take out of recall what others wrote, first
 * answers what it would do and hands out a token; the same call with the token does it.
 *
 *   request: 32 random bytes, base64url ──> client       SHA-256 ──> kept with
 *                                                        binding = SHA-256(client, method, canonical params without token)
 *                                                        targets = SHA-256(sorted target set)
 *   redeem:  presenting a token burns it, whatever comes of it; no mismatch mints a new one.
 *
 * In terminal mode clients other than the person's get no token: their call waits for the person (`waiting-calls.ts`).
 * Tokens live in the engine's memory alone, so a lock ends all of them.
 */
import { utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { isPerson } from "./clients.ts";
import { digest, digestsOf } from "./confirmable-call.ts";
import type { ConfirmableCall, ConfirmationRequired, ConfirmationText } from "./confirmable-call.ts";
import { WaitingCalls } from "./waiting-calls.ts";

const TOKEN_BYTES = 32;
const MAX_TOKENS = 64;
const MAX_TOKENS_PER_CLIENT = 16;

/** How clients other than the person's confirm: with a token of their own, or by the person in a terminal. */
export type ConfirmMode = "token" | "terminal";

/** A call that asks to be confirmed, and what the person is shown of it in a terminal. */
export interface AskingCall extends ConfirmableCall, ConfirmationText {
  /** Ids of memories that show what it is about. */
  readonly shown?: readonly string[];
}

export interface Confirmations {
  /** Mints a token. Of too many outstanding ones the oldest ends. */
  request(
    call: ConfirmableCall,
    text: ConfirmationText,
  ): Promise<ConfirmationRequired & { readonly confirmationToken: string }>;
  /**
   * Burns the token and checks that it was minted for this call.
   *
   * @throws CONFIRMATION_INVALID: unknown, used, expired, or minted for another client, method or params
   * @throws CONFIRMATION_STALE: minted for this call, but the target set is another one now
   */
  redeem(call: ConfirmableCall, token: string): Promise<void>;
  /** Ends a token, whatever it was for. */
  burn(token: string): Promise<void>;
  /** Ends all tokens of a client, and what of its calls waits or was agreed to. */
  forgetClient(client: string): void;
  /** Asked for each call: the setting may change while the engine runs. @throws INVALID_CONFIG */
  readonly readMode: () => Promise<ConfirmMode>;
  readonly waiting: WaitingCalls;
}

/**
 * The step before anything that removes more than one thing, or what others wrote. A token that is presented is always
 * checked.
 *
 * @returns what to answer when the call is not confirmed yet; `undefined` when it is and may go on
 * @throws CONFIRMATION_INVALID, CONFIRMATION_STALE, CONFIRMATION_REFUSED
 */
export async function requireConfirmation(
  confirmations: Confirmations,
  asking: AskingCall,
): Promise<ConfirmationRequired | undefined> {
  const { description, targetCount, shown = [], ...call } = asking;
  const { confirmationToken: token, idempotencyKey: _key, ...params } = call.params;
  // What is confirmed is what will be done; a caller may draw a new idempotency key for each attempt.
  const confirmable = { ...call, params };
  if (!isPerson({ id: call.client }) && (await confirmations.readMode()) === "terminal") {
    if (token === undefined)
      return confirmations.waiting.ask(confirmable, { description, targetCount, shown });
    await confirmations.burn(token);
    throw new KeepsakeError("CONFIRMATION_INVALID");
  }
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

export function createConfirmations(
  clock: Pick<Clock, "monotonic">,
  readMode: () => Promise<ConfirmMode> = () => Promise.resolve("token"),
): Confirmations {
  /** By the hexadecimal SHA-256 of the token, oldest first. */
  const outstanding = new Map<string, Outstanding>();
  const waiting = new WaitingCalls(clock);

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
    readMode,
    waiting,
    request: async (call, { description, targetCount }) => {
      const token = Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url");
      const hash = await digest(utf8(token));
      const { binding, targets } = await digestsOf(call);
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

    forgetClient: (client) => {
      for (const [hash, entry] of outstanding) if (entry.client === client) outstanding.delete(hash);
      waiting.forgetClient(client);
    },

    redeem: async (call, token) => {
      const hash = await digest(utf8(token));
      const { binding, targets } = await digestsOf(call);
      const entry = outstanding.get(hash);
      outstanding.delete(hash);
      if (entry === undefined || clock.monotonic() >= entry.expiresAt || entry.binding !== binding) {
        throw new KeepsakeError("CONFIRMATION_INVALID");
      }
      if (entry.targets !== targets) throw new KeepsakeError("CONFIRMATION_STALE");
    },

    burn: async (token) => {
      outstanding.delete(await digest(utf8(token)));
    },
  };
}
