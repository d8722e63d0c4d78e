import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRecordId } from "../../src/base/record-id.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createSearchIndexFactory, searchIndexFactory } from "../../src/search/create-search-index.ts";
import type { IndexedMemory, SearchIndex } from "../../src/search/search-index.ts";
import { DEFAULT_WEIGHTS, PLAIN_WEIGHTS } from "../../src/search/weights.ts";
import { chunksOf } from "./support/chunks.ts";
import {
  anyCue,
  anyFilter,
  anyId,
  anyMemory,
  anyMoment,
  anyText,
  memoryOf,
  NOW,
  numberedId,
} from "./support/memories.ts";
import { NaiveIndex } from "./support/naive-index.ts";

type Step =
  | { readonly do: "add"; readonly memory: IndexedMemory }
  | { readonly do: "remove"; readonly id: string }
  | { readonly do: "search"; readonly now: number }
  | { readonly do: "compact" }
  | { readonly do: "reload" };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: anyMemory.map((memory): Step => ({ do: "add", memory })) },
  { weight: 2, arbitrary: anyId.map((id): Step => ({ do: "remove", id })) },
  { weight: 1, arbitrary: anyMoment.map((now): Step => ({ do: "search", now })) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "compact" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "reload" }) },
);
const anySteps = fc.array(anyStep, { maxLength: 40, size: "max" });

const PROJECT_OF: Readonly<Record<string, string | null>> = { "0": null, "1": "a", "2": "b" };

/** The same step with a memory whose id decides its project. */
function keptToItsProject(step: Step): Step {
  if (step.do !== "add") return step;
  const { id } = step.memory;
  const project =
    PROJECT_OF[String(parseRecordId(id).reduce((sum, byte) => sum + (byte >>> 4), 0) % 3)] ?? null;
  return { do: "add", memory: { ...step.memory, project } };
}

/** A word of a cue with one letter another one: only what is stored decides whether it is replaced. */
const anyNearMiss = fc
  .tuple(anyCue, fc.nat(), fc.constantFrom("q", "z", "e"))
  .map(([cue, at, letter]) =>
    `${cue.slice(0, at % (cue.length + 1))}${letter}${cue.slice((at % (cue.length + 1)) + 1)}`.toWellFormed(),
  );
const SCOPE_RUNS = Number(process.env["KEEPSAKE_SCOPE_RUNS"] ?? 300);

/** Both indexes after the steps; `removals` says for each removal whether each of them had the memory. */
async function follow(
  steps: readonly Step[],
  weights = DEFAULT_WEIGHTS,
  maxPostings?: number,
): Promise<{ index: SearchIndex; naive: NaiveIndex; removals: [boolean, boolean][] }> {
  const factory = createSearchIndexFactory(weights, systemClock, maxPostings);
  let index = factory.create();
  const naive = new NaiveIndex(weights);
  const removals: [boolean, boolean][] = [];
  for (const step of steps) {
    if (step.do === "add") {
      index.add(step.memory);
      naive.add(step.memory);
    } else if (step.do === "remove") {
      removals.push([index.remove(step.id), naive.remove(step.id)]);
    } else if (step.do === "search") {
      index.search({ cue: "bread", filter: {}, limit: 3, now: step.now });
    } else if (step.do === "compact") {
      index.compact(0);
    } else {
      index = await factory.load(chunksOf(index.serialize()));
    }
  }
  return { index, naive, removals };
}

