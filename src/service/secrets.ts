/**
 * Takes secrets out of what comes to be stored, before anything else looks at it: whoever brings it, whether it is stored or waits in
 * the inbox. The person alone may keep them.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { monotonicMs } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import { isPerson } from "../policy/clients.ts";
import type { Redact } from "../redaction/redact.ts";
import type { Said, WithoutSecrets } from "../redaction/said.ts";
import { withoutSecrets } from "../redaction/said.ts";

/** As answers have it: absent where it is none. */
export interface SecretsFound {
  readonly redacted?: number;
  readonly keptSecrets?: number;
}

export interface TakenOut<T> extends SecretsFound {
  readonly given: T;
}

type Redacted<T> = { readonly given: T; readonly redacted?: number };

/** Others wait no longer than that and one text. */
const MAX_WORK_MS = 5;

export class Secrets {
  readonly #load: () => Redact;
  #loaded: Redact | undefined;
  #restedAt = 0;
  readonly #counts = { redacted: 0, kept: 0 };

  /** @param load - loads the rules, which takes some milliseconds */
  constructor(load: () => Redact) {
    this.#load = load;
  }

  /** Since this process began. */
  get counts(): { readonly redacted: number; readonly kept: number } {
    return this.#counts;
  }

  #redact(): Redact {
    return (this.#loaded ??= this.#load());
  }

  /** Lets others in when it has worked for a while: what is hostile costs a text of its length many times what others do. */
  async breathe(): Promise<void> {
    if (monotonicMs() - this.#restedAt < MAX_WORK_MS) return;
    await nextTurn();
    this.#restedAt = monotonicMs();
  }

  /** A text as it would be stored now. */
  textOf(text: string): string {
    return this.#redact()(text).text;
  }

  /** Counted nowhere. */
  foundIn<T extends Said>(said: T): WithoutSecrets<T> {
    return withoutSecrets(this.#redact(), said);
  }

  takeOut<T extends Said>(given: T): Redacted<T> {
    const { said, kinds } = this.foundIn(given);
    const replaced = sumOf(kinds);
    this.#counts.redacted += replaced;
    return { given: said, ...(replaced > 0 && { redacted: replaced }) };
  }

  /** @param isKept - the person asks for what was given as it is */
  takeOutUnless<T extends Said>(isKept: boolean, given: T): TakenOut<T> {
    if (!isKept) return this.takeOut(given);
    const replaced = sumOf(this.foundIn(given).kinds);
    this.#counts.kept += replaced;
    return { given, ...(replaced > 0 && { keptSecrets: replaced }) };
  }
}

function sumOf(kinds: ReadonlyMap<string, number>): number {
  return [...kinds.values()].reduce((sum, count) => sum + count, 0);
}

/** @throws SCOPE_DENIED to everyone but the person who wants secrets kept */
export function checkKeeps(keepSecrets: true | undefined, client: ClientIdentity): boolean {
  if (keepSecrets === undefined || isPerson(client)) return keepSecrets === true;
  throw new KeepsakeError("SCOPE_DENIED", "only the person at the terminal can have secrets kept");
}
