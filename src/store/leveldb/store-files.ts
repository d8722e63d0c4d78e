/** The files of a LevelDB folder by what they are. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const NUMBERED = /^(\d{1,15})\.(log|ldb|sst)$/;

export interface StoreFile {
  readonly path: string;
  readonly number: number;
}

export interface StoreFiles {
  /** By ascending number. */
  readonly tables: readonly StoreFile[];
  readonly logs: readonly StoreFile[];
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

/** The bytes of files one after the other; while one is looked at, the next is being read. @throws the system's error */
export async function* readInTurn(paths: readonly string[]): AsyncGenerator<Uint8Array, void> {
  let ahead: Promise<Uint8Array> | undefined;
  for (const [index, path] of paths.entries()) {
    const bytes = await (ahead ?? readBytes(path));
    const next = paths[index + 1];
    ahead = next === undefined ? undefined : readBytes(next);
    // Whoever comes for it hears of the failure; until then it must not end the process.
    ahead?.catch(() => undefined);
    yield bytes;
  }
}

/** A plain view of a file's bytes. @throws the system's error */
export async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