describe("the index agrees with looking at every memory", () => {
  it.each([
    ["the full ranking", DEFAULT_WEIGHTS],
    ["plain BM25", PLAIN_WEIGHTS],
  ])("on what it finds and how it scores: %s", async (_name, weights) => {
    await fc.assert(
      fc.asyncProperty(
        anySteps,
        fc.array(fc.tuple(anyCue, anyFilter, anyMoment, fc.integer({ min: 1, max: 15 })), {
          minLength: 1,
          maxLength: 6,
        }),
        async (steps, requests) => {
          const { index, naive } = await follow(steps, weights);
          for (const [cue, filter, now, limit] of requests) {
            const request = { cue, filter, limit, now };
            expect(index.search(request)).toEqual(naive.search(request));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("on which common terms alone are no reason to look at a memory, whatever the floor", async () => {
    const anyStress = fc.tuple(anyText, fc.integer({ min: 1, max: 20 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStress, { minLength: 5, maxLength: 30 }),
        anyCue,
        fc.double({ min: 0.1, max: 1.9, noNaN: true }),
        async (stressed, cue, floor) => {
          const added = stressed.map(([text, times], place): Step => {
            const said = `${text} `.repeat(times);
            return { do: "add", memory: memoryOf(said, { id: numberedId(place), session: `s${place % 4}` }) };
          });
          const { index, naive } = await follow(added, { ...DEFAULT_WEIGHTS, floor });
          const request = { cue, filter: {}, limit: 30, now: NOW };
          expect(index.search(request)).toEqual(naive.search(request));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("on the best of more memories than it puts in order", async () => {
    const anyTurn = fc.tuple(anyText, fc.integer({ min: 0, max: 30 }), fc.constantFrom("user", "assistant"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyTurn, { minLength: 230, maxLength: 260, size: "max" }),
        fc.array(anyCue, { minLength: 2, maxLength: 2 }).map((cues) => [...cues, cues.join(" ")]),
        async (turns, cues) => {
          const { index, naive } = await follow(
            turns.map(([text, session, role], place) => ({
              do: "add",
              memory: memoryOf(text, {
                id: numberedId(place),
                kind: "turn",
                session: `s${session}`,
                role: role === "user" ? "user" : "assistant",
                at: NOW - place * 1_000,
              }),
            })),
          );
          for (const cue of cues) {
            const request = { cue, filter: {}, limit: 200, now: NOW };
            expect(index.search(request)).toEqual(naive.search(request));
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it("on everything it lists and counts", async () => {
    await fc.assert(
      fc.asyncProperty(
        anySteps,
        anyFilter,
        anyMoment,
        anyId,
        fc.integer({ min: 0, max: 6 }),
        async (steps, filter, now, id, limit) => {
          const { index, naive, removals } = await follow(steps);
          for (const [had, should] of removals) expect(had).toBe(should);
          expect(index.size).toBe(naive.size);
          expect(index.has(id)).toBe(naive.has(id));
          expect(index.list(filter, now, limit)).toEqual(naive.list(filter, now, limit));
          expect(index.count(filter, now)).toBe(naive.count(filter, now));
          expect(index.versions(id)).toEqual(naive.versions(id));
          expect(index.supersededBy(id)).toBe(naive.supersededBy(id));
          expect(index.session(id)).toBe(naive.session(id));
          for (const session of ["s1", "s2", naive.session(id) ?? "s3"])
            expect(new Set(index.projectsOf(session))).toEqual(new Set(naive.projectsOf(session)));
          expect(index.neighbours(id, limit)).toEqual(naive.neighbours(id, limit));
          expect(index.exchange(id)).toEqual(naive.exchange(id));
          expect(index.projects(now)).toEqual(naive.projects(now));
          expect(index.isExpired(id, now)).toBe(naive.isExpired(id, now));
          expect([...index.expired(now)].toSorted()).toEqual(naive.expired(now).toSorted());
          expect(index.tags(filter, now)).toEqual(naive.tags(filter, now));
          expect(index.sessions(filter, now)).toEqual(naive.sessions(filter, now));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("the index", () => {
  it("answers the same whatever the order in which memories came, went, were compacted and reloaded", async () => {
    const memories = fc.uniqueArray(anyMemory, { selector: ({ id }) => id, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        memories,
        fc.array(anyId),
        anySteps,
        anyCue,
        anyFilter,
        async (kept, order, noise, cue, filter) => {
          const rank = new Map(order.map((id, place) => [id, place]));
          const shuffled = kept.toSorted((a, b) => (rank.get(a.id) ?? 99) - (rank.get(b.id) ?? 99));
          const straight = searchIndexFactory.create();
          for (const memory of kept) straight.add(memory);
          const { index: roundabout } = await follow(noise);
          for (const id of roundabout.list({ includeSuperseded: true, includeExpired: true }, NOW, 99))
            roundabout.remove(id);
          for (const memory of shuffled) roundabout.add(memory);
          const request = { cue, filter, limit: 12, now: NOW, explain: true };
          expect(roundabout.search(request)).toEqual(straight.search(request));
          expect(roundabout.search(request)).toEqual(roundabout.search(request));
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ["whatever the cue", undefined],
    ["also where there is time for a part of the cue alone", 6],
  ])("answers about some projects as if it held nothing else, %s", async (_name, maxPostings) => {
    const only = fc.subarray([null, "a", "b"]);
    const apart = anySteps.map((steps) => steps.map(keptToItsProject));
    const cues = fc.array(fc.oneof(anyCue, anyNearMiss), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        apart,
        only,
        anyFilter,
        cues,
        fc.integer({ min: 1, max: 12 }),
        async (steps, projects, rest, words, limit) => {
          const { index } = await follow(steps, DEFAULT_WEIGHTS, maxPostings);
          const inScope = steps.filter((step) => step.do !== "add" || projects.includes(step.memory.project));
          const { index: alone } = await follow(inScope, DEFAULT_WEIGHTS, maxPostings);
          const filter = { ...rest, projects };
          for (const cue of [...words, words.join(" ")]) {
            const request = { cue, filter, limit, now: NOW, explain: true };
            expect(index.search(request)).toEqual(alone.search(request));
          }
          expect(index.list(filter, NOW, limit)).toEqual(alone.list(filter, NOW, limit));
          expect(index.count(filter, NOW)).toBe(alone.count(filter, NOW));
          expect(index.tags(filter, NOW)).toEqual(alone.tags(filter, NOW));
          expect(index.sessions(filter, NOW)).toEqual(alone.sessions(filter, NOW));
          expect(index.projects(NOW).filter(({ project }) => projects.includes(project))).toEqual(
            alone.projects(NOW),
          );
          for (const id of alone.list({ includeSuperseded: true, includeExpired: true }, NOW, 99)) {
            expect(index.versions(id)).toEqual(alone.versions(id));
            expect(index.supersededBy(id)).toBe(alone.supersededBy(id));
            expect(index.neighbours(id, limit)).toEqual(alone.neighbours(id, limit));
            expect(index.exchange(id)).toEqual(alone.exchange(id));
          }
        },
      ),
      { numRuns: SCOPE_RUNS },
    );
  });

  it("explains each score by parts that add up to it", async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, anyCue, anyFilter, async (steps, cue, filter) => {
        const { index } = await follow(steps);
        for (const { score, parts } of index.search({ cue, filter, limit: 12, now: NOW, explain: true })
          .hits) {
          const total = Object.values(parts ?? {}).reduce((sum, part) => sum + part, 0);
          expect(total).toBeCloseTo(score, 9);
        }
      }),
      { numRuns: 200 },
    );
  });
});
