/**
 * Whether a turn is there already, and under which id it is stored when it is not.
 *
 * A message is known by the host's id of it, within its project: forks, resumed and moved sessions repeat it. Where the same id says
 * something else in another session, the host's ids are no more than numbers of a session, and it is another message.
 * Version 0.1.0 knew a turn by session and message id, and joined the lines of an answer: what it stored is still there.
 */
import { crc32 } from "node:zlib";
import { hasCode } from "../../base/errors.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { StoredMemory } from "../memory-codec.ts";
import type { Memories, TurnName } from "./memories.ts";

/** What takes its place in the store from now on, by its id. */
export type Taken = Map<RecordId, { readonly session: string | undefined; readonly mark: string }>;

/** Where a turn is that is there already: in the project it would be stored in, or in another. */
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
    return this.#taken.has(id) || !this.#isFree(id);
  }

  take(id: RecordId, { session, text }: Pick<StoredMemory, "session" | "text">): void {
    this.#taken.set(id, { session, mark: markOf(text) });
  }

  /** Every id that a turn may have been stored under. */
  namesOf({ project, session, messageId }: TurnName): readonly RecordId[] {
    return [project, ...this.#others(session, project)].flatMap((each) => [
      this.#memories.messageId(each, messageId),
      this.#memories.messageIdInSession(each, session, messageId),
      this.#memories.formerTurnId(each, session, messageId),
    ]);
  }

  /** The id that is free for a turn; where it is there already, whether in another project. */
  async freeIdOf(name: TurnName, text: string): Promise<{ readonly id: RecordId } | Known> {
    const { project, session, messageId } = name;
    const id = this.#memories.messageId(project, messageId);
    const isOther = this.isHeld(id);
    if (isOther && (await this.#isSame(id, session, text))) return "here";
    const own = isOther ? this.#memories.messageIdInSession(project, session, messageId) : id;
    if (isOther && this.isHeld(own)) return "here";
    if (this.isHeld(this.#memories.formerTurnId(project, session, messageId))) return "here";
    if (await this.#isElsewhere(name, text)) return "elsewhere";
    return (await this.#joinedIn(name, text)) ?? { id: own };
  }

  /** Of one message in one project: whatever its text says, as long as it is of the same session. */
  async #isSame(id: RecordId, session: string, text: string): Promise<boolean> {
    const taken = this.#taken.get(id);
    if (taken !== undefined) return taken.session === session || taken.mark === markOf(text);
    if (this.#memories.sessionOf(id) === session) return true;
    const stored = await this.#readSound(id);
    return stored === undefined || stored.session === session || stored.text === text;
  }

  /** Whether the session is also known in another project, as when its folder went by another name, and holds the turn there. */
  async #isElsewhere({ session, messageId, project }: TurnName, text: string): Promise<boolean> {
    for (const other of this.#others(session, project)) {
      const id = this.#memories.messageId(other, messageId);
      const taken = this.#taken.get(id);
      if (taken?.mark === markOf(text)) return true;
      const former = this.#memories.formerTurnId(other, session, messageId);
      if (this.isHeld(id) && (await this.#readSound(id))?.text === text) return true;
      // Version 0.1.0 joined the lines of an answer.
      if (this.isHeld(former) && (await this.#readSound(former))?.text.includes(text) === true) return true;
    }
    return false;
  }

  async #joinedIn({ session, project, partOf = [] }: TurnName, text: string): Promise<Known | undefined> {
    for (const first of partOf) {
      for (const each of [project, ...this.#others(session, project)]) {
        if ((await this.#joinedText(each, session, first)).includes(text))
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
