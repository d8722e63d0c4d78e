/** Transcripts as tests write and read them. */
import { readFileSync } from "node:fs";
import { readTranscript } from "../../src/capture/transcript/transcript.ts";
import type { ImportEntry } from "../../src/protocol/methods/data-methods.ts";
import { SkipCounts } from "../../src/capture/skip-counts.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);

export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, FIXTURES));
}

export interface ReadFile {
  readonly entries: readonly ImportEntry[];
  readonly skipped: SkipCounts;
  readonly lines: number;
  readonly passages: number;
  readonly unclosed: number;
  readonly unopened: number;
}

/** Reads one file as an import does, in chunks of any size. */
export async function readFile(
  bytes: Uint8Array,
  chunkBytes = 1 << 16,
  projectOf: (folder: string | undefined) => string | null = (folder) => folder ?? null,
): Promise<ReadFile> {
  const skipped = new SkipCounts();
  const entries: ImportEntry[] = [];
  const counts = { lines: 0, passages: 0, unclosed: 0, unopened: 0 };
  const reading = {
    chunks: inChunks(bytes, chunkBytes),
    bytes: bytes.length,
    path: "/nowhere/transcript.jsonl",
    modified: 0,
    born: 0,
    project: undefined,
    notesProject: null,
    source: "/nowhere",
    formerProjects: [],
    projectOf: (folder: string | undefined) => Promise.resolve(projectOf(folder)),
    onSkip: (reason: Parameters<SkipCounts["add"]>[0]) => skipped.add(reason),
    onLine: () => (counts.lines += 1),
    onCut: (cut: { passages: number; unclosed: number; unopened: number }) => {
      counts.passages += cut.passages;
      counts.unclosed += cut.unclosed;
      counts.unopened += cut.unopened;
    },
  };
  for await (const entry of readTranscript(reading)) entries.push(entry);
  return { entries, skipped, ...counts };
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

/** What entries say, each message once. */
export function toldBy(entries: readonly ImportEntry[]): readonly string[] {
  const told = new Map(entries.map(({ messageId, role, text }) => [messageId, `${role}: ${text}`]));
  return [...told.values()];
}

export function jsonLines(...objects: readonly object[]): Buffer {
  return Buffer.from(objects.map((object) => `${JSON.stringify(object)}\n`).join(""));
}

interface LineFields {
  readonly uuid: string;
  readonly session?: string;
  readonly cwd?: string;
  /** Seconds. */
  readonly at?: number;
}

function common({ uuid, session = "s-1", cwd = "/srv/none/skiff", at = 0 }: LineFields): object {
  const timestamp = new Date(Date.UTC(2026, 10, 20, 8) + at * 1_000).toISOString();
  return {
    parentUuid: null,
    isSidechain: false,
    uuid,
    sessionId: session,
    timestamp,
    cwd,
    version: "2.1.332",
  };
}

export function typed(content: unknown, fields: LineFields, more: object = {}): object {
  return { type: "user", ...common(fields), message: { role: "user", content }, ...more };
}

/** One line of an answer; a string is a block of text. */
export function answered(
  answer: string,
  block: string | object,
  fields: LineFields,
  more: object = {},
): object {
  const content = [typeof block === "string" ? { type: "text", text: block } : block];
  const message = { id: answer, role: "assistant", model: "claude-mock", content };
  return { type: "assistant", ...common(fields), message, ...more };
}

export function attached(attachment: object, fields: LineFields): object {
  return { type: "attachment", ...common(fields), attachment };
}
