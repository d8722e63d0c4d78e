/**
 * What a disk would hold after a power cut, worked out from the system calls of a process: files are cut back to what was
 * synced. Every file of a vault is only ever appended to, or written once under a temporary name and renamed, so a length
 * says it all. A synced file is taken to be found under its name, as on ext4, XFS, btrfs and APFS.
 *
 * What a call did that was cut short by the end of its thread, the log does not say: strace leaves it unfinished, prints `?`
 * or what it finds in a register, such as 18446744073709551615. The disk says it.
 */
import { existsSync, statSync, truncateSync } from "node:fs";

/** What to ask strace for. */
export const TRACED_CALLS =
  "openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,ftruncate";

interface TracedFile {
  /** Made while it was traced, so that its length on the disk is what was written. */
  readonly isNew: boolean;
  /** Of calls that said how much. */
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
    for (const call of this.#unfinished.values()) this.#call(`${call}) = ?`);
    this.#unfinished.clear();
  }

  /** Cuts every file back; of what was written and not synced, `kept` (0 to 1) stays. @returns the files that lost bytes */
  cut(kept: number): readonly CutFile[] {
    const cutFiles: CutFile[] = [];
    for (const [path, { isNew, synced, ...counted }] of this.#files) {
      const lengthBefore = statSync(path, { throwIfNoEntry: false })?.size;
      if (lengthBefore === undefined) continue;
      const written = isNew ? lengthBefore : counted.written;
      if (written <= synced) continue;
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
    if (resumed === null) return this.#call(line);
    this.#call(`${this.#unfinished.get(thread) ?? ""}${resumed[1]}`);
    this.#unfinished.delete(thread);
  }

  #call(call: string): void {
    const onFile = /(write|pwrite64|writev|fsync|fdatasync)\(\d+<([^>]+)>.*\) += (\S+)/.exec(call);
    if (onFile !== null) {
      const [, name = "", path = "", result = ""] = onFile;
      const bytes = Number(result);
      if (!path.startsWith(this.#folder) || !(bytes >= 0 && Number.isSafeInteger(bytes))) return;
      const file = this.#file(path);
      if (name.endsWith("sync")) {
        // A call that was injected to succeed did nothing.
        if (bytes === 0 && !call.includes("INJECTED")) file.synced = file.written;
      } else file.written += bytes;
      return;
    }
    const created = /openat\(.*(?:O_TRUNC|O_EXCL).*= \d+<([^>]+)>/.exec(call);
    if (created?.[1]?.startsWith(this.#folder)) {
      this.#files.set(created[1], { isNew: true, written: 0, synced: 0 });
    }
    const renamed = /rename(?:at2?)?\((?:[^"]*, )?"([^"]+)", (?:[^"]*, )?"([^"]+)".*\) += (\S+)/.exec(call);
    const [, from = "", to = "", result = ""] = renamed ?? [];
    const moved = this.#files.get(from);
    if (moved === undefined || result === "-1" || (result !== "0" && existsSync(from))) return;
    this.#files.set(to, moved);
    this.#files.delete(from);
  }

  #file(path: string): TracedFile {
    const known = this.#files.get(path) ?? { isNew: false, written: 0, synced: 0 };
    this.#files.set(path, known);
    return known;
  }
}
