/** Writes memories as layout.ts says, one after another; names are spelled where they first occur. */
import { NO_NAME } from "../catalogue/names.ts";
import type { Holdings } from "../holdings.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { HAS_EXPIRY, HAS_SESSION, HAS_SUPERSEDED } from "./layout.ts";

export class MemoryWriter {
  readonly #holdings: Holdings;
  readonly #body: ByteWriter;
  /** By code in the index: the number in the chunks. */
  readonly #projects = new Map<number, number>();
  readonly #speakers = new Map<number, number>();
  readonly #tagSets = new Map<number, number>();
  readonly #sessions = new Map<number, number>();

  constructor(holdings: Holdings, body: ByteWriter) {
    this.#holdings = holdings;
    this.#body = body;
  }

  /** @param row - live */
  write(row: number): void {
    const { rows, projects, speakers, tagSets, conversations, expiry, versions } = this.#holdings.catalogue;
    const body = this.#body;
    const session = conversations.codes.name(conversations.codeOf(row));
    const expiresAt = expiry.of(row);
    const superseded = versions.olderOf(row);
    body.raw(rows.ids.bytes(row));
    body.float64(rows.at.array[row] ?? 0);
    body.float64(rows.savedAt.array[row] ?? 0);
    body.uint8(rows.signs(row));
    body.uint8(
      (session === undefined ? 0 : HAS_SESSION) |
        (expiresAt === undefined ? 0 : HAS_EXPIRY) |
        (superseded === undefined ? 0 : HAS_SUPERSEDED),
    );
    this.#name(this.#projects, rows.project.array[row] ?? NO_NAME, (code) =>
      body.text(projects.name(code) ?? ""),
    );
    this.#name(this.#speakers, rows.speaker.array[row] ?? NO_NAME, (code) =>
      body.text(speakers.name(code) ?? ""),
    );
    this.#name(this.#tagSets, rows.tags.array[row] ?? NO_NAME, (code) => this.#tags(tagSets.tags(code)));
    if (session !== undefined)
      this.#name(this.#sessions, conversations.codeOf(row) + 1, () => body.text(session));
    if (expiresAt !== undefined) body.float64(expiresAt);
    if (superseded !== undefined) body.raw(rows.ids.bytes(superseded));
    const length = rows.length(row);
    body.varint(length);
    body.bytes(this.#holdings.sequences.encoded(rows.sequence.array[row] ?? 0, length));
  }

  /** Writes the number of a name, 0 for none, and the name itself when it occurs for the first time. */
  #name(numbers: Map<number, number>, code: number, spell: (code: number) => void): void {
    const known = code === NO_NAME ? 0 : numbers.get(code);
    this.#body.varint(known ?? numbers.size + 1);
    if (known !== undefined) return;
    numbers.set(code, numbers.size + 1);
    spell(code);
  }

  #tags(tags: readonly string[]): void {
    this.#body.varint(tags.length);
    for (const tag of tags) this.#body.text(tag);
  }
}
