/**
 * What was forgotten, known by its words: no id tells an import that a turn was forgotten whose project has another name since. Read
 * from the tombstones, for one import; captures never ask, and no client meets what was forgotten in a project that it may not see.
 *
 * A turn is refused when its session said the same in another project; in its own the ids tell, and what was said twice alike was
 * said twice. Notes have no session: the same words elsewhere may well be another's, and are asked for by their ids alone.
 */
import { equalBytes } from "../base/bytes.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import type { Change, OpenVault, RecordId } from "../vault/vault.ts";
import type { StoredMemory } from "./memory-codec.ts";
import { marksIn, marksOf } from "./tombstones.ts";

type Said = Pick<StoredMemory, "project" | "session" | "text">;

interface Forgetful {
  readonly vault: Pick<OpenVault, "deriveId" | "has" | "scan">;
  /** Another number whenever something was forgotten. */
  readonly removals: number;
}

interface Forgotten {
  readonly tombstone: RecordId;
  readonly project: Uint8Array;
}

export class ForgottenWords {
  readonly #memories: Forgetful;
  readonly #bySaying = new Map<string, Forgotten[]>();
  /** Marks of the projects that may be met; undefined: all. */
  readonly #seen: readonly Uint8Array[] | undefined;
  #removals: number | undefined;

  /** @param client - a limited one meets nothing that was forgotten in a project it may not see */
  constructor(memories: Forgetful, { projects }: Pick<ClientIdentity, "projects">) {
    this.#memories = memories;
    this.#seen = projects?.map((project) => marksOf(memories.vault, { project, text: "" }).project);
  }

  /** Reads the tombstones, if it has not or something was forgotten since. One that cannot be read says nothing. */
  async refresh(): Promise<void> {
    const { removals, vault } = this.#memories;
    if (this.#removals === removals) return;
    this.#bySaying.clear();
    for await (const { id: tombstone, plaintext } of vault.scan("tombstone")) {
      const marks = marksIn(plaintext);
      if (marks === undefined || !this.#maySee(marks.project)) continue;
      const saying = sayingOf(marks.session, marks.text);
      const same = this.#bySaying.get(saying);
      // A copy: the rest of what was read may go.
      const forgotten = { tombstone, project: marks.project.slice() };
      if (same === undefined) this.#bySaying.set(saying, [forgotten]);
      else same.push(forgotten);
    }
    this.#removals = removals;
  }

  #maySee(project: Uint8Array): boolean {
    return this.#seen === undefined || this.#seen.some((mark) => equalBytes(mark, project));
  }

  refuses(said: Said): boolean {
    return this.#matching(said).length > 0;
  }

  /** What takes away the tombstones that refuse it. */
  lifted(said: Said): readonly Change[] {
    return this.#matching(said).map(({ tombstone: id }) => ({ type: "delete", keyspace: "tombstone", id }));
  }

  #matching(said: Said): readonly Forgotten[] {
    const { vault } = this.#memories;
    if (this.#bySaying.size === 0 || said.session === undefined) return [];
    const { project, session, text } = marksOf(vault, said);
    const found = this.#bySaying.get(sayingOf(session, text)) ?? [];
    return found.filter(
      (each) => vault.has("tombstone", each.tombstone) && !equalBytes(each.project, project),
    );
  }
}

function sayingOf(session: Uint8Array, text: Uint8Array): string {
  return Buffer.concat([session, text]).toString("latin1");
}
