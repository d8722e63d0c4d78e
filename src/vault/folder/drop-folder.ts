/**
 * The drop folder of a vault: files of entries that programs sealed by themselves, until the inbox has them.
 *
 * Anything may lie there. What is no private file of ours, or does not hold what `drop-file.ts` says, is left where it is, counted,
 * and not looked at again by this process. One look is bounded in names, files and bytes; what is beyond waits for the next.
 */
import { lstat, opendir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { codeOf, hasCode } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/logger.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { checkPrivateDirectory, readPrivateFile, syncDirectory } from "../../platform/private-files.ts";
import type { DropFile, Drops } from "../vault-deps.ts";
import {
  decodeDropFile,
  DROP_FOLDER,
  isDropFileName,
  MAX_DROP_FILE_BYTES,
  MAX_DROP_FILES,
} from "../written/drop-file.ts";
import { weightOfEntries } from "../written/inbox-layout.ts";

const MAX_NAMES_A_LOOK = 4 * MAX_DROP_FILES;
const MAX_BYTES_A_LOOK = LIMITS.inboxBytes;
const TEMPORARY = /^\.[0-9a-f]{32}\.entries\.[0-9a-f]{16}\.tmp$/;
/** A program that writes a file takes moments; what is older was left by one that ended. */
const TEMPORARY_KEPT_MS = 600_000;

/** What is known of a file that stays for now. */
type Waiting = { readonly turns: number; readonly bytes: number };

export class DropFolder implements Drops {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, Waiting>();
  readonly #refused = new Set<string>();
  #isUnsafe = false;

  /** @param vaultFolder - path of the vault's folder */
  constructor(vaultFolder: string, clock: Clock, logger: Logger) {
    this.#path = join(vaultFolder, DROP_FOLDER);
    this.#clock = clock;
    this.#logger = logger;
  }

  get counts(): { readonly turns: number; readonly bytes: number; readonly setAside: number } {
    const waiting = [...this.#waiting.values()];
    return {
      turns: waiting.reduce((sum, { turns }) => sum + turns, 0),
      bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
      setAside: this.#refused.size + (this.#isUnsafe ? 1 : 0),
    };
  }

  async each(
    isWanted: (bytes: number) => boolean,
    visit: (file: DropFile) => Promise<void>,
  ): Promise<boolean> {
    const { names, isWhole } = await this.#list();
    let isEveryOne = isWhole;
    let left = MAX_BYTES_A_LOOK;
    for (const name of names) {
      const known = this.#waiting.get(name);
      if (known !== undefined && !isWanted(known.bytes)) continue;
      const file = await this.#read(name, left);
      if (file === "none of ours") continue;
      if (file === "not read") {
        isEveryOne = false;
        continue;
      }
      left -= file.bytes;
      this.#waiting.set(name, { turns: file.entries.length, bytes: file.bytes });
      await visit(file);
    }
    return isEveryOne;
  }

  refuse(name: string, code: ErrorCode): void {
    this.#waiting.delete(name);
    if (this.#refused.size >= MAX_DROP_FILES) return;
    this.#refused.add(name);
    this.#logger.log("drop-set-aside", { code });
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const name of names) {
      await unlink(join(this.#path, name)).catch((error: unknown) => {
        if (systemErrorCode(error) !== "ENOENT") this.refuse(name, "WRITE_FAILED");
      });
      this.#waiting.delete(name);
    }
    await syncDirectory(this.#path).catch(() => undefined);
  }

  async #read(name: string, maxBytes: number): Promise<DropFile | "none of ours" | "not read"> {
    const path = join(this.#path, name);
    try {
      const { size } = await lstat(path);
      if (size > maxBytes && size <= MAX_DROP_FILE_BYTES) return "not read";
      const bytes = await readPrivateFile(path, Math.min(size, MAX_DROP_FILE_BYTES));
      const entries = bytes && decodeDropFile(bytes);
      if (entries !== undefined) return { name, entries, bytes: weightOfEntries(entries) };
      if (bytes !== undefined) this.refuse(name, "RECORD_DAMAGED");
    } catch (error) {
      const isGone = systemErrorCode(error) === "ENOENT";
      if (!isGone && !hasCode(error, "UNSAFE_PATH")) {
        this.#logger.log("drop-not-read", { code: codeOf(error) });
        return "not read";
      }
      if (!isGone) this.refuse(name, "UNSAFE_PATH");
    }
    // Whoever wrote it may have taken it away again.
    this.#waiting.delete(name);
    return "none of ours";
  }

  /** Names of what may be ours; whatever else is there is dealt with. */
  async #list(): Promise<{ readonly names: ReadonlySet<string>; readonly isWhole: boolean }> {
    const names = new Set<string>();
    if (!(await this.#isUsable())) {
      this.#waiting.clear();
      return { names, isWhole: !this.#isUnsafe };
    }
    const stillRefused = new Set<string>();
    let seen = 0;
    for await (const { name } of await opendir(this.#path)) {
      seen += 1;
      if (seen > MAX_NAMES_A_LOOK || names.size >= MAX_DROP_FILES) return { names, isWhole: false };
      if (isDropFileName(name) && !this.#refused.has(name)) names.add(name);
      else if (TEMPORARY.test(name)) await this.#dropTemporary(name);
      // What sync tools and file managers put into a folder is none of ours, and no harm.
      else if (!name.startsWith(".")) {
        if (!this.#refused.has(name)) this.refuse(name, "UNSAFE_PATH");
        stillRefused.add(name);
      }
    }
    for (const name of this.#refused) if (!stillRefused.has(name)) this.#refused.delete(name);
    for (const name of this.#waiting.keys()) if (!names.has(name)) this.#waiting.delete(name);
    return { names, isWhole: true };
  }

  /** Whether it is there and private. One that is not private is left alone whole, until somebody sets that right. */
  async #isUsable(): Promise<boolean> {
    try {
      await checkPrivateDirectory(this.#path);
      this.#isUnsafe = false;
      return true;
    } catch (error) {
      const isMissing = hasCode(error) && systemErrorCode(error.cause) === "ENOENT";
      if (!isMissing && !this.#isUnsafe) this.#logger.log("drop-folder-set-aside", { code: codeOf(error) });
      this.#isUnsafe = !isMissing;
      return false;
    }
  }

  async #dropTemporary(name: string): Promise<void> {
    const path = join(this.#path, name);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined || this.#clock.now() - found.mtimeMs < TEMPORARY_KEPT_MS) return;
    await unlink(path).catch(() => undefined);
  }
}
