/**
 * Reads the host's file of a session on from where the last reading ended, by the reader that imports it. What is safe moves the mark to
 * the last line that a file can be read from on, so that nothing a reader must know lies before it; turns behind it come once more and
 * are known.
 */
import { folderProjects } from "../client/projects/folder-projects.ts";
import type { PrivatePlaces } from "../platform/privacy/private-places.ts";
import { READERS } from "../capture/readers.ts";
import type { Reading } from "../capture/reading.ts";
import type { ImportEntry } from "../protocol/methods/data-methods.ts";
import type { Delivery } from "./turn-delivery.ts";
import { growingFile, wholeLines } from "./file-lines.ts";
import type { GrowingFile } from "./file-lines.ts";
import { hookHost } from "./hook-hosts.ts";
import type { Payload } from "./payload.ts";
import type { ReadMarks } from "./read-marks.ts";

const TURNS_PER_DELIVERY = 200;
const CHARACTERS_PER_DELIVERY = 512 << 10;

export interface Awaited {
  readonly role: "user" | "assistant";
  readonly text: string;
}

export class FileFollower {
  readonly #payload: Payload;
  readonly #marks: ReadMarks;
  readonly #delivery: Delivery;
  readonly #privatePlaces: PrivatePlaces;
  /** What this process brought already. */
  readonly #brought = new Set<string>();
  #lastBytes = -1;
  readonly #last: Partial<Record<Awaited["role"], string>> = {};

  constructor(payload: Payload, marks: ReadMarks, delivery: Delivery, privatePlaces: PrivatePlaces) {
    this.#privatePlaces = privatePlaces;
    this.#payload = payload;
    this.#marks = marks;
    this.#delivery = delivery;
  }

  /** Whether the file's last message of that role says so. */
  hasSeen({ role, text }: Awaited): boolean {
    const last = this.#last[role]?.trim();
    // A message of several blocks is several lines.
    return last !== undefined && (role === "user" ? text.trim() === last : text.trim().endsWith(last));
  }

  /** Brings what is new. @returns whether the file grew, and all of it is safe */
  async readOn(): Promise<{ readonly hasGrown: boolean; readonly isSafe: boolean }> {
    const { transcript, host, session } = this.#payload;
    const found = transcript === undefined ? undefined : await growingFile(transcript);
    if (found === undefined || transcript === undefined) return { hasGrown: false, isSafe: true };
    if (found.bytes === this.#lastBytes) return { hasGrown: false, isSafe: true };
    this.#lastBytes = found.bytes;
    const { beginning, headLines } = hookHost(host);
    const canReadOn = beginning !== undefined && transcript.endsWith(".jsonl");
    const mark = canReadOn ? await this.#marks.of(session) : 0;
    const from = mark > found.bytes ? 0 : mark;
    let begins = from;
    const onLine = (start: number, line: Buffer) => {
      if (beginning?.every((part) => line.includes(part)) === true) begins = start;
    };
    const entries = await this.#entries(wholeLines(transcript, { from, headLines }, onLine), found);
    let held: ImportEntry[] = [];
    let characters = 0;
    const flush = async () => {
      if (held.length > 0 && !(await this.#delivery.send(held))) return false;
      for (const { messageId = "" } of held) this.#brought.add(messageId);
      [held, characters] = [[], 0];
      if (canReadOn && begins > from) await this.#marks.put(session, begins).catch(() => undefined);
      return true;
    };
    for await (const entry of entries) {
      const { messageId = "", role, text } = entry;
      if (role !== undefined) this.#last[role] = text;
      if (this.#brought.has(messageId)) continue;
      held.push(entry);
      characters += text.length;
      const isFull = held.length === TURNS_PER_DELIVERY || characters > CHARACTERS_PER_DELIVERY;
      if (isFull && !(await flush())) return { hasGrown: true, isSafe: false };
    }
    return { hasGrown: true, isSafe: await flush() };
  }

  async #entries(
    chunks: AsyncIterable<Uint8Array>,
    { bytes, modified, born }: GrowingFile,
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
    };
    return read(reading) as AsyncIterable<ImportEntry>;
  }
}
