/**
 * Sessions that a hook saw in a private place. Files of most hosts do not say where each of their lines was said, and some not when, so
 * a later import knows it from here: `<config>/private-sessions/<mark of the session>`, 0600, a line for each change,
 *
 *   {"at": ms, "marks": [mark of an entry of the list, …], "lines": number}
 *
 * with no mark where the session was in the open again, and then how many lines its file had, if the host's lines say no time.
 * A file that cannot be read keeps its session private.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { attempt } from "../../base/attempt.ts";
import { fromUtf8 } from "../../base/bytes.ts";
import { ensurePrivateDirectory, readPrivateFile, syncDirectory } from "../private-files.ts";

/** Some thousand changes. */
const FILE_BYTES = 1 << 20;
const NAME_CHARACTERS = 32;
const MARK = /^[0-9a-f]{64}$/;

export interface Sight {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of the entries that made it private; none: it was in the open. */
  readonly marks: readonly string[];
  /** How many lines the host's file had. */
  readonly lines?: number | undefined;
}

export class SeenSessions {
  readonly #folder: string;
  readonly #known = new Map<string, Promise<readonly Sight[] | "unreadable">>();

  constructor(configFolder: string) {
    this.#folder = join(configFolder, "private-sessions");
  }

  /** In the order in which they were seen; each file is read once. @param mark - of the session */
  of(mark: string): Promise<readonly Sight[] | "unreadable"> {
    const known = this.#known.get(mark) ?? this.#read(mark);
    this.#known.set(mark, known);
    return known;
  }

  /** Appends it, durably. @throws UNSAFE_PATH, or what the file system does */
  async add(mark: string, sight: Sight): Promise<void> {
    this.#known.delete(mark);
    const path = this.#pathOf(mark);
    await ensurePrivateDirectory(dirname(path));
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      // One write: hooks that run at once do not write into each other's lines.
      await file.write(`${JSON.stringify(sight)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(dirname(path));
  }

  async #read(mark: string): Promise<readonly Sight[] | "unreadable"> {
    try {
      const bytes = await readPrivateFile(this.#pathOf(mark), FILE_BYTES);
      if (bytes === undefined) return [];
      const sights = fromUtf8(bytes).trimEnd().split("\n").map(parsedSight);
      const isSound = (each: Sight | undefined): each is Sight => each !== undefined;
      return sights.every(isSound) ? sights : "unreadable";
    } catch {
      return "unreadable";
    }
  }

  #pathOf(mark: string): string {
    return join(this.#folder, mark.slice(0, NAME_CHARACTERS));
  }
}

function isMark(value: unknown): value is string {
  return typeof value === "string" && MARK.test(value);
}

function parsedSight(line: string): Sight | undefined {
  const value = attempt(() => JSON.parse(line) as Partial<Sight> | null);
  const { at, marks, lines } = value ?? {};
  if (at === undefined || !Number.isSafeInteger(at)) return undefined;
  if (!Array.isArray(marks) || !(marks as unknown[]).every(isMark)) return undefined;
  if (lines !== undefined && (!Number.isSafeInteger(lines) || lines < 0)) return undefined;
  return { at, marks, lines };
}
