/**
 * What set-up keeps of the files it changed, `<state>/setup/<host>.json`, 0600: hashes, places and lengths, and its own words. Nothing of
 * what else is in those files.
 */
import { mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import {
  ensurePrivateDirectory,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
} from "../platform/private-files.ts";
import type { Places } from "../platform/places.ts";

const MAX_RECORD_BYTES = 1 << 20;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const offset = z.int().min(0);

const changedFile = z.strictObject({
  /** As the host names it. */
  path: z.string(),
  /** SHA-256 of the whole file without ours; null: there was none. */
  before: hash.nullable(),
  after: hash,
  splices: z.array(z.strictObject({ at: offset, removed: z.string(), inserted: offset })),
  made: z.array(z.array(z.string())),
  /** Folders that were made for it, the outermost first. */
  folders: z.array(z.string()),
  /** What stands there of ours, in the document's one spelling. */
  wrote: z.string(),
});

const setupRecord = z.strictObject({ version: z.literal(1), host: z.string(), files: z.array(changedFile) });

export type ChangedFile = Readonly<z.infer<typeof changedFile>>;

/** The records of one place of state. */
export class SetupRecords {
  readonly #folder: string;

  constructor({ state }: Pick<Places, "state">) {
    this.#folder = join(state, "setup");
  }

  /** Empty: set-up has changed nothing for it. @throws UNSAFE_PATH also for a record that is not one */
  async read(host: string): Promise<readonly ChangedFile[]> {
    const path = this.#path(host);
    const bytes = await readPrivateFile(path, MAX_RECORD_BYTES);
    if (bytes === undefined) return [];
    try {
      return setupRecord.parse(JSON.parse(fromUtf8(bytes))).files;
    } catch {
      throw new KeepsakeError("UNSAFE_PATH", `${path} does not hold what set-up wrote`, {
        hint: "delete it; --remove then takes out what it knows by its name",
      });
    }
  }

  /** @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
  async write(host: string, files: readonly ChangedFile[]): Promise<void> {
    if (files.length === 0) {
      await this.#remove(host);
      return;
    }
    await ensurePrivateDirectory(this.#folder);
    const bytes = utf8(`${JSON.stringify({ version: 1, host, files }, null, 2)}\n`);
    await replacePrivateFile(this.#path(host), bytes);
  }

  /** The hosts that are set up. */
  async hosts(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  }

  async #remove(host: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await removePrivateFile(this.#path(host));
    await rmdir(this.#folder).catch(() => undefined);
  }

  #path(host: string): string {
    return join(this.#folder, `${host}.json`);
  }
}
