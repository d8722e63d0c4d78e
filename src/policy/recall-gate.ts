/**
 * The one gate before anything that takes memories out of recall: forgetting them, replacing their text, superseding them,
 * changing when they are forgotten, whatever the method is called. Whoever changes what is recalled needs a pass, and only
 * this file gives one (`Memories.remove` and `Memories.insert` ask for it).
 *
 *   nothing leaves recall                          passes
 *   the person, or what this client itself saved   passes, one memory at a time; several need a confirmation
 *   anything else                                  needs the scope `forget`, counts as a forget, needs a confirmation
 *
 * A token that is presented is checked in every case.
 */
import { KeepsakeError } from "../base/errors.ts";
import type { ClientScope } from "../protocol/method.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { METHODS } from "../protocol/method-table.ts";
import { isPerson } from "./clients.ts";
import type { ClientIdentity } from "./clients.ts";
import type { ConfirmableCall, ConfirmationRequired } from "./confirmable-call.ts";
import { requireConfirmation } from "./confirmations.ts";
import type { Confirmations } from "./confirmations.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { RecallPass } from "./recall-pass.ts";

const GUARD: ClientScope = "forget";
/** Saved since the engine opened, of all clients together; of what is dropped nobody is the author any more. */
const MAX_REMEMBERED = 100_000;

const PASS = {} as RecallPass;

/** What a call would take out of recall. */
export interface RecallChange {
  readonly method: MethodName;
  readonly params: ConfirmableCall["params"];
  /** One phrase of fixed words; `undefined`: nothing leaves recall. */
  readonly effect: string | undefined;
  /** The ids of all versions of each memory, oldest first. */
  readonly chains: readonly (readonly string[])[];
  /** Whether the person has to agree whoever asks, since it is more than one memory that was named. */
  readonly isMany?: boolean;
}

export interface GateCall {
  readonly client: ClientIdentity;
  /** Told when the person has agreed. */
  readonly record: { confirmed(): void };
}

export interface RecallGateDeps {
  readonly confirmations: Confirmations;
  readonly rateLimits: Pick<RateLimits, "takeAs">;
}

/** How many memories a person may be shown of what waits. */
const MAX_SHOWN = 20;

export class RecallGate {
  readonly #confirmations: Confirmations;
  readonly #rateLimits: Pick<RateLimits, "takeAs">;
  /** The client that saved a memory, by the memory's id; oldest first. */
  readonly #authors = new Map<string, string>();

  constructor({ confirmations, rateLimits }: RecallGateDeps) {
    this.#confirmations = confirmations;
    this.#rateLimits = rateLimits;
  }

  /**
   * @returns a pass, or what to answer instead: the call is not confirmed yet
   * @throws SCOPE_DENIED, RATE_LIMITED, CONFIRMATION_INVALID, CONFIRMATION_STALE, CONFIRMATION_REFUSED
   */
  async enter(
    { method, params, effect, chains, isMany = false }: RecallChange,
    { client, record }: GateCall,
  ): Promise<{ readonly pass: RecallPass } | { readonly asks: ConfirmationRequired }> {
    const isFree = effect === undefined || isPerson(client) || this.#isAuthor(client, chains);
    if (!isFree) this.#guard(client, method);
    if (isFree && !isMany && params.confirmationToken === undefined) return { pass: PASS };
    const call = {
      client: client.id,
      method,
      params,
      targets: chains.flat(),
      targetCount: chains.length,
      description: effect ?? "change nothing that is recalled",
      shown: chains.slice(0, MAX_SHOWN).flatMap((versions) => versions.slice(-1)),
    };
    const asks = await requireConfirmation(this.#confirmations, call);
    if (asks !== undefined) return { asks };
    record.confirmed();
    return { pass: PASS };
  }

  /** For an import that brings versions of what is stored: an export or files of the person's own. @throws SCOPE_DENIED to everyone else */
  passOfPerson(client: ClientIdentity): RecallPass {
    if (isPerson(client)) return PASS;
    throw new KeepsakeError(
      "SCOPE_DENIED",
      "only the person at the terminal can say that an export, or a file that changes, is their own",
    );
  }

  /** A client saved a memory: until the engine ends it may take it back by itself. */
  noteSaved({ id: client }: ClientIdentity, id: string): void {
    for (const oldest of this.#authors.keys()) {
      if (this.#authors.size < MAX_REMEMBERED) break;
      this.#authors.delete(oldest);
    }
    this.#authors.set(id, client);
  }

  /** A client of that name that comes later has saved nothing. */
  forgetClient(client: string): void {
    for (const [id, author] of this.#authors) if (author === client) this.#authors.delete(id);
  }

  #isAuthor({ id }: ClientIdentity, chains: RecallChange["chains"]): boolean {
    return chains.flat().every((version) => this.#authors.get(version) === id);
  }

  /** As dispatch does for a method of that scope. @throws SCOPE_DENIED, RATE_LIMITED */
  #guard(client: ClientIdentity, method: MethodName): void {
    if (METHODS[method].scope === GUARD) return;
    if (!client.scopes.includes(GUARD)) {
      throw new KeepsakeError(
        "SCOPE_DENIED",
        `to change what others wrote, ${method} needs the scope ${GUARD}`,
      );
    }
    this.#rateLimits.takeAs(client, GUARD);
  }
}

/** For memories whose time is over: who set that time passed the gate then. */
export function passOfExpired(): RecallPass {
  return PASS;
}
