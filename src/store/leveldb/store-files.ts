/** The files of a LevelDB folder by what they are. */
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { Malformed } from "./encoding-reader.ts";

const NUMBERED = /^(\d{1,15})\.(log|ldb|sst)$/;
/** The other names that LevelDB gives; what sync tools and file managers leave beside its files it does not look at. */
const OTHERS = /^(CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.dbtmp)$/;

export interface StoreFile {
  readonly path: string;
  readonly number: number;
}

export interface StoreFiles {
  /** By ascending number. */
  readonly tables: readonly StoreFile[];
  readonly logs: readonly StoreFile[];
}

/** Whether a file of this name holds records. */
export function holdsRecords(name: string): boolean {
  return NUMBERED.test(name);
}

/** Whether LevelDB opens, replaces or removes a file of this name. */
export function isStoreFile(name: string): boolean {
  return holdsRecords(name) || OTHERS.test(name);
}

/** @throws the system's error */
export async function listStoreFiles(folder: string): Promise<StoreFiles> {
  const tables: StoreFile[] = [];
  const logs: StoreFile[] = [];
  for (const name of await readdir(folder)) {
    const [, number, kind] = NUMBERED.exec(name) ?? [];
    if (number === undefined) continue;
    (kind === "log" ? logs : tables).push({ path: join(folder, name), number: Number(number) });
  }
  const byNumber = (a: StoreFile, b: StoreFile) => a.number - b.number;
  return { tables: tables.toSorted(byNumber), logs: logs.toSorted(byNumber) };
}

/** A table and how many bytes it must have. */
export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

/**
 * The bytes of tables one after the other; while one is looked at, the next is being read. Two buffers take turns: bytes hold
 * until the next are asked for.
 *
 * @throws Malformed for one of another size, and the system's error
 */
export async function* readInTurn(files: readonly SizedFile[]): AsyncGenerator<Uint8Array, void> {
  let ahead: Promise<Uint8Array> | undefined;
  let spare: Uint8Array = new Uint8Array(0);
  for (const [index, file] of files.entries()) {
    const bytes = await (ahead ?? readTable(file, new Uint8Array(0)));
    const next = files[index + 1];
    ahead = next === undefined ? undefined : readTable(next, spare);
    // Whoever comes for it hears of the failure; until then it must not end the process.
    ahead?.catch(() => undefined);
    yield bytes;
    spare = new Uint8Array(bytes.buffer);
  }
}

/** @param room - what is read comes to stand in it when it is large enough */
async function readTable({ path, size }: SizedFile, room: Uint8Array): Promise<Uint8Array> {
  return withFile(path, async (file, found) => {
    if (found !== size) throw new Malformed("table of another size");
    const bytes = (room.length < size ? new Uint8Array(size) : room).subarray(0, size);
    for (let read = 0; read < size;) {
      const { bytesRead } = await file.read(bytes, read, size - read, read);
      if (bytesRead === 0) throw new Malformed("table of another size");
      read += bytesRead;
    }
    return bytes;
  });
}

/**
 * A plain view of a file's bytes.
 *
 * @param checkSize - throws when a file of so many bytes is not to be read
 * @throws Malformed for what is no file: a pipe or a device in its place would never end; and the system's error
 */
export async function readBytes(
  path: string,
  checkSize: (bytes: number) => void = () => undefined,
): Promise<Uint8Array> {
  return withFile(path, async (file, size) => {
    checkSize(size);
    const bytes = await file.readFile();
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  });
}

/** @param work - given the size of the file */
async function withFile(
  path: string,
  work: (file: FileHandle, size: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile() && !found.isDirectory()) throw new Malformed("not a file");
    // The system says what it has against reading a folder.
    if (found.isDirectory()) await file.readFile();
    return await work(file, found.size);
  } finally {
    await file.close();
  }
}
