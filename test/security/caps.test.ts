/**
 * Caps and rates are promises to those who write clients. `caps.json` holds those of the last release and, under `changed`,
 * what has become of them since (null: gone): each such line needs one in CHANGELOG.md that names the cap in backticks and its value.
 * With a release, `changed` moves into `released`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { LIMITS } from "../../src/base/limits.ts";
import { KDF_BOUNDS } from "../../src/crypto/argon2.ts";
import { BYTE_RATE, REFUSAL_RATE, REQUEST_RATE, RATES } from "../../src/policy/rate-limits.ts";
import { PROJECT_ROOT } from "../support/throw-away-home.ts";

const cap = z.number().nullable();
const caps = z.strictObject({
  released: z.record(z.string(), z.number()),
  changed: z.record(z.string(), cap),
});
type Caps = z.infer<typeof caps>;

const readPage = (name: string) => readFileSync(join(PROJECT_ROOT, name), "utf8");
const known = caps.parse(JSON.parse(readPage("test/security/caps.json")));
const now = numbersOf({ LIMITS, RATES, BYTE_RATE, REQUEST_RATE, REFUSAL_RATE, KDF_BOUNDS });

/** Every number by the way to it: `LIMITS.frameBytes`, `RATES.read.burst`. */
function numbersOf(values: object, way = ""): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
      if (typeof value === "number") return [[`${way}${name}`, value]];
      return typeof value === "object" && value !== null
        ? Object.entries(numbersOf(value, `${way}${name}.`))
        : [];
    }),
  );
}

/** What is wrong: caps that are not the known ones, and changed ones that the changelog does not name. */
function unannounced(
  { released, changed }: Caps,
  numbers: Readonly<Record<string, number>>,
  changelog: string,
): readonly string[] {
  const expected: Readonly<Record<string, number | null>> = { ...released, ...changed };
  const names = new Set([...Object.keys(expected), ...Object.keys(numbers)]);
  const lines = changelog.split("\n");
  return [...names].flatMap((name) => {
    const value = numbers[name];
    if ((expected[name] ?? undefined) !== value) {
      return [`${name} is ${value ?? "gone"}: say so under "changed" in caps.json and in CHANGELOG.md`];
    }
    if (!Object.hasOwn(changed, name)) return [];
    if (changed[name] === released[name]) return [`${name} has not changed`];
    const word = value === undefined ? "gone" : String(value);
    const isNamed = lines.some(
      (line) => line.includes(`\`${name}\``) && line.split(/[^\w.]+|\.(?!\w)/).includes(word),
    );
    return isNamed ? [] : [`CHANGELOG.md has no line with \`${name}\` and ${word}`];
  });
}

describe("the caps and rates", () => {
  it("are the released ones, or CHANGELOG.md says what they are now", () => {
    expect(unannounced(known, now, readPage("CHANGELOG.md"))).toEqual([]);
  });

  it("are all looked at", () => {
    expect(Object.keys(now)).toEqual(
      expect.arrayContaining(["LIMITS.frameBytes", "RATES.forget.perMinute", "KDF_BOUNDS.memoryKiB.least"]),
    );
    expect(Object.keys(now).length).toBeGreaterThan(Object.keys(LIMITS).length);
  });

  it("are found out when one is raised, added, dropped or not in the changelog", () => {
    const before: Caps = { released: { "LIMITS.a": 1, "LIMITS.b": 2 }, changed: {} };
    const found = (changed: Caps["changed"], numbers: Record<string, number>, changelog = "") =>
      unannounced({ ...before, changed }, numbers, changelog);
    expect(found({}, { "LIMITS.a": 1, "LIMITS.b": 2 })).toEqual([]);
    expect(found({}, { "LIMITS.a": 9, "LIMITS.b": 2 })).toEqual([expect.stringContaining("LIMITS.a is 9")]);
    expect(found({}, { "LIMITS.a": 1 })).toEqual([expect.stringContaining("LIMITS.b is gone")]);
    expect(found({}, { "LIMITS.a": 1, "LIMITS.b": 2, "LIMITS.c": 3 })).toHaveLength(1);

    const raised = { "LIMITS.a": 9, "LIMITS.b": 2 };
    for (const line of ["", "`LIMITS.a` was raised", "`LIMITS.a` is 90", "LIMITS.a 9", "9\n`LIMITS.a`"]) {
      expect(found({ "LIMITS.a": 9 }, raised, line)).toEqual([expect.stringContaining("no line")]);
    }
    for (const line of ["- `LIMITS.a` is 9 now, not 1.", "- `LIMITS.a` is 9."]) {
      expect(found({ "LIMITS.a": 9 }, raised, line)).toEqual([]);
    }
    expect(found({ "LIMITS.b": null }, { "LIMITS.a": 1 }, "- `LIMITS.b` is gone")).toEqual([]);
    expect(found({ "LIMITS.a": 1 }, { "LIMITS.a": 1, "LIMITS.b": 2 })).toEqual([
      expect.stringContaining("has not changed"),
    ]);
  });
});
