/** What `private.json` holds, see `private-places.ts`. Checked by hand: hooks read it, and what checks schemas takes longer to load than all they do. */
import { attempt } from "../../base/attempt.ts";
import { fromUtf8 } from "../../base/bytes.ts";

const KEY_BYTES = 32;
const MARK = /^[0-9a-f]{64}$/;

export const PRIVATE_KINDS = ["folder", "project", "session", "everywhere"] as const;
export type PrivateKind = (typeof PRIVATE_KINDS)[number];

export interface PrivateEntry {
  readonly kind: PrivateKind;
  readonly mark: string;
  readonly from: number;
  readonly until: number | null;
}

export interface PrivateList {
  readonly version: 1;
  readonly key: string;
  readonly entries: readonly PrivateEntry[];
}

/** A moment, or the time in which one lies, both ends included; milliseconds since the epoch. */
export type Moment = number | { readonly from: number; readonly until: number };

export interface Privacy {
  /** `unreadable`: the file says nothing that can be trusted. */
  readonly because: PrivateKind | "unreadable";
  /** The folder that is private with all below it, the project or the session. */
  readonly name?: string;
  /** Milliseconds since the epoch; absent: until the person ends it. */
  readonly until?: number;
}

export function newList(): PrivateList {
  const key = Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString("base64");
  return { version: 1, key, entries: [] };
}

/** @returns undefined for what is no such list */
export function parsedList(bytes: Uint8Array): PrivateList | undefined {
  const value = attempt(() => JSON.parse(fromUtf8(bytes)) as Partial<PrivateList> | null);
  const { version, key, entries } = value ?? {};
  if (version !== 1 || typeof key !== "string" || Buffer.from(key, "base64").length !== KEY_BYTES)
    return undefined;
  if (!Array.isArray(entries) || !(entries as unknown[]).every(isEntry)) return undefined;
  return { version, key, entries };
}

export function isMark(value: unknown): value is string {
  return typeof value === "string" && MARK.test(value);
}

/** Whether an entry holds at a moment, or may where only a time is known. */
export function holdsAt({ from, until }: PrivateEntry, at: Moment): boolean {
  const [first, last] = typeof at === "number" ? [at, at] : [at.from, at.until];
  return last >= from && (until === null || first < until);
}

export function isSame(entry: PrivateEntry, kind: PrivateKind, mark: string): boolean {
  return entry.kind === kind && entry.mark === mark;
}

function isEntry(value: unknown): value is PrivateEntry {
  const { kind, mark, from, until } = (value ?? {}) as Partial<PrivateEntry>;
  const isKnown = PRIVATE_KINDS.some((each) => each === kind) && isMark(mark);
  return isKnown && Number.isSafeInteger(from) && (until === null || Number.isSafeInteger(until));
}
