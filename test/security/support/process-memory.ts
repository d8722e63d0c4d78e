/**
 * What stands in the memory of a process: every readable mapping of `/proc/<pid>/maps`, read through `/proc/<pid>/mem`.
 * It needs no debugger and, unlike a core file, is not filtered by `coredump_filter`.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Needle } from "./canaries.ts";

const CHUNK_BYTES = 8 << 20;

export interface MemorySearch {
  /** How often each needle was found. */
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  readonly bytes: number;
}

export function searchMemory(pid: number, needles: readonly Needle[]): MemorySearch {
  const counts: Record<string, number> = {};
  const overlap = Math.max(...needles.map(({ bytes }) => bytes.length)) - 1;
  const buffer = Buffer.alloc(CHUNK_BYTES + overlap);
  const memory = openSync(`/proc/${pid}/mem`, "r");
  let searched = 0;
  try {
    for (const [start, end] of readableRanges(pid)) {
      let kept = 0;
      for (let at = start; at < end; at += BigInt(CHUNK_BYTES)) {
        const length = Number(end - at < BigInt(CHUNK_BYTES) ? end - at : BigInt(CHUNK_BYTES));
        const read = readAt(memory, buffer, kept, length, at);
        searched += read;
        const bytes = buffer.subarray(0, kept + read);
        for (const needle of needles) {
          const times = count(bytes, needle.bytes);
          if (times > 0) counts[needle.name] = (counts[needle.name] ?? 0) + times;
        }
        kept = Math.min(overlap, bytes.length);
        buffer.copy(buffer, 0, bytes.length - kept, bytes.length);
      }
    }
  } finally {
    closeSync(memory);
  }
  const total = Object.values(counts).reduce((sum, each) => sum + each, 0);
  return { counts, total, bytes: searched };
}

function readableRanges(pid: number): readonly (readonly [start: bigint, end: bigint])[] {
  return readFileSync(`/proc/${pid}/maps`, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, start, end, name = ""] = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \d+\s*(.*)$/.exec(line) ?? [];
      const isKernels = name.startsWith("[v");
      return start === undefined || isKernels
        ? []
        : [[BigInt(`0x${start}`), BigInt(`0x${end ?? "0"}`)] as const];
    });
}

/** @returns how many bytes could be read: less at the end of a mapped file */
function readAt(memory: number, buffer: Buffer, offset: number, length: number, at: bigint): number {
  let done = 0;
  try {
    while (done < length) {
      const read = readSync(memory, buffer, offset + done, length - done, at + BigInt(done));
      if (read === 0) break;
      done += read;
    }
  } catch {
    // The rest of the mapping has no pages.
  }
  return done;
}

function count(bytes: Buffer, needle: Buffer): number {
  let times = 0;
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) times++;
  return times;
}
