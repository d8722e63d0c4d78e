/**
 * Reads the host's file of a session on from where the last reading ended, by the reader that imports it. What is safe moves the mark to
 * the last line with a prompt; turns behind it come once more and are known. What the reader must know from before (session, folder,
 * …) it says itself (`onState`): the mark names the places of those lines, and they are read again first, for that alone.
 */
import { folderProjects } from "../client/projects/folder-projects.ts";
import type { PrivatePlaces } from "../platform/privacy/private-places.ts";
import { READERS } from "../capture/readers.ts";
import type { Reading } from "../capture/reading.ts";
import type { ImportEntry } from "../protocol/methods/data-methods.ts";
import type { Delivery } from "./turn-delivery.ts";
import { Exchange } from "./exchange.ts";
import type { Awaited } from "./exchange.ts";
import { FROM_START, growingFile, wholeLines } from "./file-lines.ts";
import type { GrowingFile } from "./file-lines.ts";
import { hookHost } from "./hook-hosts.ts";
import type { Payload } from "./payload.ts";
import type { ReadMarks } from "./read-marks.ts";

const TURNS_PER_DELIVERY = 200;
const CHARACTERS_PER_DELIVERY = 512 << 10;

export class FileFollower {
  readonly #payload: Payload;
  readonly #marks: ReadMarks;
  readonly #delivery: Delivery;
  readonly #privatePlaces: PrivatePlaces;
  readonly #exchange: Exchange;
  /** What this process brought already. */
  readonly #brought = new Set<string>();
  #lastBytes = -1;
  #lastName: string | undefined;

  constructor(payload: Payload, marks: ReadMarks, delivery: Delivery, privatePlaces: PrivatePlaces) {
    this.#privatePlaces = privatePlaces;
    this.#payload = payload;
    this.#marks = marks;
    this.#delivery = delivery;
    this.#exchange = new Exchange(payload.fileBytes ?? 0);
  }

  hasSeen(awaited: Awaited): boolean {
    return this.#exchange.hasSeen(awaited);
  }

  /** The name of the last message in the file, where a prompt is known by that. */
  get lastName(): string | undefined {
    return this.#lastName;
  }

  /** Brings what is new. @returns whether all of it is safe */
  async readOn(): Promise<boolean> {
    const { transcript, host, session } = this.#payload;
    const found = transcript === undefined ? undefined : await growingFile(transcript);
    if (found === undefined || transcript === undefined || found.bytes === this.#lastBytes) return true;
    this.#lastBytes = found.bytes;
    const canReadOn = hookHost(host).isReadWhole !== true && transcript.endsWith(".jsonl");
    const from = canReadOn ? await this.#marks.of(session, transcript) : FROM_START;
    let mark = from;
    let start = 0;
    /** Of each kind, the last line that says what holds for all behind it. */
    const states = new Map<string, number>();
    const lines = wholeLines(transcript, from, (at) => (start = at));
    const entries = await this.#entries(lines, found, (kind, name) => {
      states.set(kind, start);
      this.#lastName = name ?? this.#lastName;
    });
    let held: ImportEntry[] = [];
    let characters = 0;
    const flush = async () => {
      if (held.length > 0 && !(await this.#delivery.send(held))) return false;
      for (const { messageId = "" } of held) this.#brought.add(messageId);
      [held, characters] = [[], 0];
      if (canReadOn && mark.offset > from.offset)
        await this.#marks.put(session, transcript, mark).catch(() => undefined);
      return true;
    };
    this.#exchange.restart();
    for await (const entry of entries) {
      const { messageId = "", role, text } = entry;
      this.#exchange.take(entry, start);
      if (start < from.offset) continue;
      if (role === "user") mark = { offset: start, again: placesBefore(start, states) };
      if (this.#brought.has(messageId)) continue;
      held.push(entry);
      characters += text.length;
      const isFull = held.length === TURNS_PER_DELIVERY || characters > CHARACTERS_PER_DELIVERY;
      if (isFull && !(await flush())) return false;
    }
    return flush();
  }

  async #entries(
    chunks: AsyncIterable<Uint8Array>,
    { bytes, modified, born }: GrowingFile,
    onState: NonNullable<Reading["onState"]>,
  ): Promise<AsyncIterable<ImportEntry>> {
    const read = await READERS[this.#payload.host]();
    const projectOf = folderProjects()();
    // What the file says no folder of was said where the hook is.
    const folderOf = (named: string | undefined) => named ?? this.#payload.folder;
    const reading: Reading = {
      chunks,
      bytes,
      path: this.#payload.transcript ?? "",
      modified: Math.trunc(modified),
      born: Math.trunc(born),
      project: undefined,
      notesProject: null,
      formerProjects: [],
      source: "",
      projectOf: (folder) => projectOf(folderOf(folder)),
      isPrivate: (where, when) =>
        this.#privatePlaces.wasPrivate({ ...where, folder: folderOf(where.folder) }, when),
      onSkip: () => undefined,
      onState,
    };
    return read(reading) as AsyncIterable<ImportEntry>;
  }
}

function placesBefore(offset: number, states: ReadonlyMap<string, number>): readonly number[] {
  const places = new Set([...states.values()].filter((place) => place < offset));
  return [...places].toSorted((one, other) => one - other);
}
