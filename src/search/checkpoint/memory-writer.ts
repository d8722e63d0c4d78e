/** Writes memories as layout.ts says, a chunk at a time. */
import { NO_NAME } from "../catalogue/names.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { ByteWriter } from "./byte-writer.ts";
import { CountedEntries, NumberedNames } from "./counted.ts";
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
