/** Memories for tests: one with defaults, and arbitrary ones over a small world so that they meet each other. */
import * as fc from "fast-check";
import { formatRecordId, newRecordId } from "../../../src/base/record-id.ts";
import { TRUSTS } from "../../../src/search/search-index.ts";
import type { IndexedMemory, MemoryFilter } from "../../../src/search/search-index.ts";

export const NOW = Date.UTC(2026, 5, 15, 12);
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A note without project, said and saved a second before `NOW`. */
export function memoryOf(text: string, fields: Partial<IndexedMemory> = {}): IndexedMemory {
  return {
    id: newRecordId(),
    kind: "note",
    text,
    project: null,
    session: undefined,
    role: undefined,
    speaker: undefined,
    tags: [],
    at: NOW - 1_000,
    savedAt: NOW - 1_000,
    expiresAt: undefined,
    pinned: false,
    muted: false,
    supersedes: undefined,
    trust: "user",
    ...fields,
  };
}

const WORDS = [
  ..."the a I my you yesterday".split(" "),
  ..."bread breads baker baking bake butter harbour harbor lighthouse children child remember kind".split(
    " ",
  ),
  ..."bug issue fixed repo repository get".split(" "),
  ..."The Who WHO IT to be or not -d v2.14.3 2.14.3 2.14 C++ C#".split(" "),
  ..."userId user_id Müller 東京 猫 привет мир 👍 12 1,200 ? ? . ,".split(" "),
];
const SPEAKERS = ["Anna", "Ben Müller", undefined];
const IDS = 12;

/** One of a dozen ids. */
export const anyId: fc.Arbitrary<string> = fc
  .integer({ min: 1, max: IDS })
  .map((number) =>
    formatRecordId(Uint8Array.from({ length: 16 }, (_, place) => (place === 0 ? number * 16 : 7))),
  );

/** The id of a number below 65,536. */
export function numberedId(number: number): string {
  return formatRecordId(Uint8Array.of(number >>> 8, number & 0xff, ...new Uint8Array(14)));
}

export const anyText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...WORDS), { maxLength: 9 })
  .map((words) => words.join(" "));

export const anyMemory: fc.Arbitrary<IndexedMemory> = fc.record({
  id: anyId,
  kind: fc.constantFrom("note", "turn"),
  text: anyText,
  project: fc.constantFrom(null, "a", "b"),
  session: fc.constantFrom(undefined, "s", "t"),
  role: fc.constantFrom("user", "assistant", undefined),
  speaker: fc.constantFrom(...SPEAKERS),
  tags: fc.subarray(["x", "y", "X"]),
  at: fc.integer({ min: 0, max: 20 }).map((hours) => NOW - hours * 9 * HOUR_MS),
  savedAt: fc.integer({ min: 0, max: 5 }).map((hours) => NOW - hours * HOUR_MS),
  expiresAt: fc.option(
    fc.integer({ min: -5, max: 5 }).map((hours) => NOW + hours * HOUR_MS),
    { nil: undefined, freq: 4 },
  ),
  pinned: fc.boolean(),
  muted: fc.boolean(),
  supersedes: fc.option(anyId, { nil: undefined, freq: 4 }),
  trust: fc.constantFrom(...TRUSTS),
});

export const anyFilter: fc.Arbitrary<MemoryFilter> = fc.record(
  {
    projects: fc.subarray([null, "a", "b"]),
    tags: fc.subarray(["x", "y", "Y"]),
    kind: fc.constantFrom("note", "turn"),
    role: fc.constantFrom("user", "assistant"),
    trust: fc.subarray([...TRUSTS]),
    session: fc.constantFrom("s", "t"),
    exceptSession: fc.constantFrom("s", "t", "none"),
    after: fc.integer({ min: 0, max: 20 }).map((hours) => NOW - hours * 9 * HOUR_MS),
    before: fc.integer({ min: 0, max: 20 }).map((hours) => NOW - hours * 9 * HOUR_MS),
    pinned: fc.boolean(),
    muted: fc.boolean(),
    includeSuperseded: fc.boolean(),
    includeExpired: fc.boolean(),
    asOf: fc.integer({ min: -2, max: 6 }).map((hours) => NOW - hours * HOUR_MS),
  },
  { requiredKeys: [] },
);

export const anyCue: fc.Arbitrary<string> = fc.oneof(
  anyText,
  fc.constantFrom(
    "when did Anna bake bread yesterday?",
    "remind me what you told me of the lighthouse",
    "brad and buter",
    "why was the bug fixed",
    "which repository bakes my bread now",
    "what did I say of the issue in the end",
    "what did Ben say last week",
    "猫",
    "The Who",
    "it",
    "IT or WHO",
    "to be or not to be",
    "-d",
    "on 12 June 2026",
  ),
);

/** Moments around `NOW`. */
export const anyMoment: fc.Arbitrary<number> = fc
  .integer({ min: -6, max: 6 })
  .map((hours) => NOW + hours * HOUR_MS);
