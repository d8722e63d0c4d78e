/**
 * Forces the log LevelDB is writing down to the disk. LevelDB 1.20 asks for plain `fsync`, which on macOS stops in the
 * drive's cache; Node's `fsync` there is `F_FULLFSYNC`.
 *
 * The live log is the one with the highest number. LevelDB begins a new one only at the start of a write, so right after
 * a write the newest log is the one that took it.
 */
import type { FileHandle } from "node:fs/promises";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

const LOG_NAME = /^\d+\.log$/;

/** Belongs to one open store, which closes it. Not for concurrent use. */
export class LiveLog {
  readonly #folder: string;
  #name: string | undefined;
  #file: FileHandle | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws the system's error */
  async sync(): Promise<void> {
    const newest = await newestLog(this.#folder);
    if (newest !== this.#name) {
      await this.close();
      if (newest !== undefined) this.#file = await open(join(this.#folder, newest), "r+");
      this.#name = newest;
    }
    await this.#file?.sync();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#name = undefined;
    await file?.close();
  }
}

async function newestLog(folder: string): Promise<string | undefined> {
  const logs = (await readdir(folder)).filter((name) => LOG_NAME.test(name));
  return logs.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1);
}
