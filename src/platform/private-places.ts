/**
 * What the person keeps private: folders with all below them, projects, sessions, or everything, each from a moment on and until
 * another. What was said there meanwhile is neither captured nor imported, and nothing is recalled there unasked.
 *
 * `private.json` in the config folder, 0600, holds no name of any of them:
 *
 *   {"version": 1, "key": base64(32), "entries": [{"kind": "folder", "mark": hex(HMAC-SHA256(key, kind NUL name)), "from": ms, "until": ms | null}]}
 *
 * An entry that is over stays: what was said in its time is private whenever it comes. A file that is loose or cannot be read
 * makes everything private.
 */
import { realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { attempt } from "../base/attempt.ts";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { resolvePlaces } from "./places.ts";
import { ensurePrivateDirectory, readPrivateFile, replacePrivateFile } from "./private-files.ts";

const FILE_BYTES = 1 << 20;
const KEY_BYTES = 32;
const MAX_ENTRIES = 2_000;
const MARK = /^[0-9a-f]{64}$/;

const KINDS = ["folder", "project", "session", "everywhere"] as const;
export type PrivateKind = (typeof KINDS)[number];

interface Entry {
  readonly kind: PrivateKind;
  readonly mark: string;
  readonly from: number;
  readonly until: number | null;
}

interface Content {
  readonly version: 1;
  readonly key: string;
  readonly entries: readonly Entry[];
}

/** Where something is said; what is not known is left out. */
export interface Whereabouts {
  /** An absolute path. */
  readonly folder?: string | undefined;
  readonly project?: string | null | undefined;
  readonly session?: string | undefined;
}

export interface Privacy {
  /** `unreadable`: the file says nothing that can be trusted. */
  readonly because: PrivateKind | "unreadable";
  /** Milliseconds since the epoch; absent: until the person ends it. */
  readonly until?: number;
}

export function privatePlacesPath(configFolder: string): string {
  return join(configFolder, "private.json");
}

export class PrivatePlaces {
  readonly #path: string;
  readonly #content: Content;
  readonly #isReadable: boolean;
  readonly #marks = new Map<string, Promise<string>>();
  readonly #folders = new Map<string, Promise<readonly string[]>>();
  #key: ReturnType<typeof crypto.subtle.importKey> | undefined;

  private constructor(path: string, content: Content | undefined) {
    this.#path = path;
    this.#isReadable = content !== undefined;
    this.#content = content ?? { version: 1, key: "", entries: [] };
  }

  /** @param path - of `private.json`; what cannot be read makes everything private */
  static async read(path: string): Promise<PrivatePlaces> {
    try {
      const bytes = await readPrivateFile(path, FILE_BYTES);
      return new PrivatePlaces(path, bytes === undefined ? newContent() : parsed(bytes));
    } catch {
      return new PrivatePlaces(path, undefined);
    }
  }

  /** Whether anything is private at a moment. */
  hasAny(now: number): boolean {
    return !this.#isReadable || this.count(now) > 0;
  }

  /** How many entries hold at a moment. */
  count(now: number): number {
    return this.#content.entries.filter((entry) => holdsAt(entry, now)).length;
  }

  /** Why what is said there at a moment is private; `undefined`: it is not. */
  async privacyOf(where: Whereabouts, at: number): Promise<Privacy | undefined> {
    if (!this.#isReadable) return { because: "unreadable" };
    const entries = this.#content.entries.filter((entry) => holdsAt(entry, at));
    if (entries.length === 0) return undefined;
    for (const kind of KINDS) {
      const ofKind = entries.filter((entry) => entry.kind === kind);
      if (ofKind.length === 0) continue;
      for (const name of await this.#namesOf(kind, where)) {
        const mark = await this.#markOf(kind, name);
        const found = ofKind.find((entry) => entry.mark === mark);
        if (found !== undefined)
          return { because: kind, ...(found.until !== null && { until: found.until }) };
      }
    }
    return undefined;
  }

  /**
   * Makes something private from now on; what was so already is so until the new end.
   *
   * @param name - of a folder its real path; of everything ""
   * @param until - milliseconds since the epoch; null: until it is ended
   * @throws INVALID_CONFIG when the file cannot be read, LIMIT_EXCEEDED, UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  async begin(kind: PrivateKind, name: string, now: number, until: number | null): Promise<void> {
    const mark = await this.#markOf(kind, name);
    const entries = this.#content.entries.map((entry) =>
      isSame(entry, kind, mark) && holdsAt(entry, now) ? { ...entry, until } : entry,
    );
    const isThere = entries.some((entry) => isSame(entry, kind, mark) && holdsAt(entry, now));
    await this.#replace(isThere ? entries : [...entries, { kind, mark, from: now, until }]);
  }

  /** Ends it. @returns whether it was private @throws as `begin` */
  async end(kind: PrivateKind, name: string, now: number): Promise<boolean> {
    const mark = await this.#markOf(kind, name);
    const isOver = (entry: Entry) => isSame(entry, kind, mark) && holdsAt(entry, now);
    if (!this.#content.entries.some(isOver)) return false;
    await this.#replace(
      this.#content.entries.map((entry) => (isOver(entry) ? { ...entry, until: now } : entry)),
    );
    return true;
  }

  async #replace(entries: readonly Entry[]): Promise<void> {
    this.#checkReadable();
    if (entries.length > MAX_ENTRIES) {
      throw new KeepsakeError(
        "INVALID_CONFIG",
        `${this.#path} holds ${MAX_ENTRIES} private places, the most it may`,
      );
    }
    await ensurePrivateDirectory(dirname(this.#path));
    await replacePrivateFile(this.#path, utf8(`${JSON.stringify({ ...this.#content, entries })}\n`));
  }

  #checkReadable(): void {
    if (this.#isReadable) return;
    throw new KeepsakeError(
      "INVALID_CONFIG",
      `${this.#path} cannot be read; everything is private until it can`,
      {
        hint: "see that it is yours and 0600, or remove it: then nothing is private any more",
      },
    );
  }

  async #namesOf(kind: PrivateKind, { folder, project, session }: Whereabouts): Promise<readonly string[]> {
    if (kind === "everywhere") return [""];
    if (kind === "session") return session === undefined ? [] : [session];
    if (kind === "project") return typeof project === "string" ? [project] : [];
    if (folder === undefined) return [];
    const known = this.#folders.get(folder) ?? folderAndAbove(folder);
    this.#folders.set(folder, known);
    return known;
  }

  #markOf(kind: PrivateKind, name: string): Promise<string> {
    const known = this.#marks.get(`${kind}\0${name}`) ?? this.#sign(kind, name);
    this.#marks.set(`${kind}\0${name}`, known);
    return known;
  }

  async #sign(kind: PrivateKind, name: string): Promise<string> {
    this.#checkReadable();
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const bytes = Buffer.from(this.#content.key, "base64");
    this.#key ??= crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
    const mark = await crypto.subtle.sign("HMAC", await this.#key, utf8(`${kind}\0${name}`));
    return Buffer.from(mark).toString("hex");
  }
}

/** Whether the person keeps a place private, by the list of this process's environment as it is now. */
export async function isPrivateNow(where: Whereabouts, now: number): Promise<boolean> {
  const places = await PrivatePlaces.read(privatePlacesPath(resolvePlaces().config));
  return (await places.privacyOf(where, now)) !== undefined;
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

function holdsAt({ from, until }: Entry, at: number): boolean {
  return at >= from && (until === null || at < until);
}

function isSame(entry: Entry, kind: PrivateKind, mark: string): boolean {
  return entry.kind === kind && entry.mark === mark;
}

/** The folder and all above it, as it was named and as it really is. */
async function folderAndAbove(folder: string): Promise<readonly string[]> {
  const whole = resolve(folder);
  const real = await realpath(whole).catch(() => whole);
  const names = new Set<string>();
  for (const start of [whole, real]) {
    for (let current = start; ; current = dirname(current)) {
      names.add(current);
      if (current === dirname(current)) break;
    }
  }
  return [...names];
}
