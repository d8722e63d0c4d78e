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
import type { ChangeablePrivacy, Privacy, PrivateKind, Whereabouts } from "./privacy.ts";
import { changeList, readList, unreadableError } from "./private-list.ts";
import type { Content, Entry } from "./private-list.ts";

export function privatePlacesPath(configFolder: string): string {
  return join(configFolder, "private");
}

export class PrivatePlaces implements ChangeablePrivacy {
  readonly #path: string;
  /** Undefined: it cannot be read. */
  #content: Content | undefined;
  readonly #marks = new Map<string, Promise<string>>();
  readonly #folders = new Map<string, Promise<readonly string[]>>();

  private constructor(path: string, content: Content | undefined) {
    this.#path = path;
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

  async privacyOf(where: Whereabouts, at: number): Promise<Privacy | undefined> {
    if (this.#content === undefined) return { because: "unreadable" };
    const { entries, key } = this.#content;
    const held = entries.filter((entry) => holdsAt(entry, at));
    for (const kind of KINDS) {
      const ofKind = held.filter((entry) => entry.kind === kind);
      if (ofKind.length === 0) continue;
      for (const name of await this.#namesOf(kind, where)) {
        const mark = await this.#markOf(key, kind, name);
        const found = ofKind.find((entry) => entry.mark === mark);
        if (found !== undefined)
          return { because: kind, ...(found.until !== null && { until: found.until }) };
      }
    }
    return undefined;
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

/** Whether the person keeps a place private, by the list of this process's environment as it is now. */
export async function isPrivateNow(where: Whereabouts, now: number): Promise<boolean> {
  const places = await PrivatePlaces.read(privatePlacesPath(resolvePlaces().config));
  return (await places.privacyOf(where, now)) !== undefined;
}

async function sign(key: string, name: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = Buffer.from(key, "base64");
  const imported = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign("HMAC", imported, utf8(name))).toString("hex");
}

/**
 * One that has begun by then and is not over. What begins after its end was begun or ended by a wrong clock: it held until that end.
 */
function holdsAt({ from, until }: Entry, at: number): boolean {
  const hasBegun = at >= from || (until !== null && until < from) || from > Date.now();
  return hasBegun && (until === null || at < until);
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
