/**
 * Sections of files on their way into the vault. Those of a file wait until it is whole; then they are matched with what is known
 * of it, stored, and only with the last of them the file's own record: an import that is cut off leaves memories that the next
 * one knows by their ids.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecallPass } from "../../policy/recall-pass.ts";
import type { ImportMark, SectionPlace } from "../../protocol/methods/data-methods.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import type { Memories, NewMemory } from "../memories/memories.ts";
import type { StoredMemory } from "../memory-codec.ts";
import { matchSections } from "./match-sections.ts";
import { placeSection } from "./place-section.ts";
import type { GivenNote, Placed, PlacingRules } from "./place-section.ts";
import { SourceBook } from "./source-book.ts";
import { sectionContent, sectionKey } from "./stored-source.ts";
import type { StoredSection, StoredSource } from "./stored-source.ts";

const MAX_BATCH_ENTRIES = 100;
/** Of the sections that wait. The largest file has a quarter of it. */
const MAX_WAITING_CHARACTERS = 32 << 20;

export interface SectionImportOptions {
  readonly pass: RecallPass;
  readonly dryRun: boolean;
  readonly again: boolean;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly place: SectionPlace;
  readonly stored: StoredMemory;
  readonly line: number;
}

type Count = Placed["outcome"] | "elsewhere";

export class SectionImport {
  readonly counts: Record<Count, number> = {
    stored: 0,
    replaced: 0,
    known: 0,
    kept: 0,
    forgotten: 0,
    elsewhere: 0,
  };
  readonly #memories: Memories;
  readonly #options: SectionImportOptions;
  #book: SourceBook | undefined;
  readonly #coming = new Set<string>();
  readonly #folders: string[] = [];
  readonly #waiting = new Map<string, Waiting[]>();
  #characters = 0;
  /** What this import stores, and has not yet or never will. */
  readonly #planned = new Set<RecordId>();

  constructor(memories: Memories, options: SectionImportOptions) {
    this.#memories = memories;
    this.#options = options;
  }

