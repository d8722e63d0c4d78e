/**
 * Calls of hosts' clients that wait for the person, in terminal mode. A call that needs a confirmation answers at once and
 * waits here; the person sees it in a terminal and agrees or refuses; the same call of the same client, about the same
 * memories, then goes through once, or is refused. Neither blocks the host.
 *
 *   ask ─> waiting ─┬─ agreed ──> the same call again: goes through, and the entry ends
 *                   ├─ refused ─> the same call again: CONFIRMATION_REFUSED, until the entry ends
 *                   └─ 300 s ───> the entry ends
 *
 * Held in the engine's memory alone: a lock ends all of them.
 */
import { toHex } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { digestsOf } from "./confirmable-call.ts";
import type {
  CallDigests,
  ConfirmableCall,
  ConfirmationRequired,
  ConfirmationText,
} from "./confirmable-call.ts";

const ID_BYTES = 4;
const MAX_WAITING_PER_CLIENT = 16;
const MAX_WAITING = 64;

/** What the person is shown of a call. */
export interface WaitingCall extends ConfirmationText {
  /** 8 hexadecimal digits; of no use to anyone but the person's client. */
  readonly id: string;
  readonly client: string;
  readonly operation: ConfirmableCall["method"];
  /** As asked for. */
  readonly params: ConfirmableCall["params"];
  /** Some of the memories it is about. */
  readonly shown: readonly string[];
  readonly ageMs: number;
  readonly leftMs: number;
}

interface Entry extends CallDigests, Omit<WaitingCall, "ageMs" | "leftMs"> {
  readonly state: "waiting" | "agreed" | "refused";
  /** Monotonic. */
  readonly askedAt: number;
  readonly endsAt: number;
}

export class WaitingCalls {
  readonly #clock: Pick<Clock, "monotonic">;
  /** By id, oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /**
   * @returns what to answer while the person has said nothing; `undefined` once they agreed to exactly this call
   * @throws CONFIRMATION_REFUSED, CONFIRMATION_STALE when it would change other memories than the person agreed to
   */
  async ask(
    call: ConfirmableCall,
    text: ConfirmationText & Pick<WaitingCall, "shown">,
  ): Promise<ConfirmationRequired | undefined> {
    const { binding, targets } = await digestsOf(call);
    const known = this.#live().find((entry) => entry.binding === binding);
    if (known?.state === "refused") throw new KeepsakeError("CONFIRMATION_REFUSED");
    if (known?.state === "waiting" && known.targets === targets) return this.#required(known);
    if (known !== undefined) this.#entries.delete(known.id);
    if (known?.state !== "agreed") return this.#required(this.#add(call, text, { binding, targets }));
    if (known.targets !== targets) throw new KeepsakeError("CONFIRMATION_STALE");
    return undefined;
  }

  /** What waits for an answer, oldest first. */
  list(): readonly WaitingCall[] {
    const now = this.#clock.monotonic();
    return this.#live()
      .filter(({ state }) => state === "waiting")
      .map(({ binding: _binding, targets: _targets, state: _state, askedAt, endsAt, ...shown }) => ({
        ...shown,
        ageMs: now - askedAt,
        leftMs: endsAt - now,
      }));
  }

  /** The person's word; from then on the call has 300 s again. @returns whether such a call was waiting */
  answer(id: string, isAgreed: boolean): boolean {
    const entry = this.#live().find((each) => each.id === id && each.state === "waiting");
    if (entry === undefined) return false;
    const state = isAgreed ? "agreed" : "refused";
    this.#entries.set(id, { ...entry, state, endsAt: this.#clock.monotonic() + LIMITS.confirmationMs });
    return true;
  }

  /** Nothing that a client of that name asked for is agreed to any more. */
  forgetClient(client: string): void {
    for (const entry of this.#entries.values()) if (entry.client === client) this.#entries.delete(entry.id);
  }

  #live(): readonly Entry[] {
    const now = this.#clock.monotonic();
    for (const { id, endsAt } of this.#entries.values()) if (now >= endsAt) this.#entries.delete(id);
    return [...this.#entries.values()];
  }

  #add(
    { client, method, params }: ConfirmableCall,
    { description, targetCount, shown }: ConfirmationText & Pick<WaitingCall, "shown">,
    digests: CallDigests,
  ): Entry {
    this.#makeRoom(client);
    const askedAt = this.#clock.monotonic();
    const entry: Entry = {
      id: toHex(crypto.getRandomValues(new Uint8Array(ID_BYTES))),
      client,
      operation: method,
      params,
      description,
      targetCount,
      shown,
      state: "waiting",
      askedAt,
      endsAt: askedAt + LIMITS.confirmationMs,
      ...digests,
    };
    this.#entries.set(entry.id, entry);
    return entry;
  }

  /** Of too many the oldest ends: first of the client's own, so that no client pushes out what others wait for. */
  #makeRoom(client: string): void {
    const own = [...this.#entries.values()].filter((entry) => entry.client === client);
    const tooMany = Math.max(0, own.length - MAX_WAITING_PER_CLIENT + 1);
    for (const { id } of own.slice(0, tooMany)) this.#entries.delete(id);
    if (this.#entries.size < MAX_WAITING) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }

  #required({ operation, description, targetCount, endsAt }: Entry): ConfirmationRequired {
    return {
      status: "confirmation_required",
      operation,
      description,
      targetCount,
      expiresInSeconds: Math.ceil((endsAt - this.#clock.monotonic()) / 1_000),
    };
  }
}
