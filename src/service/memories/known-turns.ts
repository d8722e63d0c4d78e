/**
 * Whether a turn is there already, and under which id it is stored when it is not.
 *
 * A message is known by the host's id of it, within its project: forks, resumed and moved sessions repeat it. Where the same id says
 * something else in another session, the host's ids are no more than numbers of a session, and it is another message.
 * A hook may know it by another name before its line is written: see `OtherNames`.
 * Version 0.1.0 knew a turn by session and message id, and joined the lines of an answer: what it stored is still there.
 */
import { crc32 } from "node:zlib";
import { hasCode } from "../../base/errors.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import type { StoredMemory } from "../memory-codec.ts";
import type { Memories, TurnName } from "./memories.ts";

/** What takes its place in the store from now on. */
export interface Taken {
  readonly turns: Map<RecordId, { readonly session: string | undefined; readonly mark: string }>;
  /** Which message a name stands for that is not its own. */
  readonly names: Map<RecordId, RecordId>;
}

export function nothingTaken(): Taken {
  return { turns: new Map(), names: new Map() };
}

/** Where a turn belongs. */
export interface Place {
  readonly id: RecordId;
  /** Where it is already, if it is. */
  readonly known: Known | undefined;
  /** Names that stand for nothing yet, and the message that each of them means now. */
  readonly newNames: ReadonlyMap<RecordId, RecordId>;
}

/** In the project it would be stored in, or in another. */
type Known = "here" | "elsewhere";

export class KnownTurns {
  readonly #memories: Memories;
  readonly #taken: Taken;
  readonly #isFree: (id: RecordId) => boolean;
  readonly #mayMeet: (project: string | null) => boolean;

  /**
   * @param taken - grows with what is stored
   * @param mayMeet - projects in which a turn may be known under another name than its own
   */
  constructor(memories: Memories, taken: Taken, mayMeet: (project: string | null) => boolean) {
    this.#memories = memories;
    this.#taken = taken;
    this.#isFree = memories.freeIds();
    this.#mayMeet = mayMeet;
  }

  isHeld(id: RecordId): boolean {
    return this.#taken.turns.has(id) || !this.#isFree(id);
  }

  take(id: RecordId, { session, text }: Pick<StoredMemory, "session" | "text">): void {
    this.#taken.turns.set(id, { session, mark: markOf(text) });
  }

