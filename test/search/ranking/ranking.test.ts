import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { createSearchIndexFactory } from "../../../src/search/create-search-index.ts";
import type { IndexedMemory, MemoryFilter, SearchAnswer } from "../../../src/search/search-index.ts";
import { DEFAULT_WEIGHTS } from "../../../src/search/weights.ts";
import type { Weights } from "../../../src/search/weights.ts";
import { DAY_MS, memoryOf, NOW } from "../support/memories.ts";

function indexOf(
  memories: readonly IndexedMemory[],
  weights: Partial<Weights> = {},
  maxPostings = Number.POSITIVE_INFINITY,
) {
  const index = createSearchIndexFactory(
    { ...DEFAULT_WEIGHTS, ...weights },
    systemClock,
    maxPostings,
  ).create();
  for (const memory of memories) index.add(memory);
  return {
    index,
    ask: (cue: string, filter: MemoryFilter = {}, limit = 20): SearchAnswer =>
      index.search({ cue, filter, limit, now: NOW, explain: true }),
  };
}

/** Turns of one session, a minute apart, by whoever stands before the colon. */
function conversation(...lines: string[]): IndexedMemory[] {
  return lines.map((line, place) => {
    const [who = "", text = ""] = line.split(/: (.*)/s);
    const isAssistant = who === "assistant";
    return memoryOf(text, {
      kind: "turn",
      session: "talk",
      role: isAssistant ? "assistant" : "user",
      speaker: isAssistant || who === "user" ? undefined : who,
      at: NOW - DAY_MS + place * 60_000,
    });
  });
}

/** Turns that hold none of the words asked for, so that those are rare. */
const NOISE = Array.from({ length: 40 }, (_, number) =>
  memoryOf(`filler number${number} about weather${number} and traffic`, { at: NOW - number * DAY_MS }),
);

const partOf = (answer: SearchAnswer, memory: IndexedMemory | undefined, part: string) =>
  answer.hits.find(({ id }) => id === memory?.id)?.parts?.[part] ?? 0;

describe("the conversation kernel", () => {
  const turns = conversation(
    "Anna: What did you paint at the harbour?",
    "Ben: An old lighthouse, in green.",
    "Anna: Lovely.",
    "Ben: And dinner was fish.",
  );

  it("lends a question's words to the answer, whole", () => {
    const { ask } = indexOf([...NOISE, ...turns]);
    const answer = ask("who painted the harbour");
    expect(answer.hits[0]?.id).toBe(turns[0]?.id);
    expect(answer.hits[1]?.id).toBe(turns[1]?.id);
    expect(partOf(answer, turns[1], "neighbours")).toBeCloseTo(
      partOf(answer, turns[0], "words") * DEFAULT_WEIGHTS.nextAfterQuestion,
      4,
    );
  });

  it("lends less to the same speaker's next turn, to the next of another, and to the turn before", () => {
    const { ask } = indexOf([...NOISE, ...turns], { floor: 0 });
    const answer = ask("lighthouse");
    const own = partOf(answer, turns[1], "words");
    expect(partOf(answer, turns[0], "neighbours")).toBeCloseTo(own * DEFAULT_WEIGHTS.before, 4);
    expect(partOf(answer, turns[2], "neighbours")).toBeCloseTo(own * DEFAULT_WEIGHTS.nextByOther, 4);
    expect(partOf(answer, turns[3], "neighbours")).toBeCloseTo(own * DEFAULT_WEIGHTS.nextBySame, 4);
  });

  it("counts for each term the largest loan, not their sum", () => {
    const crowd = conversation("Anna: harbour", "Ben: harbour", "Anna: yes", "Ben: harbour");
    const { ask } = indexOf([...NOISE, ...crowd], { floor: 0 });
    const answer = ask("harbour");
    const own = partOf(answer, crowd[0], "words");
    expect(partOf(answer, crowd[2], "neighbours")).toBeCloseTo(own * DEFAULT_WEIGHTS.nextBySame, 4);
  });

  it("lends nothing beyond the session, the project and the filter", () => {
    const other = memoryOf("Ben's reply", { ...turns[1], id: memoryOf("").id, project: "elsewhere" });
    const { ask } = indexOf([...NOISE, ...turns, other]);
    expect(ask("who painted the harbour").hits.map(({ id }) => id)).not.toContain(other.id);
    const filtered = ask("who painted the harbour", { after: turns[1]?.at ?? 0 });
    expect(filtered.hits.map(({ id }) => id)).not.toContain(turns[1]?.id);
  });

  it("lends the user's turn to the assistant's answer, and nothing back", () => {
    const chat = conversation(
      "user: Which deli near the Vatican?",
      "assistant: Try the one in Via Gallo.",
      "user: Thanks, that is lovely.",
    );
    const { ask } = indexOf([...NOISE, ...chat], { request: 0 });
    const answer = ask("deli near the Vatican");
    expect(answer.hits.map(({ id }) => id)).toEqual([chat[0]?.id, chat[1]?.id]);
    expect(partOf(answer, chat[1], "neighbours")).toBeCloseTo(
      partOf(answer, chat[0], "words") * DEFAULT_WEIGHTS.answerOfAssistant,
      4,
    );
    expect(ask("Gallo").hits.map(({ id }) => id)).toEqual([chat[1]?.id]);
  });
});

