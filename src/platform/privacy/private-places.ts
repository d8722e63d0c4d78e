/**
 * What the person keeps private: folders with all below them, projects, sessions, or everything, each from a moment on and until
 * another. What was said there meanwhile is neither captured nor imported, and nothing is recalled there unasked.
 *
 * The list (`private-list.ts`) holds no name of any of them but HMAC-SHA256(key, kind NUL name), with the key beside it:
 *
 *   {"version": 1, "key": base64(32), "entries": [{"kind": "folder", "mark": hex(32), "from": ms, "until": ms | null}]}
 *
 * An entry that is over stays: what was said in its time is private whenever it comes. A list that is loose or cannot be read
 * makes everything private.
 */
import { realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { utf8 } from "../../base/bytes.ts";
import { resolvePlaces } from "../places.ts";
import { KINDS } from "./privacy.ts";
import type { ChangeablePrivacy, Privacy, PrivateKind, Whereabouts, UnknownTime } from "./privacy.ts";
import { changeList, readList, unreadableError } from "./private-list.ts";
import type { Content, Entry } from "./private-list.ts";
import { SeenSessions } from "./seen-sessions.ts";
import type { Sight } from "./seen-sessions.ts";

export function privatePlacesPath(configFolder: string): string {
  return join(configFolder, "private");
}

export class PrivatePlaces implements ChangeablePrivacy {
  readonly #path: string;
  readonly #seen: SeenSessions;
  /** Undefined: it cannot be read. */
  #content: Content | undefined;
  readonly #marks = new Map<string, Promise<string>>();
  readonly #folders = new Map<string, Promise<readonly string[]>>();

  private constructor(path: string, content: Content | undefined) {
    this.#path = path;
    this.#seen = new SeenSessions(dirname(path));
    this.#content = content;
  }

  /** @param path - the folder of the list; what cannot be read makes everything private */
  static async read(path: string): Promise<PrivatePlaces> {
    const list = await readList(path).catch(() => undefined);
    return new PrivatePlaces(path, list?.content);
  }

  hasAny(now: number): boolean {
    return this.#content === undefined || this.count(now) > 0;
  }

  count(now: number): number {
    return this.#content?.entries.filter((entry) => holdsAt(entry, now)).length ?? 0;
  }

  /** Whether anything is or was private. */
  hasAnyEver(): boolean {
    return this.#content === undefined || this.#content.entries.length > 0;
  }

  async privacyOf(where: Whereabouts, at: number): Promise<Privacy | undefined> {
    if (this.#content === undefined) return { because: "unreadable" };
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
    if (this.#content === undefined) return true;
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
    if (this.#content === undefined || this.#content.entries.length === 0) return;
    const seen = await this.#sightsOf(session);
    if (seen === "unreadable") return;
    const found = await Promise.all(wheres.map((where) => this.#entriesFor(where, at)));
    const marks = [...new Set(found.flat().map(({ mark }) => mark))].toSorted();
    const last = seen.at(-1);
    const isKnown =
      (last?.marks ?? []).join() === marks.join() && (marks.length > 0 || last?.lines === lines);
    if (!isKnown)
      await this.#seen.add(await this.#markOf(this.#content.key, "session", session), { at, marks, lines });
  }

  async begin(kind: PrivateKind, names: readonly string[], now: number, until: number | null): Promise<void> {
    await this.#change(async ({ key, entries }) => {
      let changed = entries;
      for (const name of names) {
        const mark = await this.#markOf(key, kind, name);
        const isMeant = (entry: Entry) => isSame(entry, kind, mark) && holdsAt(entry, now);
        changed = changed.some(isMeant)
          ? changed.map((entry) => (isMeant(entry) ? { ...entry, until } : entry))
          : [...changed, { kind, mark, from: now, until }];
      }
      return changed;
    });
  }

  async end(kind: PrivateKind, names: readonly string[], now: number): Promise<boolean> {
    let wasPrivate = false;
    await this.#change(async ({ key, entries }) => {
      const marks = await Promise.all(names.map((name) => this.#markOf(key, kind, name)));
      const isOver = (entry: Entry) => marks.some((mark) => isSame(entry, kind, mark)) && holdsAt(entry, now);
      wasPrivate = entries.some(isOver);
      return wasPrivate
        ? entries.map((entry) => (isOver(entry) ? { ...entry, until: now } : entry))
        : undefined;
    });
    return wasPrivate;
  }

  async #change(change: (content: Content) => Promise<readonly Entry[] | undefined>): Promise<void> {
    if (this.#content === undefined) throw unreadableError(this.#path);
    this.#content = await changeList(this.#path, change);
  }

  /** Of a session that the file says nothing of there is nothing. */
  async #sightsOf(session: string | undefined): Promise<readonly Sight[] | "unreadable"> {
    if (this.#content === undefined) return "unreadable";
    const isAny = session !== undefined && this.#content.entries.length > 0;
    return isAny ? this.#seen.of(await this.#markOf(this.#content.key, "session", session)) : [];
  }

  #isPrivateBy({ marks }: Sight, at: Moment): boolean {
    return (this.#content?.entries ?? []).some((entry) => marks.includes(entry.mark) && holdsAt(entry, at));
  }

  /** The entries that make a place private, the nearest kind first. */
  async #entriesFor(where: Whereabouts, at: Moment): Promise<readonly (Entry & { readonly name: string })[]> {
    if (this.#content === undefined) return [];
    const { key } = this.#content;
    const entries = this.#content.entries.filter((entry) => holdsAt(entry, at));
    const found: (Entry & { readonly name: string })[] = [];
    for (const kind of KINDS) {
      const ofKind = entries.filter((entry) => entry.kind === kind);
      if (ofKind.length === 0) continue;
      for (const name of await this.#namesOf(kind, where)) {
        const mark = await this.#markOf(key, kind, name);
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
    const known = this.#folders.get(folder) ?? folderAndAbove(folder);
    this.#folders.set(folder, known);
    return known;
  }

  #markOf(key: string, kind: PrivateKind, name: string): Promise<string> {
    const of = `${key}\0${kind}\0${name}`;
    const known = this.#marks.get(of) ?? sign(key, `${kind}\0${name}`);
    this.#marks.set(of, known);
    return known;
  }
}

/** Why a place is private, by the list of this process's environment as it is now. */
export async function privacyNow(where: Whereabouts, now: number): Promise<Privacy | undefined> {
  const places = await PrivatePlaces.read(privatePlacesPath(resolvePlaces().config));
  return places.privacyOf(where, now);
}

async function sign(key: string, name: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = Buffer.from(key, "base64");
  const imported = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign("HMAC", imported, utf8(name))).toString("hex");
}

/** A moment, or the time in which one lies, both ends included. */
type Moment = number | { readonly from: number; readonly until: number };

/**
 * One that has begun by then and is not over, or may where only a time is known. What begins after its end was begun or ended by a
 * wrong clock: it held until that end.
 */
function holdsAt({ from, until }: Entry, at: Moment): boolean {
  const [first, last] = typeof at === "number" ? [at, at] : [at.from, at.until];
  const hasBegun = last >= from || (until !== null && until < from) || from > Date.now();
  return hasBegun && (until === null || first < until);
}

function isSame(entry: Entry, kind: PrivateKind, mark: string): boolean {
  return entry.kind === kind && entry.mark === mark;
}

/** The folder and all above it, as it was named and as it really is or was: of one that is gone, what is above it may be a link. */
async function folderAndAbove(folder: string): Promise<readonly string[]> {
  const whole = resolve(folder);
  const names = new Set<string>();
  for (const start of [whole, await realName(whole)]) {
    for (let current = start; ; current = dirname(current)) {
      names.add(current);
      if (current === dirname(current)) break;
    }
  }
  return [...names];
}

async function realName(whole: string): Promise<string> {
  for (let living = whole; ; living = dirname(living)) {
    const real = await realpath(living).catch(() => undefined);
    if (real !== undefined) return join(real, relative(living, whole));
    if (living === dirname(living)) return whole;
  }
}