  /** Makes names stand for messages from now on. @returns what says so in the store */
  name(newNames: Place["newNames"]): readonly Change[] {
    for (const [name, message] of newNames) this.#taken.names.set(name, message);
    return [...newNames].map(([name, message]) => this.#memories.otherNames.given(name, message));
  }

  /** Every id that a turn may have been stored under. @param id - its place */
  async namesOf(name: TurnName, id: RecordId): Promise<readonly RecordId[]> {
    const { project, session, messageId } = name;
    const ids: RecordId[] = [];
    for (const each of [project, ...this.#others(session, project)]) {
      const first = this.#memories.messageId(each, messageId);
      ids.push(first, ...(await this.#meantBy(first)));
      ids.push(this.#memories.messageIdInSession(each, session, messageId));
      ids.push(this.#memories.formerTurnId(each, session, messageId));
      ids.push(...(await this.#otherNamesOf(name, each, id)));
    }
    return ids;
  }

  async placeOf(name: TurnName, text: string): Promise<Place> {
    const { project, session, messageId } = name;
    const first = this.#memories.messageId(project, messageId);
    const isOther = this.isHeld(first);
    const newNames = new Map<RecordId, RecordId>();
    if (isOther && (await this.#isSame(first, session, text))) return { id: first, known: "here", newNames };
    const id = isOther ? this.#memories.messageIdInSession(project, session, messageId) : first;
    const held = await this.#heldUnderOtherName(name, id, text);
    const isHere =
      (isOther && this.isHeld(id)) ||
      (await this.#meantBy(first)).some((each) => this.isHeld(each)) ||
      this.isHeld(this.#memories.formerTurnId(project, session, messageId));
    const known = isHere
      ? "here"
      : (held?.known ??
        ((await this.#isElsewhere(name, text)) ? "elsewhere" : await this.#joinedIn(name, text)));
    for (const each of await this.#otherNamesOf(name, project, id))
      if ((await this.#meantBy(each)).length === 0) newNames.set(each, id);
    // A fork repeats the message, and gives it another name beside its own.
    if (held !== undefined && (await this.#meantBy(id)).length === 0) newNames.set(id, held.id);
    return { id, known, newNames };
  }

  /** The messages that a name stands for, where they are not the message's own: what it was given to, and where that is stored. */
  async #meantBy(name: RecordId): Promise<readonly RecordId[]> {
    const direct = await this.#standsFor(name);
    const stored = direct === undefined ? undefined : await this.#standsFor(direct);
    return [direct, stored].filter((each) => each !== undefined);
  }

  async #standsFor(name: RecordId): Promise<RecordId | undefined> {
    return this.#taken.names.get(name) ?? (await this.#memories.otherNames.meant(name));
  }

  /** The ids that a turn may have by its other names; not those of names that stand for another message. */
  async #otherNamesOf(
    { alsoNamed = [] }: TurnName,
    project: string | null,
    id: RecordId,
  ): Promise<readonly RecordId[]> {
    const ids: RecordId[] = [];
    for (const name of alsoNamed) {
      const named = this.#memories.messageId(project, name);
      if (((await this.#standsFor(named)) ?? id) === id) ids.push(named);
    }
    return ids;
  }

  async #heldUnderOtherName(
    name: TurnName,
    id: RecordId,
    text: string,
  ): Promise<{ readonly id: RecordId; readonly known: Known } | undefined> {
    for (const project of [name.project, ...this.#others(name.session, name.project)]) {
      for (const named of await this.#otherNamesOf(name, project, id)) {
        if (this.isHeld(named) && (await this.#saysSame(named, text)))
          return { id: named, known: project === name.project ? "here" : "elsewhere" };
      }
    }
    return undefined;
  }

  async #saysSame(id: RecordId, text: string): Promise<boolean> {
    const taken = this.#taken.turns.get(id);
    return taken === undefined ? this.#isText(await this.#readSound(id), text) : taken.mark === markOf(text);
  }

  /** Of one message in one project: whatever its text says, as long as it is of the same session. */
  async #isSame(id: RecordId, session: string, text: string): Promise<boolean> {
    const taken = this.#taken.turns.get(id);
    if (taken !== undefined) return taken.session === session || taken.mark === markOf(text);
    if (this.#memories.sessionOf(id) === session) return true;
    const stored = await this.#readSound(id);
    return stored === undefined || stored.session === session || this.#isText(stored, text);
  }

  /** Whether the session is also known in another project, as when its folder went by another name, and holds the turn there. */
  async #isElsewhere({ session, messageId, project }: TurnName, text: string): Promise<boolean> {
    for (const other of this.#others(session, project)) {
      const id = this.#memories.messageId(other, messageId);
      const taken = this.#taken.turns.get(id);
      if (taken?.mark === markOf(text)) return true;
      const former = this.#memories.formerTurnId(other, session, messageId);
      if (this.isHeld(id) && this.#isText(await this.#readSound(id), text)) return true;
      // Version 0.1.0 joined the lines of an answer.
      const joined = this.isHeld(former) ? ((await this.#readSound(former))?.text ?? "") : "";
      if (this.#isIn(text, joined)) return true;
    }
    return false;
  }

  async #joinedIn({ session, project, partOf = [] }: TurnName, text: string): Promise<Known | undefined> {
    for (const first of partOf) {
      for (const each of [project, ...this.#others(session, project)]) {
        if (this.#isIn(text, await this.#joinedText(each, session, first)))
          return each === project ? "here" : "elsewhere";
      }
    }
    return undefined;
  }

  /** The text of a message as version 0.1.0 stored it: in parts, when it was long. */
  async #joinedText(project: string | null, session: string, messageId: string): Promise<string> {
    let joined = "";
    for (let part = 1; ; part++) {
      const name = part === 1 ? messageId : `${messageId}#${part}`;
      const id = this.#memories.formerTurnId(project, session, name);
      const stored = this.isHeld(id) ? await this.#readSound(id) : undefined;
      if (stored === undefined) return joined;
      joined += stored.text;
    }
  }

  /** A version that knew no secrets may have stored it with them. */
  #isText(stored: StoredMemory | undefined, text: string): boolean {
    return stored !== undefined && (stored.text === text || this.#memories.asStoredNow(stored.text) === text);
  }

  #isIn(text: string, joined: string): boolean {
    return joined !== "" && (joined.includes(text) || this.#memories.asStoredNow(joined).includes(text));
  }

  #others(session: string, project: string | null): readonly (string | null)[] {
    return this.#memories.projectsOf(session).filter((each) => each !== project && this.#mayMeet(each));
  }

  async #readSound(id: RecordId): Promise<StoredMemory | undefined> {
    try {
      return await this.#memories.read(id);
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return undefined;
    }
  }
}

/** Tells texts of the same message apart. */
function markOf(text: string): string {
  return `${text.length} ${crc32(text)}`;
}