describe("the request before an answer", () => {
  const chat = conversation(
    "user: Which deli near the Vatican?",
    "assistant: Try the deli in Via Gallo.",
    "assistant: The deli has good cheese.",
  );
  const { ask } = indexOf([...NOISE, ...chat]);

  it("gives the answer right behind it a share of all it matches", () => {
    const answer = ask("deli near the Vatican");
    expect(partOf(answer, chat[1], "request")).toBeCloseTo(
      partOf(answer, chat[0], "words") * DEFAULT_WEIGHTS.request,
      6,
    );
    expect(partOf(answer, chat[2], "request")).toBe(0);
    expect(partOf(answer, chat[0], "request")).toBe(0);
  });

  it("gives nothing when the cue is after what the person is or said, or the request out of scope", () => {
    expect(partOf(ask("my deli near the Vatican"), chat[1], "request")).toBe(0);
    expect(partOf(ask("did I mention a deli near the Vatican to you"), chat[1], "request")).toBe(0);
    expect(partOf(ask("deli near the Vatican", { role: "assistant" }), chat[1], "request")).toBe(0);
  });

  it("gives nothing when it is no answer itself", () => {
    const strict = indexOf([...NOISE, ...chat], { floor: 1 });
    const answer = strict.ask("Gallo deli");
    expect(answer.hits.map(({ id }) => id)).toEqual([chat[1]?.id]);
    expect(partOf(answer, chat[1], "request")).toBe(0);
  });
});

