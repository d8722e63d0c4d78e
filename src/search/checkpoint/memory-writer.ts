/** Writes memories as layout.ts says, a chunk at a time. */
import { NO_NAME } from "../catalogue/names.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { ByteWriter } from "./byte-writer.ts";
import { CHUNK_BYTES, ID_WORDS, MEMORY_BYTES, memoryColumns } from "./layout.ts";

/** Even of memories without a term there are no more in a chunk. */
const MAX_MEMORIES_PER_CHUNK = Math.ceil(CHUNK_BYTES / MEMORY_BYTES);

export class MemoryWriter {
  readonly #holdings: Holdings;
  readonly #columns = memoryColumns(
    new ArrayBuffer(MAX_MEMORIES_PER_CHUNK * MEMORY_BYTES),
    MAX_MEMORIES_PER_CHUNK,
  );
  readonly #terms = new ByteWriter();
  readonly #projects: NumberedNames;
  readonly #speakers: NumberedNames;
  readonly #tagSets: NumberedNames;
  /** By code of the conversation plus one: there is no code for none. */
  readonly #sessions: NumberedNames;
  readonly #expiring = new CountedEntries();
  readonly #superseding = new CountedEntries();
  /** What comes behind the terms, in this order: sessions name projects. */
  readonly #listed: readonly CountedEntries[];
  #count = 0;

  constructor(holdings: Holdings) {
    const { rows, projects, speakers, tagSets, conversations } = holdings.catalogue;
    this.#holdings = holdings;
    this.#projects = new NumberedNames((code, into) => into.text(projects.name(code) ?? ""));
    this.#speakers = new NumberedNames((code, into) => into.text(speakers.name(code) ?? ""));
    this.#tagSets = new NumberedNames((code, into) => {
      const tags = tagSets.tags(code);
      into.varint(tags.length);
      for (const tag of tags) into.text(tag);
    });
    this.#sessions = new NumberedNames((code, into, row) => {
      into.varint(this.#projects.numberOf(rows.project.array[row] ?? NO_NAME, row));
      into.text(conversations.codes.name(code - 1) ?? "");
    });
    const names = [this.#projects, this.#speakers, this.#tagSets, this.#sessions];
    this.#listed = [...names.map(({ spellings }) => spellings), this.#expiring, this.#superseding];
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether the chunk is to be taken before anything more is written. */
  get isFull(): boolean {
    let bytes = this.#count * MEMORY_BYTES + this.#terms.length;
    for (const entries of this.#listed) bytes += entries.length;
    return bytes >= CHUNK_BYTES;
  }

  /** @param row - live */
  write(row: number): void {
    const { rows, conversations, expiry, versions } = this.#holdings.catalogue;
    const place = this.#count++;
    const columns = this.#columns;
    const session = conversations.codeOf(row);
    const length = rows.length(row);
    const terms = this.#holdings.sequences.encoded(rows.sequence.array[row] ?? 0, length);
    columns.at[place] = rows.at.array[row] ?? 0;
    columns.savedAt[place] = rows.savedAt.array[row] ?? 0;
    columns.ids.set(rows.ids.words(row), place * ID_WORDS);
    columns.projects[place] = this.#projects.numberOf(rows.project.array[row] ?? NO_NAME, row);
    columns.speakers[place] = this.#speakers.numberOf(rows.speaker.array[row] ?? NO_NAME, row);
    columns.tagSets[place] = this.#tagSets.numberOf(rows.tags.array[row] ?? NO_NAME, row);
    columns.sessions[place] = conversations.codes.isNamed(session)
      ? this.#sessions.numberOf(session + 1, row)
      : 0;
    columns.termBytes[place] = terms.length;
    columns.lengths[place] = length;
    columns.signs[place] = rows.signs(row);
    columns.trusts[place] = rows.trust.array[row] ?? 0;
    this.#terms.raw(terms);
    const expiresAt = expiry.of(row);
    if (expiresAt !== undefined) {
      const entry = this.#expiring.add();
      entry.varint(place);
      entry.float64(expiresAt);
    }
    const superseded = versions.olderOf(row);
    if (superseded === undefined) return;
    const entry = this.#superseding.add();
    entry.varint(place);
    entry.raw(rows.ids.bytes(superseded));
  }

  /** The body of a chunk with everything written since the last one. */
  take(): Uint8Array {
    const body = new ByteWriter();
    body.uint32(this.#count);
    body.uint32(this.#terms.length);
    for (const column of Object.values(this.#columns)) {
      const bytes = (column.byteLength / MAX_MEMORIES_PER_CHUNK) * this.#count;
      body.raw(new Uint8Array(column.buffer, column.byteOffset, bytes));
    }
    body.raw(this.#terms.take());
    for (const entries of this.#listed) entries.moveTo(body);
    this.#count = 0;
    return body.take();
  }
}

/** Entries of one kind: their count comes before them. */
class CountedEntries {
  readonly #entries = new ByteWriter();
  #count = 0;

  /** Bytes of the entries. */
  get length(): number {
    return this.#entries.length;
  }

  /** Where one more entry is to be written. */
  add(): ByteWriter {
    this.#count += 1;
    return this.#entries;
  }

  /** Moves everything since the last call behind what is in `into`. */
  moveTo(into: ByteWriter): void {
    into.varint(this.#count);
    into.raw(this.#entries.take());
    this.#count = 0;
  }
}

/** Writes the name that a code of the index stands for; `row` is the first that has it. */
type Spell = (code: number, into: ByteWriter, row: number) => void;

/** Names by their number in the checkpoint, from 1 on; those that are new are spelled. */
class NumberedNames {
  /** Spellings of names that are new since they were moved last. */
  readonly spellings = new CountedEntries();
  readonly #numbers = new Map<number, number>();
  readonly #spell: Spell;

  constructor(spell: Spell) {
    this.#spell = spell;
  }

  /** The number of the name with this code in the index; 0 for none. */
  numberOf(code: number, row: number): number {
    if (code === NO_NAME) return 0;
    const known = this.#numbers.get(code);
    if (known !== undefined) return known;
    this.#spell(code, this.spellings.add(), row);
    this.#numbers.set(code, this.#numbers.size + 1);
    return this.#numbers.size;
  }
}