  /** Files that this import brings, whole or not, and folders that it brought as a whole. */
  get given(): { readonly files: ReadonlySet<string>; readonly folders: readonly string[] } {
    return { files: this.#coming, folders: this.#folders };
  }

  /** @returns whether there is room for it */
  add(place: SectionPlace, stored: StoredMemory, line: number): boolean {
    if (this.#characters + stored.text.length > MAX_WAITING_CHARACTERS) return false;
    this.#characters += stored.text.length;
    const waiting = this.#waiting.get(place.source) ?? [];
    this.#waiting.set(place.source, waiting);
    waiting.push({ place, stored, line });
    return true;
  }

  async note({ mark, source }: ImportMark): Promise<void> {
    if (mark === "folder") this.#folders.push(source);
    else this.#coming.add(source);
    if (mark !== "whole" && mark !== "cut") return;
    const waiting = this.#waiting.get(source) ?? [];
    this.#waiting.delete(source);
    this.#characters -= waiting.reduce((sum, { stored }) => sum + stored.text.length, 0);
    this.#book ??= await SourceBook.read(this.#memories);
    const book = this.#book;
    await this.#memories.serialise("store-once", () =>
      this.#memories.onAllChains(() => this.#store(book, source, waiting, mark === "cut")),
    );
  }

  /** The lines of sections whose file never became whole. */
  get leftLines(): readonly number[] {
    return [...this.#waiting.values()].flatMap((waiting) => waiting.map(({ line }) => line));
  }

  /** What is known of all files, this import included; undefined when it brought none. */
  async book(): Promise<SourceBook | undefined> {
    const isAsked = this.#book !== undefined || this.#folders.length > 0;
    if (!isAsked) return undefined;
    // What a dry run would have written stands only here.
    return this.#options.dryRun && this.#book !== undefined ? this.#book : SourceBook.read(this.#memories);
  }

  async #store(book: SourceBook, source: string, waiting: readonly Waiting[], isCut: boolean): Promise<void> {
    const before = await book.refresh(source);
    const known = [...before.sections, ...before.gone];
    const notes = this.#notesOf(waiting);
    const textOf = async ({ memory }: StoredSection) => (await this.#memories.readSound(memory))?.text;
    const matches = await matchSections(known, notes, textOf);
    const holders = new Holders([...matches.values()].map(({ memory }) => memory));
    const rules = await this.#rulesFor(book, before, holders);
    const sections: StoredSection[] = [];
    const replaced = new Set<RecordId>();
    let batch: Placed[] = [];
    for (const note of notes) {
      const placed = await placeSection(rules, note, matches.get(note));
      holders.move(matches.get(note)?.memory, placed.section.memory);
      sections.push(placed.section);
      this.counts[placed.outcome] += 1;
      if (placed.isElsewhere === true) this.counts.elsewhere += 1;
      const { fresh } = placed;
      if (fresh === undefined) continue;
      this.#planned.add(fresh.id);
      if (fresh.stored.supersedes !== undefined) replaced.add(fresh.stored.supersedes);
      batch.push(placed);
      if (batch.length < MAX_BATCH_ENTRIES) continue;
      await this.#write(batch);
      batch = [];
    }
    const left = known.filter(({ memory }) => {
      const newest = rules.index.versions(memory).at(-1) ?? memory;
      const isHere = replaced.has(newest) || holders.has(newest) || rules.isOfOtherFile(newest);
      return !isHere && !rules.isFree(memory);
    });
    const tags = [...(waiting[0]?.stored.tags ?? [])];
    const held = isCut ? { sections: [...sections, ...left], gone: [] } : { sections, gone: left };
    await this.#write(batch, book.replace({ source, tags, ...held }));
  }

  async #rulesFor(book: SourceBook, { source, tags }: StoredSource, holders: Holders): Promise<PlacingRules> {
    const isOther = (other: string) => other !== source;
    const isComing = (other: string) => isOther(other) && this.#coming.has(other);
    return {
      memories: this.#memories,
      index: await this.#memories.complete(),
      isFree: this.#memories.freeIds(),
      isPlanned: (id) => this.#planned.has(id),
      isShared: (id, own) => holders.count(id) > (own === id ? 1 : 0) || book.isHeldBy(id, isComing),
      isOfOtherFile: (id) => book.isHeldBy(id, isOther),
      fileTags: tags,
      again: this.#options.again,
    };
  }

  /** Sections of the same headings are told apart by their order. */
  #notesOf(waiting: readonly Waiting[]): readonly GivenNote[] {
    const { vault } = this.#memories;
    const seen = new Map<string, number>();
    return waiting.map(({ place: { headings, added = 0, formerProjects: projects = [] }, stored }) => {
      const path = JSON.stringify(headings);
      const nth = (seen.get(path) ?? 0) + 1;
      seen.set(path, nth);
      const { text, tags } = stored;
      const key = sectionKey(vault, headings, nth);
      const content = sectionContent(vault, text, tags);
      return { key, content, text, stored, former: { text: text.slice(added), projects } };
    });
  }

  async #write(batch: readonly Placed[], changes: readonly Change[] = []): Promise<void> {
    const { dryRun, pass, signal } = this.#options;
    const lifted = batch.flatMap((placed) => placed.lifted ?? []);
    const fresh = batch.flatMap((placed): readonly NewMemory[] => (placed.fresh ? [placed.fresh] : []));
    if (dryRun || fresh.length + changes.length === 0) return;
    signal.throwIfAborted();
    await this.#memories.insert(fresh, [...lifted, ...changes], pass);
    for (const { id } of fresh) this.#planned.delete(id);
    await nextTurn();
  }
}

/** How many sections of the file hold each memory. */
class Holders {
  readonly #counts = new Map<RecordId, number>();

  constructor(held: readonly RecordId[]) {
    for (const memory of held) this.#add(memory, 1);
  }

  count(memory: RecordId): number {
    return this.#counts.get(memory) ?? 0;
  }

  has(memory: RecordId): boolean {
    return this.count(memory) > 0;
  }

  move(from: RecordId | undefined, to: RecordId): void {
    if (from !== undefined) this.#add(from, -1);
    this.#add(to, 1);
  }

  #add(memory: RecordId, more: number): void {
    this.#counts.set(memory, this.count(memory) + more);
  }
}