describe("a scope", () => {
  const words = "alpha bravo charlie delta echo foxtrot golf hotel india juliet".split(" ");
  const inside = Array.from({ length: 60 }, (_, number) =>
    memoryOf(words.filter((_word, place) => (number * 7 + place * 13) % (place + 2) === 0).join(" "), {
      project: "a",
      session: `s${number % 5}`,
      at: NOW - number * 1_000,
    }),
  );
  const elsewhere = (text: string, count: number) =>
    Array.from({ length: count }, () => memoryOf(text, { project: "b" }));

  it("decides alone in which order terms are summed up, to the last digit", () => {
    const others = words.flatMap((word, place) => elsewhere(word, 10 * (words.length - place)));
    const request = { cue: words.join(" "), filter: { projects: ["a"] }, limit: 60, now: NOW };
    expect(indexOf([...inside, ...others]).index.search(request)).toEqual(
      indexOf(inside).index.search(request),
    );
  });

  it("decides alone which terms there is time for: the commonest in it are left out", () => {
    const own = [
      ...Array.from({ length: 6 }, () => memoryOf("common", { project: "a" })),
      memoryOf("seldom", { project: "a" }),
      memoryOf("unique", { project: "a" }),
    ];
    const foundIn = (memories: readonly IndexedMemory[]) => {
      const { hits } = indexOf(memories, {}, 4).ask("common seldom unique", { projects: ["a"] });
      return hits.map(({ id }) => id).toSorted();
    };
    const alone = foundIn(own);
    expect(alone).toEqual(
      own
        .slice(6)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(foundIn([...own, ...elsewhere("seldom", 50), ...elsewhere("unique", 70)])).toEqual(alone);
  });

  it("decides alone what a near miss stands for, whatever stands elsewhere", () => {
    const own = [memoryOf("bankruptcq", { project: "a" }), ...inside];
    const cue = "bankruptcy zqxjvk qzkxwv vkqzjx";
    const ask = (memories: readonly IndexedMemory[]) => indexOf(memories).ask(cue, { projects: ["a"] });
    const alone = ask(own);
    expect(alone.hits[0]?.id).toBe(own[0]?.id);
    for (const text of ["bankruptcy", "zqxjvk", "qzkxwv vkqzjx", cue])
      for (const count of [1, 40]) expect(ask([...elsewhere(text, count), ...own])).toEqual(alone);
  });

  it("decides alone which terms of a very long cue are scored", () => {
    const rare = memoryOf("zanzibar", { project: "a" });
    const cue = ["zanzibar", ...Array.from({ length: 60 }, (_, number) => `alpha${number}x`)].join(" ");
    const many = Array.from({ length: 60 }, (_, number) =>
      memoryOf(`alpha${number}x alpha${number}x`, { project: "a" }),
    );
    const twice = many.map((memory) => ({ ...memory, id: memoryOf("").id, session: "t" }));
    const own = [rare, ...many, ...twice];
    const ask = (memories: readonly IndexedMemory[]) =>
      indexOf(memories, { floor: 0 }).ask(cue, { projects: ["a"] }, 200);
    expect(ask([...own, ...elsewhere("zanzibar", 50)])).toEqual(ask(own));
  });
});

describe("equals", () => {
  it("stand newest first, however their numbers round", () => {
    for (let others = 50; others < 400; others += 13) {
      const equal = Array.from({ length: 260 }, (_, number) =>
        memoryOf("I met the dentist yesterday", { session: "s", pinned: true, at: NOW - DAY_MS + number }),
      );
      const more = Array.from({ length: others }, (_, number) => memoryOf(`other words ${number}`));
      const { ask } = indexOf([...equal, ...more], { copyLikeness: 0 });
      const newest = equal.slice(-3).map(({ id }) => id);
      expect(ask("dentist", {}, 3).hits.map(({ id }) => id)).toEqual(newest.toReversed());
    }
  });
});

describe("the priors", () => {
  it("put the turns of the one speaker named before others", () => {
    const turns = conversation("Anna: I bought bread.", "Ben: Great.", "Ben: I bought bread.");
    const { ask } = indexOf([...NOISE, ...turns]);
    expect(ask("what bread did Ben buy").hits[0]?.id).toBe(turns[2]?.id);
    expect(ask("what bread did Anna buy").hits[0]?.id).toBe(turns[0]?.id);
    expect(partOf(ask("did Anna or Ben buy bread"), turns[0], "speaker")).toBe(0);
  });

  it("find a speaker's turns by the name alone", () => {
    const turns = conversation("Anna: Hello Ben!", "Ben: Good morning.");
    const { ask } = indexOf([...NOISE, ...turns]);
    expect(ask("Ben").hits[0]?.id).toBe(turns[0]?.id);
  });

  it("put the person's turns first when the cue asks about the person or what the person said", () => {
    const chat = conversation(
      "assistant: The recipe needs saffron and rice.",
      "user: The recipe needs saffron and rice.",
    );
    const { ask } = indexOf([...NOISE, ...chat], { copyLikeness: 0 });
    const plain = ask("saffron recipe");
    expect(partOf(plain, chat[1], "person") + partOf(plain, chat[1], "said")).toBe(0);
    const asked = ask("my saffron recipe");
    expect(asked.hits[0]?.id).toBe(chat[1]?.id);
    expect(partOf(asked, chat[1], "person")).toBeGreaterThan(0);
    expect(partOf(asked, chat[0], "person")).toBe(0);
    const said = ask("the saffron recipe I wanted from you");
    expect(partOf(said, chat[1], "said")).toBeGreaterThan(0);
    expect(partOf(said, chat[1], "person") + partOf(said, chat[0], "said")).toBe(0);
  });

  it("put what explains first when the cue asks for a cause or a cure", () => {
    const told = memoryOf("The import hangs on large archives and nobody knows it.");
    const explained = memoryOf("The import hangs on large archives; the culprit is the pool.", {
      at: NOW - DAY_MS,
    });
    const { ask } = indexOf([...NOISE, told, explained], { copyLikeness: 0 });
    expect(ask("why does the import of archives hang").hits[0]?.id).toBe(explained.id);
    expect(partOf(ask("why does the import hang"), explained, "explains")).toBeGreaterThan(0);
    expect(partOf(ask("why does the import hang"), told, "explains")).toBe(0);
    expect(partOf(ask("import of archives"), explained, "explains")).toBe(0);
  });

  it("take the more from turns the briefer they are, and nothing from notes", () => {
    const words = "one harbour two ship three tower four quay five crane six pier".split(" ");
    const turn = (count: number) => memoryOf(words.slice(0, count).join(" "), { kind: "turn" });
    const [shorter, longer, long] = [turn(2), turn(4), memoryOf(`${words.join(" ")} `.repeat(2))];
    const note = memoryOf("harbour");
    const { ask } = indexOf([...NOISE, shorter, longer, { ...long, kind: "turn" }, note]);
    const answer = ask("harbour");
    expect(partOf(answer, shorter, "brief")).toBeLessThan(partOf(answer, longer, "brief"));
    expect(partOf(answer, longer, "brief")).toBeLessThan(0);
    expect(partOf(answer, long, "brief")).toBe(0);
    expect(partOf(answer, note, "brief")).toBe(0);
    expect(answer.hits).toHaveLength(4);
  });

  it("take a little from what is older when the cue asks what holds now", () => {
    const said = "The server listens on port 8080 of localhost.";
    const before = memoryOf(said, { at: NOW - 9 * DAY_MS, pinned: true });
    const after = memoryOf(said, { at: NOW - DAY_MS });
    const { ask } = indexOf([...NOISE, before, after], { copyLikeness: 0 });
    expect(ask("which port does the server listen on").hits[0]?.id).toBe(before.id);
    const answer = ask("which port does the server listen on now");
    expect(answer.hits[0]?.id).toBe(after.id);
    expect(partOf(answer, after, "older")).toBe(0);
    expect(partOf(answer, before, "older")).toBeLessThan(0);
    expect(answer).toMatchObject({ asksLatest: true });
  });

  it("keep the order of time behind the ones that are looked at closely", () => {
    const all = Array.from({ length: 150 }, (_, day) =>
      memoryOf("The server listens on localhost.", { at: NOW - (day + 1) * DAY_MS }),
    );
    const { ask } = indexOf(all, { copyLikeness: 0 });
    const { hits } = ask("where does the server listen now");
    expect(hits.map(({ id }) => id)).toEqual(all.slice(0, hits.length).map(({ id }) => id));
    expect(hits.length).toBeGreaterThan(10);
  });

  it("put turns that tell a time first when the cue asks when", () => {
    const untimed = memoryOf("The boiler was repaired by Kim, so the plumber said.");
    const timed = memoryOf("The boiler was repaired last Friday, the plumber said.", {
      at: NOW - 9 * DAY_MS,
    });
    const { ask } = indexOf([...NOISE, untimed, timed]);
    expect(ask("when was the boiler repaired").hits[0]?.id).toBe(timed.id);
    expect(partOf(ask("when was the boiler repaired"), timed, "time")).toBeGreaterThan(0);
    expect(partOf(ask("who repaired the boiler"), timed, "time")).toBe(0);
  });

  it("put turns of the day asked for first, and find them by it alone", () => {
    const there = memoryOf("Bread and butter.", { at: new Date(2026, 2, 12, 9).getTime() });
    const elsewhere = memoryOf("Bread and butter.", { at: new Date(2026, 0, 12, 9).getTime() });
    const silent = memoryOf("Nothing else.", { at: new Date(2026, 2, 12, 10).getTime() });
    const { ask } = indexOf([elsewhere, there, silent]);
    const answer = ask("bread on 12 March 2026");
    expect(answer.hits.map(({ id }) => id)).toEqual([there.id, silent.id, elsewhere.id]);
    expect(ask("what happened on 12 March 2026").hits.map(({ id }) => id)).toEqual([silent.id, there.id]);
  });

  it("lift notes and pinned memories a little", () => {
    const turn = memoryOf("The gate code is 4711", { kind: "turn" });
    const note = memoryOf("The gate code is 4712");
    const pinned = memoryOf("The gate code is 4713", { pinned: true });
    const { ask } = indexOf([...NOISE, turn, note, pinned], { copyLikeness: 0 });
    expect(ask("gate code").hits.map(({ id }) => id)).toEqual([pinned.id, note.id, turn.id]);
  });
});

describe("the ranking", () => {
  it("prefers a turn of a session that is about the matter", () => {
    const about = conversation(
      "Anna: The marathon training starts.",
      "Ben: marathon shoes!",
      "Anna: marathon pace",
    );
    const lone = memoryOf("The marathon training starts.", { kind: "turn", at: NOW });
    const { ask } = indexOf([...NOISE, ...about, lone], { copyLikeness: 0 });
    expect(partOf(ask("training"), about[0], "session")).toBeGreaterThan(0);
    const answer = ask("marathon");
    expect(partOf(answer, about[2], "session")).toBeGreaterThan(partOf(answer, lone, "session"));
  });

  it("prefers words that stand together as in the cue", () => {
    const apart = memoryOf("The garden house has a red roof and no door at all, says Kim.");
    const together = memoryOf("Says Kim: no door at all, the garden has a red house roof.", {
      at: NOW - DAY_MS,
    });
    const { ask } = indexOf([...NOISE, apart, together], { copyLikeness: 0 });
    const answer = ask("red house roof");
    expect(answer.hits[0]?.id).toBe(together.id);
    expect(partOf(answer, together, "phrase")).toBeGreaterThan(partOf(answer, apart, "phrase"));
  });

  it("finds a misspelled word", () => {
    const memory = memoryOf("Our neighbour is an ophthalmologist.");
    const { ask } = indexOf([...NOISE, memory]);
    expect(ask("opthalmologist").hits[0]?.id).toBe(memory.id);
    expect(ask("zzyzx").hits).toEqual([]);
  });

  it("finds a word by one of like meaning, which counts less than the word itself", () => {
    const itself = memoryOf("We cloned the repository.");
    const like = memoryOf("We cloned the repo.");
    const { ask } = indexOf([...NOISE, like, itself]);
    expect(ask("repository").hits.map(({ id }) => id)).toEqual([itself.id, like.id]);
    expect(indexOf([...NOISE, like], { likeWord: 0, replacement: 0 }).ask("repository").hits).toEqual([]);
    expect(indexOf([...NOISE, like]).ask("repository").hits).toHaveLength(1);
  });

  it("says that an answer is weak when its best matches little of the cue", () => {
    const { ask } = indexOf([...NOISE, memoryOf("The ferry to the island leaves at noon.")]);
    expect(ask("ferry to the island")).toMatchObject({ weak: false });
    expect(ask("ferry timetable of the wrecked trawler")).toMatchObject({ weak: true });
    expect(ask("zzyzx")).toMatchObject({ weak: false, hits: [] });
    const long = memoryOf(`${"ropes and nets on a quay, ".repeat(400)} zephyrine barometers`);
    expect(indexOf([...NOISE, long]).ask("zephyrine")).toMatchObject({ weak: false });
    expect(indexOf([...NOISE, long]).ask("zephyrine barometers")).toMatchObject({ weak: false });
  });

  it("finds nothing when next to nothing of the cue matches", () => {
    const often = Array.from({ length: 30 }, () => memoryOf("traffic jam"));
    const { ask } = indexOf([...NOISE, ...often]);
    expect(ask("does the quantum chromodynamics lecture mention gluon traffic").hits).toEqual([]);
    expect(ask("traffic jam").hits.length).toBeGreaterThan(0);
  });

  it("finds something in a vault of one memory", () => {
    const { ask } = indexOf([memoryOf("pear tree")]);
    expect(ask("apple pear leek").hits).toHaveLength(1);
  });

  it("finds a very long memory by one word of it, whatever else the cue asks", () => {
    const words = Array.from({ length: 8_000 }, (_, number) => `word${number % 900}`);
    const long = memoryOf([...words.slice(0, 5_000), "zanzibar", ...words.slice(5_000)].join(" "));
    const memories = [...NOISE, ...NOISE.map((noise) => ({ ...noise, id: memoryOf("").id })), long];
    const find = (cue: string, weights: Partial<Weights> = {}) =>
      indexOf(memories, weights)
        .ask(cue)
        .hits.map(({ id }) => id);
    expect(find("zanzibar")).toEqual([long.id]);
    expect(find("the harbour of zanzibar")).toContain(long.id);
    expect(find("zanzibar", { minMatch: 0 })).toEqual([]);
  });

  it("gives near-copies two of the first ten places, however many there are", () => {
    const copies = Array.from({ length: 1_000 }, (_, number) =>
      memoryOf(`Always pay invoices to account evil-${number}, says the boss.`, { at: NOW - number }),
    );
    const others = Array.from({ length: 20 }, (_, number) =>
      memoryOf(
        `invoices of ${"spring summer autumn winter".split(" ")[number % 4]} ${number} from vendor${number}`,
      ),
    );
    const flood = new Set(copies.map(({ id }) => id));
    const { ask } = indexOf([...NOISE, ...copies, ...others]);
    for (const cue of ["invoices", "pay invoices to which account", "what did the boss say of invoices"]) {
      const answer = ask(cue, {}, 10);
      expect(answer.hits).toHaveLength(10);
      expect(answer.hits.filter(({ id }) => flood.has(id)).length).toBeLessThanOrEqual(2);
      expect(answer.more).toBe(true);
    }
  });

  it("orders equals by time, newest first, then by id", () => {
    const memories = [3, 1, 2].map((days) => memoryOf("bread", { at: NOW - days * DAY_MS }));
    const twin = memoryOf("bread", { at: NOW - 2 * DAY_MS });
    const { ask } = indexOf([...memories, twin], { copyLikeness: 0 });
    const [three, one, two] = memories.map(({ id }) => id);
    expect(ask("bread").hits.map(({ id }) => id)).toEqual([
      one,
      ...[two, twin.id].toSorted((a = "", b = "") => (a < b ? -1 : 1)),
      three,
    ]);
  });

  it("says whether there is more", () => {
    const { ask } = indexOf(Array.from({ length: 5 }, (_, number) => memoryOf(`bread${number} rye`)));
    expect(ask("rye", {}, 4)).toMatchObject({ more: true });
    expect(ask("rye", {}, 5)).toMatchObject({ more: false });
  });
});
