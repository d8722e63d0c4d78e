/**
 * Which processes have the locks of a vault, found without asking them.
 *
 * On Linux the system says it: a process of this user that runs the daemon's program and has the lock's file open. It is
 * looked for among all of them, so what is written down cannot lead astray, and a daemon of 0.1.0 is found that wrote nothing.
 * Where there is no `/proc` a holder has written its number beside the lock (`<lock>.json`, 0600), and counts if a process of
 * that number belongs to this user and runs the daemon's program. A number of another machine or container proves nothing.
 */
import { execFile } from "node:child_process";
import { lstat, readFile, readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { readPrivateFile, replacePrivateFile } from "../../platform/private-files.ts";
import { lockFile } from "./vault-locks.ts";

const RECORD_BYTES = 8 << 10;
const PROGRAMS = new Set(["keepsaked", "daemon-main"]);
const PS_MS = 5_000;

const holderRecord = z.strictObject({
  pid: z.int().positive(),
  /** Where a front listens. */
  socket: z.string().optional(),
});
type HolderRecord = z.infer<typeof holderRecord>;

export interface LockHolder {
  readonly pid: number;
  readonly part: "front" | "engine";
}

/** What the system knows of processes, passed in for tests. */
export interface ProcessTable {
  /** Absent where there is none. */
  readonly proc: string | undefined;
  /** Owner and command line of a process as `ps` shows them, `undefined` when there is none of that number. */
  readonly ps: (pid: number) => Promise<string | undefined>;
}

export const systemProcesses: ProcessTable = {
  proc: process.platform === "linux" ? "/proc" : undefined,
  ps: async (pid) => {
    const args = ["-ww", "-o", "uid=,args=", "-p", String(pid)];
    const run = promisify(execFile)("ps", args, { encoding: "utf8", timeout: PS_MS });
    return (await run.catch(() => undefined))?.stdout;
  },
};

/** Writes down who has a lock. It is a help and no proof, so a full disk does not keep the vault closed. */
export async function recordHolder(folder: string, record: HolderRecord): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
  await replacePrivateFile(recordFile(folder), bytes).catch(() => undefined);
}

/** What the last holder of a lock wrote down; it may be gone by now. */
export async function readHolder(folder: string): Promise<HolderRecord | undefined> {
  try {
    const bytes = await readPrivateFile(recordFile(folder), RECORD_BYTES);
    if (bytes === undefined) return undefined;
    return holderRecord.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** Processes of this user that have one of the locks, fronts first; this one is left out. Those that cannot be proven are too. */
export async function findHolders(
  folders: readonly string[],
  { proc, ps }: ProcessTable = systemProcesses,
): Promise<readonly LockHolder[]> {
  const found = proc === undefined ? await findByRecords(folders, ps) : await findByOpenFiles(folders, proc);
  return found.toSorted((a, b) => rank(a) - rank(b) || a.pid - b.pid);
}

function rank({ part }: LockHolder): number {
  return part === "front" ? 0 : 1;
}

async function findByRecords(folders: readonly string[], ps: ProcessTable["ps"]): Promise<LockHolder[]> {
  const records = await Promise.all(folders.map(readHolder));
  const pids = new Set(records.flatMap((record) => record?.pid ?? []));
  const holders: LockHolder[] = [];
  for (const pid of pids) {
    const [uid, ...words] = (await ps(pid))?.trim().split(/\s+/) ?? [];
    const part = partOf(words);
    if (part !== undefined && Number(uid) === process.getuid?.() && pid !== process.pid)
      holders.push({ pid, part });
  }
  return holders;
}

async function findByOpenFiles(folders: readonly string[], proc: string): Promise<LockHolder[]> {
  const files = await Promise.all(folders.map((folder) => identity(() => lstat(lockFile(folder)))));
  const wanted = new Set(files.filter((file) => file !== undefined));
  const holders: LockHolder[] = [];
  for (const name of await readdir(proc)) {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue;
    const part = await partOfProcess(join(proc, name));
    if (part !== undefined && (await hasOpen(join(proc, name), wanted))) holders.push({ pid, part });
  }
  return holders;
}

async function partOfProcess(folder: string): Promise<LockHolder["part"] | undefined> {
  try {
    if ((await stat(folder)).uid !== process.getuid?.()) return undefined;
    return partOf((await readFile(join(folder, "cmdline"), "utf8")).split("\0").filter(Boolean));
  } catch {
    return undefined;
  }
}

/** @param words - a command line: `node … keepsaked.js` is a front, `node … daemon-main.js engine` an engine */
function partOf(words: readonly string[]): LockHolder["part"] | undefined {
  const isProgram = (word = "") => PROGRAMS.has(basename(word, extname(word)));
  if (isProgram(words.at(-1))) return "front";
  return words.at(-1) === "engine" && isProgram(words.at(-2)) ? "engine" : undefined;
}

async function hasOpen(folder: string, wanted: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(join(folder, "fd")).catch(() => []);
  for (const descriptor of descriptors) {
    // Through the link of /proc to the file itself, which is not opened.
    const open = await identity(() => stat(join(folder, "fd", descriptor)));
    if (open !== undefined && wanted.has(open)) return true;
  }
  return false;
}

async function identity(look: () => Promise<{ dev: number; ino: number }>): Promise<string | undefined> {
  const found = await look().catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

function recordFile(folder: string): string {
  return `${folder}.json`;
}
