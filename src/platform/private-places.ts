/**
 * What the person keeps private: folders with all below them, projects, sessions, or everything, each from a moment on and until
 * another. What was said there meanwhile is neither captured nor imported, and nothing is recalled there unasked.
 *
 * `private.json` in the config folder, 0600, holds no name of any of them:
 *
 *   {"version": 1, "key": base64(32), "entries": [{"kind": "folder", "mark": hex(HMAC-SHA256(key, kind NUL name)), "from": ms, "until": ms | null}]}
 *
 * An entry that is over stays: what was said in its time is private whenever it comes. A file that is loose or cannot be read
 * makes everything private. What a session was seen in is kept beside it: `private/seen-sessions.ts`.
 */
import { dirname, join } from "node:path";
import { utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { resolvePlaces } from "./places.ts";
import { ensurePrivateDirectory, readPrivateFile, replacePrivateFile } from "./private-files.ts";
import { PRIVATE_KINDS, holdsAt, isSame, newList, parsedList } from "./private/private-list.ts";
import type { Moment, Privacy, PrivateEntry, PrivateKind, PrivateList } from "./private/private-list.ts";
import { KeyedMarks } from "./private/keyed-marks.ts";
import { SeenSessions } from "./private/seen-sessions.ts";
import type { Sight } from "./private/seen-sessions.ts";

const FILE_BYTES = 1 << 20;
const MAX_ENTRIES = 2_000;

/** Where something is said; what is not known is left out. */
export interface Whereabouts {
  /** An absolute path. */
  readonly folder?: string | undefined;
  readonly project?: string | null | undefined;
  readonly session?: string | undefined;
}

/** When a line was written that says no time: within that of its file, which prompt of it it answers, by the number of its line. */
export interface UnknownTime {
  readonly from: number;
  readonly until: number;
  /** From 1; 0: it stands before the first prompt. */
  readonly promptLine: number;
}

export function privatePlacesPath(configFolder: string): string {
  return join(configFolder, "private.json");
}

export class PrivatePlaces {
  readonly #path: string;
  #content: PrivateList;
  readonly #isReadable: boolean;
  readonly #marks: KeyedMarks;
  readonly #seen: SeenSessions;

  private constructor(path: string, content: PrivateList | undefined) {
    this.#path = path;
    this.#seen = new SeenSessions(dirname(path));
    this.#isReadable = content !== undefined;
    this.#content = content ?? { version: 1, key: "", entries: [] };
    this.#marks = new KeyedMarks(this.#content.key);
  }

  /** @param path - of `private.json`; what cannot be read makes everything private */
  static async read(path: string): Promise<PrivatePlaces> {
    try {
      const bytes = await readPrivateFile(path, FILE_BYTES);
      return new PrivatePlaces(path, bytes === undefined ? newList() : parsedList(bytes));
    } catch {
      return new PrivatePlaces(path, undefined);
    }
  }

  /** Whether anything is or was private. */
  hasAnyEver(): boolean {
    return !this.#isReadable || this.#content.entries.length > 0;
  }

  /** How many entries hold at a moment. */
  count(now: number): number {
    return this.#content.entries.filter((entry) => holdsAt(entry, now)).length;
  }

  /** Why what is said there at a moment is private; `undefined`: it is not. */
  async privacyOf(where: Whereabouts, at: Moment): Promise<Privacy | undefined> {
    if (!this.#isReadable) return { because: "unreadable" };
    const [found] = await this.#entriesFor(where, at);
    if (found === undefined) return undefined;
    const { kind, until, name } = found;
    return { because: kind, ...(name !== "" && { name }), ...(until !== null && { until }) };
  }

  /**
   * Whether what was said earlier is private: there and then, or since a hook saw its session in a private place. What was said at an
   * unknown time is private unless it can be shown to have been said in the open: it answers a prompt behind what the file held when
   * its session was last seen there.
   */
  async wasPrivate(where: Whereabouts, when: number | UnknownTime): Promise<boolean> {
    if (!this.#isReadable) return true;
    if (this.#content.entries.length === 0) return false;
    const seen = await this.#sightsOf(where.session);
    if (seen === "unreadable") return true;
    if (typeof when === "number") {
      const next = seen.findIndex(({ at }) => at > when);
      const around = next === -1 ? seen.slice(-1) : seen.slice(Math.max(0, next - 1), next + 1);
      if (around.some((sight) => this.#isPrivateBy(sight, when))) return true;
      return (await this.#entriesFor(where, when)).length > 0;
    }
    const last = seen.at(-1);
    if (last === undefined) return (await this.#entriesFor(where, when)).length > 0;
    if (last.marks.length > 0 || when.promptLine <= (last.lines ?? Infinity)) return true;
    return (await this.#entriesFor(where, { from: last.at, until: when.until })).length > 0;
  }

  /** Whether a session was in a private place when a hook last saw it. */
  async wasLastPrivate(session: string): Promise<boolean> {
    const seen = await this.#sightsOf(session);
    return seen === "unreadable" || (seen.at(-1)?.marks.length ?? 0) > 0;
  }

  /**
   * Remembers that a hook saw a session in a private place, or in the open again. Of one that never was in a private place nothing is
   * kept.
   *
   * @throws UNSAFE_PATH, or what the file system does
   */
  async see(
    session: string,
    wheres: readonly Whereabouts[],
    { at, lines }: Omit<Sight, "marks">,
  ): Promise<void> {
    if (!this.#isReadable || this.#content.entries.length === 0) return;
    const seen = await this.#sightsOf(session);
    if (seen === "unreadable") return;
    const found = await Promise.all(wheres.map((where) => this.#entriesFor(where, at)));
    const marks = [...new Set(found.flat().map(({ mark }) => mark))].toSorted();
    const last = seen.at(-1);
    const isKnown =
      (last?.marks ?? []).join() === marks.join() && (marks.length > 0 || last?.lines === lines);
    if (!isKnown) await this.#seen.add(await this.#markOf("session", session), { at, marks, lines });
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
    const isOver = (entry: PrivateEntry) => isSame(entry, kind, mark) && holdsAt(entry, now);
    if (!this.#content.entries.some(isOver)) return false;
    await this.#replace(
      this.#content.entries.map((entry) => (isOver(entry) ? { ...entry, until: now } : entry)),
    );
    return true;
  }

  async #replace(entries: readonly PrivateEntry[]): Promise<void> {
    this.#checkReadable();
    if (entries.length > MAX_ENTRIES) {
      throw new KeepsakeError(
        "INVALID_CONFIG",
        `${this.#path} holds ${MAX_ENTRIES} private places, the most it may`,
      );
    }
    await ensurePrivateDirectory(dirname(this.#path));
    const content = { ...this.#content, entries };
    await replacePrivateFile(this.#path, utf8(`${JSON.stringify(content)}\n`));
    this.#content = content;
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

  /** Of a session that the file says nothing of there is nothing. */
  async #sightsOf(session: string | undefined): Promise<readonly Sight[] | "unreadable"> {
    if (!this.#isReadable) return "unreadable";
    const isAny = session !== undefined && this.#content.entries.length > 0;
    return isAny ? this.#seen.of(await this.#markOf("session", session)) : [];
  }

  #isPrivateBy({ marks }: Sight, at: Moment): boolean {
    return this.#content.entries.some((entry) => marks.includes(entry.mark) && holdsAt(entry, at));
  }

  /** The entries that make a place private, the nearest kind first. */
  async #entriesFor(
    where: Whereabouts,
    at: Moment,
  ): Promise<readonly (PrivateEntry & { readonly name: string })[]> {
    const entries = this.#content.entries.filter((entry) => holdsAt(entry, at));
    const found: (PrivateEntry & { readonly name: string })[] = [];
    for (const kind of PRIVATE_KINDS) {
      const ofKind = entries.filter((entry) => entry.kind === kind);
      if (ofKind.length === 0) continue;
      for (const name of await this.#namesOf(kind, where)) {
        const mark = await this.#markOf(kind, name);
        found.push(...ofKind.filter((entry) => entry.mark === mark).map((entry) => ({ ...entry, name })));
      }
    }
    return found;
  }

  async #namesOf(kind: PrivateKind, { folder, project, session }: Whereabouts): Promise<readonly string[]> {
    if (kind === "everywhere") return [""];
    if (kind === "session") return session === undefined ? [] : [session];
    if (kind === "project") return typeof project === "string" ? [project] : [];
    if (folder === undefined) return [];
    return this.#marks.foldersTo(folder);
  }

  #markOf(kind: PrivateKind, name: string): Promise<string> {
    this.#checkReadable();
    return this.#marks.of(kind, name);
  }
}

/** Why a place is private, by the list of this process's environment as it is now. */
export async function privacyNow(where: Whereabouts, now: number): Promise<Privacy | undefined> {
  const places = await PrivatePlaces.read(privatePlacesPath(resolvePlaces().config));
  return places.privacyOf(where, now);
}
