/** Everything a reader makes of a file, and what it leaves out. */
import type { ImportEntry } from "../../src/protocol/methods/data-methods.ts";
import { importEntry } from "../../src/protocol/methods/data-methods.ts";
import type { Read, Reading } from "../../src/capture/reading.ts";
import { SkipCounts } from "../../src/capture/skip-counts.ts";

export const MODIFIED = Date.parse("2026-11-20T12:00:00Z");

export async function readAll(read: Read, content: string | Uint8Array, more: Partial<Reading> = {}) {
  const bytes = Buffer.from(content);
  const skips = new SkipCounts();
  const entries: ImportEntry[] = [];
  const reading: Reading = {
    chunks: chunksOf(bytes),
    bytes: bytes.length,
    path: "/nowhere/file.jsonl",
    modified: MODIFIED,
    born: MODIFIED - 3_600_000,
    project: undefined,
    notesProject: null,
    source: "/nowhere/file.jsonl",
    formerProjects: [],
    projectOf: (folder) => Promise.resolve(folder ?? null),
    onSkip: (reason) => skips.add(reason),
    ...more,
  };
  // What the daemon would refuse is no entry.
  for await (const entry of read(reading)) entries.push(importEntry.parse(entry));
  return { entries, said: entries.map(({ role, text }) => `${role}: ${text}`), skipped: skips.toObject() };
}

/** In pieces that do not end where lines or characters do. */
async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 997)
    yield await Promise.resolve(bytes.subarray(from, from + 997));
}

export function jsonLines(...lines: readonly unknown[]): string {
  return lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
}
