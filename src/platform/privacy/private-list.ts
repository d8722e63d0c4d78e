/**
 * The list of what is private, as it lies on disk: one file for each state of it, `<config>/private/<number>.json`, 0600, the
 * highest number counting. A change makes the file of the next number, which one process can make alone; another that wanted
 * the same number begins again with what the first wrote. So no lock is needed, and none is left behind.
 */
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../../base/attempt.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { makeOnce } from "../make-once.ts";
import { checkPrivateDirectory, ensurePrivateDirectory, readPrivateFile } from "../private-files.ts";
import { KINDS } from "./privacy.ts";
import type { PrivateKind } from "./privacy.ts";

const FILE_BYTES = 1 << 20;
const KEY_BYTES = 32;
const MAX_ENTRIES = 2_000;
const MARK = /^[0-9a-f]{64}$/;
const NAME = /^(0|[1-9]\d{0,8})\.json$/;

export interface Entry {
  readonly kind: PrivateKind;
  /** HMAC-SHA256 in hex. */
  readonly mark: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** The first moment after it; null: until it is ended. */
  readonly until: number | null;
}

export interface Content {
  readonly version: 1;
  /** 32 bytes in base64, drawn when the list begins. */
  readonly key: string;
  readonly entries: readonly Entry[];
}

export interface PrivateList {
  readonly number: number;
  readonly content: Content;
}

/** @throws UNSAFE_PATH, INVALID_CONFIG when what is there cannot be believed */
export async function readList(folder: string): Promise<PrivateList> {
  for (;;) {
    const number = await newest(folder);
    if (number === undefined) return { number: 0, content: newContent() };
    const bytes = await readPrivateFile(pathOf(folder, number), FILE_BYTES);
    // Gone since it was looked for: there is a newer one.
    if (bytes === undefined) continue;
    const content = parsed(bytes);
    if (content === undefined) throw unreadableError(folder);
    return { number, content };
  }
}

/**
 * Changes the newest list, whoever else does at the same time.
 *
 * @param change - the entries to write; undefined: nothing is to change
 * @throws as `readList`, and LIMIT_EXCEEDED, DISK_FULL, WRITE_FAILED
 */
export async function changeList(
  folder: string,
  change: (content: Content) => Promise<readonly Entry[] | undefined>,
): Promise<Content> {
  await ensurePrivateDirectory(folder);
  for (;;) {
    const { number, content } = await readList(folder);
    const entries = await change(content);
    if (entries === undefined) return content;
    if (entries.length > MAX_ENTRIES)
      throw new KeepsakeError(
        "INVALID_CONFIG",
        `${folder} holds ${MAX_ENTRIES} private places, the most it may`,
      );
    const changed = { ...content, entries };
    const isMade = await makeOnce(pathOf(folder, number + 1), utf8(`${JSON.stringify(changed)}\n`));
    // A number that was free since it is long over is no newest one.
    if (isMade && (await newest(folder)) === number + 1) {
      await removeOlder(folder, number + 1);
      return changed;
    }
    if (isMade) await unlink(pathOf(folder, number + 1)).catch(() => undefined);
  }
}

export function unreadableError(folder: string): KeepsakeError {
  return new KeepsakeError("INVALID_CONFIG", `${folder} cannot be read; everything is private until it can`, {
    hint: "see that it is yours, 0700, and what is in it 0600, or remove it: then nothing is private any more",
  });
}

/** The number of the newest list; undefined: there is none. @throws UNSAFE_PATH */
async function newest(folder: string): Promise<number | undefined> {
  const numbers = await numbersIn(folder);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
  await checkPrivateDirectory(folder);
  return names.flatMap((name) => {
    const [, number] = NAME.exec(name) ?? [];
    return number === undefined ? [] : Number(number);
  });
}

async function removeOlder(folder: string, number: number): Promise<void> {
  for (const each of await numbersIn(folder))
    if (each < number) await unlink(pathOf(folder, each)).catch(() => undefined);
}

function pathOf(folder: string, number: number): string {
  return join(folder, `${number}.json`);
}

function newContent(): Content {
  const key = Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString("base64");
  return { version: 1, key, entries: [] };
}

/** Checked by hand: hooks read it, and what checks schemas takes longer to load than all they do. */
function parsed(bytes: Uint8Array): Content | undefined {
  const value = attempt(() => JSON.parse(fromUtf8(bytes)) as Partial<Content> | null);
  const { version, key, entries } = value ?? {};
  if (version !== 1 || typeof key !== "string" || Buffer.from(key, "base64").length !== KEY_BYTES)
    return undefined;
  if (!Array.isArray(entries) || !(entries as unknown[]).every(isEntry)) return undefined;
  return { version, key, entries };
}

function isEntry(value: unknown): value is Entry {
  const { kind, mark, from, until } = (value ?? {}) as Partial<Entry>;
  const isKnown = KINDS.some((each) => each === kind) && typeof mark === "string" && MARK.test(mark);
  return isKnown && Number.isSafeInteger(from) && (until === null || Number.isSafeInteger(until));
}
