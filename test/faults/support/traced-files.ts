/**
 * What a disk would hold after a power cut, worked out from the system calls of a process: files are cut back to what was
 * synced. Every file of a vault is only ever appended to, or written once under a temporary name and renamed, so a length
 * says it all. A synced file is taken to be found under its name, as on ext4, XFS, btrfs and APFS.
 */
import { statSync, truncateSync } from "node:fs";

/** What to ask strace for. */
export const TRACED_CALLS =
  "openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,ftruncate";

interface TracedFile {
  written: number;
  synced: number;
}

/** Lengths are in bytes. */
export interface CutFile {
  readonly path: string;
  readonly written: number;
  readonly synced: number;
  readonly lengthBefore: number;
  readonly lengthAfter: number;
}

export class TracedFiles {
  readonly #files = new Map<string, TracedFile>();
  /** Completed calls that strace split over two lines, by thread. */
  readonly #unfinished = new Map<string, string>();
  readonly #folder: string;

  /** @param folder - files outside it do not count */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes in the log of `strace -f -y`. */
  read(log: string): void {
    for (const line of log.split("\n")) this.#line(line);
  }

  /** Cuts every file back; of what was written and not synced, `kept` (0 to 1) stays. @returns the files that lost bytes */
  cut(kept: number): readonly CutFile[] {
    const cutFiles: CutFile[] = [];
    for (const [path, { written, synced }] of this.#files) {
      const lengthBefore = statSync(path, { throwIfNoEntry: false })?.size;
      if (lengthBefore === undefined || written <= synced) continue;
      const lost = Math.ceil((written - synced) * (1 - kept));
      const lengthAfter = Math.max(0, lengthBefore - lost);
      if (lengthAfter >= lengthBefore) continue;
      truncateSync(path, lengthAfter);
      cutFiles.push({ path, written, synced, lengthBefore, lengthAfter });
    }
    return cutFiles;
  }

  #line(line: string): void {
    const thread = /^\d+/.exec(line)?.[0] ?? "";
    if (line.includes("<unfinished ...>")) {
      this.#unfinished.set(thread, line.replace("<unfinished ...>", ""));
      return;
    }
    const resumed = /<\.\.\. \w+ resumed>(.*)$/.exec(line);
    this.#call(resumed === null ? line : `${this.#unfinished.get(thread) ?? ""}${resumed[1]}`);
  }

  #call(call: string): void {
    const onFile = /(write|pwrite64|writev|fsync|fdatasync)\(\d+<([^>]+)>.*= (-?\d+)/.exec(call);
    if (onFile !== null) {
      const [, name = "", path = "", result = ""] = onFile;
      if (!path.startsWith(this.#folder) || Number(result) < 0) return;
      const file = this.#file(path);
      if (name.endsWith("sync")) {
        // A call that was injected to succeed did nothing.
        if (!call.includes("INJECTED")) file.synced = file.written;
      } else file.written += Number(result);
      return;
    }
    const created = /openat\(.*(?:O_TRUNC|O_EXCL).*= \d+<([^>]+)>/.exec(call);
    if (created?.[1]?.startsWith(this.#folder)) this.#files.set(created[1], { written: 0, synced: 0 });
    const renamed = /rename(?:at2?)?\((?:[^"]*, )?"([^"]+)", (?:[^"]*, )?"([^"]+)".*= 0/.exec(call);
    const [, from = "", to = ""] = renamed ?? [];
    const moved = this.#files.get(from);
    if (moved === undefined) return;
    this.#files.set(to, moved);
    this.#files.delete(from);
  }

  #file(path: string): TracedFile {
    const known = this.#files.get(path) ?? { written: 0, synced: 0 };
    this.#files.set(path, known);
    return known;
  }
}
