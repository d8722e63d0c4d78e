import { describe, expect, it } from "vitest";
import { clientOf, openHarness, said } from "./harness.ts";
import type { CallOptions, Harness } from "./harness.ts";

type Role = "user" | "assistant";

/** Captures a conversation, one turn a minute. @returns the ids of its turns, in order */
async function capture(
  harness: Harness,
  session: string,
  turns: readonly (readonly [role: Role, text: string])[],
  { project = "/p", day = 1 }: { project?: string | null; day?: number } = {},
): Promise<string[]> {
  const given = turns.map(([role, text], place) =>
    said(`${session}-${place}`, text, {
      role,
      at: new Date(Date.UTC(2026, 3, day, 10, place)).toISOString(),
    }),
  );
  await harness.call("memory.capture", { session, project, turns: given });
  const { memories } = await harness.call("memory.recent", { session, limit: 100 });
  return memories.toReversed().map(({ id }) => id);
}

async function search(harness: Harness, query: string, more: object = {}, options: CallOptions = {}) {
  return harness.call("memory.search", { query, fold: true, ...more }, options);
}

describe("a folded search", () => {
  it("shows a request and its answer as one hit, whichever of them matches better", async () => {
    const harness = await openHarness();
    const [ask = "", answer = "", next = ""] = await capture(harness, "s", [
      ["user", "where does the ferry to Skye leave"],
      ["assistant", "It leaves from the northern pier"],
      ["user", "and the bus"],
    ]);
    const byRequest = await search(harness, "ferry Skye");
    expect(byRequest.hits.map(({ id }) => id)).toEqual([ask]);
    expect(byRequest.hits[0]?.answer).toEqual({
      id: answer,
      trust: "captured",
      snippet: "It leaves from the northern pier",
    });
    const byAnswer = await search(harness, "northern pier");
    expect(byAnswer.hits.map(({ id }) => id)).toEqual([answer]);
    expect(byAnswer.hits[0]?.request).toEqual({
      id: ask,
      trust: "captured",
      snippet: "where does the ferry to Skye leave",
    });
    const both = await search(harness, "ferry pier");
    expect(both.hits).toHaveLength(1);
    const alone = await search(harness, "bus");
    expect(alone.hits.map(({ id }) => id)).toEqual([next]);
    expect(alone.hits[0]).not.toHaveProperty("answer");
  });

  it("is not folded unless that is asked for", async () => {
    const harness = await openHarness();
    const ids = await capture(harness, "s", [
      ["user", "ferry times please now"],
      ["assistant", "The ferry times are these"],
    ]);
    const { hits } = await harness.call("memory.search", { query: "ferry" });
    expect(hits.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    for (const hit of hits)
      for (const key of ["request", "answer", "copies"]) expect(hit).not.toHaveProperty(key);
  });

  it("shows of several answers the one that matches, else the last", async () => {
    const harness = await openHarness();
    const [, , middle = "", last = ""] = await capture(harness, "s", [
      ["user", "mend the ferry engine"],
      ["assistant", "Looking at it"],
      ["assistant", "The ferry had water in its fuel"],
      ["assistant", "All done"],
    ]);
    const found = await search(harness, "mend ferry engine");
    expect(found.hits[0]?.answer?.id).toBe(middle);
    const unmatched = await search(harness, "mend engine");
    expect(unmatched.hits[0]?.answer?.id).toBe(last);
  });

  it("tells an answer of many lines as one exchange, by the line that answers", async () => {
    const harness = await openHarness();
    const ids = await capture(harness, "s", [
      ["user", "why does the winch of the ferry slip"],
      ["assistant", "Let me look at the winch first."],
      ["assistant", "The log of the ferry has an entry on it."],
      ["assistant", "Now the drum."],
      [
        "assistant",
        "The winch slips since the pawl of the ferry's drum is worn; a new pawl of 12 mm mends it.",
      ],
      ["assistant", "I have noted it in the list."],
      ["user", "and the anchor"],
      ["assistant", "The anchor holds."],
    ]);
    const [ask = "", , , , cause = "", last = "", next = ""] = ids;
    const found = await search(harness, "worn pawl");
    expect(found.hits[0]).toMatchObject({ id: cause, request: { id: ask } });
    const asked = await search(harness, "why does the winch of the ferry slip");
    const [first] = asked.hits;
    expect([first?.id, first?.answer?.id]).toContain(cause);
    expect(asked.hits.filter(({ id }) => ids.slice(0, 6).includes(id))).toHaveLength(1);
    const { memories } = await harness.call("memory.get", { ids: [cause], context: 1, exchange: true });
    const around = memories[0]?.context;
    const shown = [...(around?.before ?? []), ...(around?.after ?? [])].map(({ id }) => id);
    expect(shown).toEqual([...ids.slice(0, 4), last, next]);
  });

  it("folds equal texts and the same request, counts them and shows the newest", async () => {
    const harness = await openHarness();
    const ids: string[][] = [];
    for (const day of [1, 2, 3])
      ids.push(
        await capture(
          harness,
          `s${day}`,
          [
            ["user", `Which harbour do we sail to${"!".repeat(day)}`],
            ["assistant", `To number ${day}`],
          ],
          { day },
        ),
      );
    await harness.save("harbour note", { project: "/p" });
    await harness.save("Harbour  note.", { project: "/p" });
    const { hits } = await search(harness, "which harbour do we sail to");
    const turns = hits.filter(({ kind }) => kind === "turn");
    expect(turns).toHaveLength(1);
    expect(ids[2]).toContain(turns[0]?.id);
    expect(turns[0]?.copies).toEqual({ count: 2 });
    expect(hits.filter(({ kind }) => kind === "note").map(({ copies }) => copies?.count)).toEqual([1]);
  });

  it.each([
    ["The harbour alert fires when load > 5", "The harbour alert fires when load < 5"],
    ["The harbour limit is -10 degrees", "The harbour limit is 10 degrees"],
    ["जिराफ की माला harbour", "जिराफ का माली harbour"],
  ])("keeps texts apart that differ in more than their last marks: %s", async (one, other) => {
    const harness = await openHarness();
    for (const text of [one, other]) await harness.save(text);
    expect((await search(harness, "harbour")).hits).toHaveLength(2);
  });

  it("keeps the same request of another project apart, whoever made it", async () => {
    const harness = await openHarness();
    for (const project of ["/p", "/q"]) {
      const said = [
        ["user", "How do we deploy the harbour service"] as const,
        ["assistant", `As ${project} does it`] as const,
      ];
      await capture(harness, "s", said, { project });
    }
    const { hits } = await harness.call("memory.search", {
      query: "how do we deploy the harbour",
      fold: true,
    });
    expect(new Set(hits.map(({ project }) => project))).toEqual(new Set(["/p", "/q"]));
    expect(hits.every(({ copies }) => copies === undefined)).toBe(true);
  });

  it("gives others their turn between two snippets", async () => {
    const harness = await openHarness();
    for (let note = 0; note < 5; note++) await harness.save(`harbour ${note} ${"and more. ".repeat(5_000)}`);
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const { hits } = await search(harness, "harbour");
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(hits.length);
  });

  it("shows what the same request was answered last, at the place of the best", async () => {
    const harness = await openHarness();
    const ask = "How do I run only the worker tests?";
    const answers: readonly (readonly [day: number, answer: string])[] = [
      [1, "Run only the worker tests with vitest"],
      [2, "Run only the worker tests with vitest, as I said the other day"],
      [9, "We moved to something else: node --test"],
      [5, "With vitest"],
    ];
    const ids = new Map<number, string[]>();
    for (const [day, answer] of answers) {
      const turns = [["user", ask] as const, ["assistant", answer] as const];
      ids.set(day, await capture(harness, `s${day}`, turns, { day }));
    }
    await harness.save("only these tests");
    for (const query of ["run only the worker tests", "run only the worker tests with vitest"]) {
      const [best] = (await harness.call("memory.search", { query })).hits;
      const [first] = (await search(harness, query)).hits;
      expect(best?.session).not.toBe("s9");
      expect(first).toMatchObject({ session: "s9", score: best?.score, copies: { count: 3 } });
      expect(first?.copies).not.toHaveProperty("newest");
      const shown = [first?.id, first?.request?.id, first?.answer?.id].filter((id) => id !== undefined);
      expect(shown.toSorted()).toEqual(ids.get(9)?.toSorted());
    }
  });

  it("does not hide the last answer to a request behind an equal answer to another", async () => {
    const harness = await openHarness();
    const turns: readonly (readonly [day: number, ask: string, answer: string])[] = [
      [1, "what is the colour of the harbour light", "The harbour light is green"],
      [3, "and which one shows there at night", "The harbour light is green"],
      [2, "what is the colour of the harbour light", "Red"],
    ];
    for (const [day, ask, answer] of turns)
      await capture(harness, `s${day}`, [["user", ask] as const, ["assistant", answer] as const], { day });
    const { hits } = await search(harness, "the harbour light is green");
    expect(hits.map(({ session, copies }) => [session, copies?.count])).toEqual([["s2", 2]]);
    expect(hits[0]?.copies?.newest).toBeDefined();
  });

  it("counts alike whatever the limit is", async () => {
    const harness = await openHarness();
    for (let copy = 0; copy < 20; copy++) {
      await harness.save(`harbour ${"and boats ".repeat(copy % 5)}`);
      await harness.save(`harbour number ${copy} of many`);
    }
    const counts = async (limit: number) =>
      (await search(harness, "harbour", { limit })).hits.map(({ copies }) => copies?.count);
    const all = await counts(30);
    expect(all.reduce((sum: number, count = 0) => sum + count, 0)).toBe(15);
    for (const limit of [1, 2, 7]) expect(await counts(limit)).toEqual(all.slice(0, limit));
  });

  it("keeps short turns of different exchanges apart", async () => {
    const harness = await openHarness();
    for (const day of [1, 2])
      await capture(
        harness,
        `s${day}`,
        [
          ["user", "harbour again"],
          ["assistant", `answer ${day}`],
        ],
        { day },
      );
    const { hits } = await search(harness, "harbour");
    expect(hits).toHaveLength(2);
  });

  it("fills the answer up to its limit from what lies behind", async () => {
    const harness = await openHarness();
    for (let note = 0; note < 6; note++) await harness.save("the harbour is closed", { project: null });
    for (let note = 0; note < 3; note++) await harness.save(`harbour ${"boat ".repeat(note + 1)}`);
    const { hits, more } = await search(harness, "harbour", { limit: 3 });
    expect([hits.length, more]).toEqual([3, true]);
    const all = await search(harness, "harbour", { limit: 4 });
    expect([all.hits.length, all.more]).toEqual([4, false]);
  });

  it("shows nothing beside a hit that is expired, later than asked, or of a later day", async () => {
    const harness = await openHarness();
    const [, answer = ""] = await capture(harness, "s", [
      ["user", "where does the ferry to Skye leave"],
      ["assistant", "It leaves from the northern pier"],
    ]);
    const before = await search(harness, "ferry", { before: "2026-04-01T10:01:00Z" });
    expect(before.hits[0]).not.toHaveProperty("answer");
    const role = await search(harness, "ferry", { role: "user" });
    expect(role.hits[0]?.answer?.id).toBe(answer);
    await harness.call("memory.update", { id: answer, expiresAt: "2026-05-01T12:00:01Z" });
    harness.clock.advance(2_000);
    const expired = await search(harness, "ferry");
    expect(expired.hits[0]).not.toHaveProperty("answer");
    const then = await search(harness, "ferry", { asOf: "2026-04-30T00:00:00Z" });
    expect(then.hits).toEqual([]);
  });

  it("shows beside a hit only what was known by the time it looks at", async () => {
    const harness = await openHarness();
    const turn = (id: string, text: string, role: Role) =>
      said(id, text, { role, at: `2026-04-01T10:0${id}:00Z` });
    const save = (id: string, text: string, role: Role) =>
      harness.call("memory.capture", { session: "s", project: null, turns: [turn(id, text, role)] });
    await save("1", "where does the ferry to Skye leave", "user");
    harness.clock.advance(60_000);
    await save("2", "It leaves from the northern pier", "assistant");
    const then = await search(harness, "ferry", { asOf: "2026-05-01T12:00:30Z" });
    expect(then.hits[0]).not.toHaveProperty("answer");
    const now = await search(harness, "ferry");
    expect(now.hits[0]).toHaveProperty("answer");
  });

  it("tells a limited client of its own projects alone", async () => {
    const texts: (readonly [Role, string])[] = [
      ["user", "which harbour do we sail to"],
      ["assistant", "to the northern one"],
    ];
    const alone = await openHarness();
    await capture(alone, "s", texts);
    const shared = await openHarness();
    for (const [day, project] of [
      [2, "/q"],
      [3, null],
    ] as const)
      await capture(shared, "s", texts, { project, day });
    await capture(shared, "s", texts);
    const client = clientOf("limited", ["/p"]);
    const seen = async (harness: Harness) => {
      const { hits, ...rest } = await search(harness, "which harbour", {}, { client });
      return {
        ...rest,
        hits: hits.map(({ score, snippet, copies, answer }) => [score, snippet, copies, answer?.snippet]),
      };
    };
    expect(await seen(shared)).toEqual(await seen(alone));
  });
});

describe("the room of a search", () => {
  it("goes to the better hits first, and all of it is used", async () => {
    const harness = await openHarness();
    for (let note = 0; note < 4; note++)
      await harness.save(`${"harbour ".repeat(4 - note)}${note} ${"The boat waits outside. ".repeat(200)}`);
    const { hits } = await search(harness, "harbour", { snippetBytes: 2_000 });
    const lengths = hits.map(({ snippet }) => snippet.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    expect(lengths[0]).toBeGreaterThan(2 * (lengths[3] ?? 0));
    const sum = lengths.reduce((all, length) => all + length, 0);
    expect(sum).toBeGreaterThan(1_700);
    expect(sum).toBeLessThanOrEqual(2_000);
    const plain = await search(harness, "harbour");
    for (const { snippet } of plain.hits) expect(snippet.length).toBeLessThanOrEqual(200);
  });

  it("shows more of a request where the texts leave room", async () => {
    const harness = await openHarness();
    const ask = `Which harbour do the boats sail to ${"when the wind blows ".repeat(5)}`.trim();
    await capture(harness, "s", [
      ["user", ask],
      ["assistant", "Northern pier"],
    ]);
    const shown = async (room: number) =>
      (await search(harness, "northern pier", { snippetBytes: room })).hits[0]?.request?.snippet;
    expect(await shown(1_000)).toBe(ask);
    expect((await shown(100))?.length).toBeLessThanOrEqual(80);
  });

  it("counts bytes, not characters", async () => {
    const harness = await openHarness();
    await harness.save(`港口 ${"船在外面等着。".repeat(300)}`);
    const { hits } = await search(harness, "港口", { snippetBytes: 600 });
    expect(Buffer.byteLength(hits[0]?.snippet ?? "")).toBeLessThanOrEqual(610);
    expect(Buffer.byteLength(hits[0]?.snippet ?? "")).toBeGreaterThan(300);
  });
});

describe("what a search says of its answer", () => {
  it("is weak when even the best matches little of the query", async () => {
    const harness = await openHarness();
    await harness.save("the harbour is closed on Mondays");
    for (const text of ["ferry one", "pier two", "engine three"]) await harness.save(text);
    expect((await search(harness, "harbour closed")).weak).toBe(false);
    expect((await search(harness, "harbour restaurant dinner lobster menu")).weak).toBe(true);
    expect((await search(harness, "nothing of this kind")).weak).toBe(false);
  });

  /** Words are worth something only where they are not in every memory. */
  async function saveOthers(harness: Harness): Promise<void> {
    for (let place = 0; place < 20; place++) await harness.save(`boat ${place}`);
  }

  /** Captures one statement a day. @returns how a search marks them: by day, best first */
  async function marked(query: string, statements: readonly string[]) {
    const harness = await openHarness();
    for (const [place, text] of statements.entries())
      await capture(harness, `day ${place + 1}`, [["user", text]], { day: place + 1 });
    await saveOthers(harness);
    const { hits } = await search(harness, query);
    return hits.map(({ session, older }) => [session, older]);
  }

  it("marks what a newer match overtakes, when the query asks for what holds now", async () => {
    const statements = [
      "the harbour with its lighthouse lies in the north, by the mill",
      "the harbour with its lighthouse lies in the north",
    ];
    expect(await marked("where in the north do harbour and lighthouse lie now", statements)).toEqual([
      ["day 2", undefined],
      ["day 1", true],
    ]);
    const plain = await marked("where in the north did harbour and lighthouse lie", statements);
    expect(plain.map(([, older]) => older)).toEqual([undefined, undefined]);
  });

  it("marks the best match, too, when a newer one comes near it", async () => {
    const statements = ["the harbour lies in the north", "the harbour lies in the north east by now"];
    expect(await marked("is the harbour still in the north", statements)).toEqual([
      ["day 1", true],
      ["day 2", undefined],
    ]);
  });

  it("marks nothing for a newer match of something else, nor what matches little itself", async () => {
    const statements = ["a harbour boat", "the harbour lies in the north with its light", "a light boat"];
    const found = await marked("is the harbour in the north with its light still", statements);
    expect(found).toHaveLength(3);
    expect(found.map(([, older]) => older)).toEqual([undefined, undefined, undefined]);
  });

  it("marks neither turns of one exchange nor what was said within a minute", async () => {
    const harness = await openHarness();
    await capture(harness, "s", [
      ["user", "where is the harbour now"],
      ["assistant", "the harbour is here"],
      ["assistant", "the harbour is there"],
    ]);
    const older = async (query: string) =>
      (await harness.call("memory.search", { query })).hits.map((hit) => hit.older);
    expect(await older("where is the harbour now")).toEqual([undefined, undefined, undefined]);
    for (const second of ["00", "40"])
      await harness.save("the boat is here", { at: `2026-04-01T10:00:${second}Z` });
    expect(await older("where is the boat now")).toEqual([undefined, undefined]);
    await harness.save("the boat is here", { at: "2026-04-01T10:01:30Z" });
    expect((await older("where is the boat now")).filter((each) => each === true)).toHaveLength(1);
  });

  it("takes a new version to be as new as its saving", async () => {
    const harness = await openHarness();
    const first = await harness.save("harbour, lighthouse and mill lie in the south", {
      at: "2026-01-01T00:00:00Z",
    });
    await harness.save("harbour, lighthouse and mill lie in the east", { at: "2026-03-01T00:00:00Z" });
    await harness.call("memory.update", { id: first, text: "harbour, lighthouse and mill lie in the north" });
    await saveOthers(harness);
    const { hits } = await search(harness, "where do harbour, lighthouse and mill lie now");
    const texts = hits.map(({ text, older }) => [text, older]);
    expect(new Map(texts as [string, true | undefined][])).toEqual(
      new Map([
        ["harbour, lighthouse and mill lie in the north", undefined],
        ["harbour, lighthouse and mill lie in the east", true],
      ]),
    );
  });
});

describe("memory.get with the exchange", () => {
  it("gives the request and all answers of a turn, and neighbours from there on", async () => {
    const harness = await openHarness();
    const ids = await capture(harness, "s", [
      ["user", "first"],
      ["assistant", "answer to the first"],
      ["user", "second"],
      ["assistant", "looking"],
      ["assistant", "answer to the second"],
      ["user", "third"],
    ]);
    const beside = async (place: number, context: number, exchange = true) => {
      const { memories } = await harness.call("memory.get", { ids: [ids[place] ?? ""], context, exchange });
      const { before = [], after = [] } = memories[0]?.context ?? {};
      return [before, after].map((turns) => turns.map(({ id }) => ids.indexOf(id)));
    };
    expect(await beside(3, 0)).toEqual([[2], [4]]);
    expect(await beside(2, 0)).toEqual([[], [3, 4]]);
    expect(await beside(4, 1)).toEqual([[1, 2, 3], [5]]);
    expect(await beside(3, 1, false)).toEqual([[2], [4]]);
    const note = await harness.save("a note");
    const { memories } = await harness.call("memory.get", { ids: [note], exchange: true });
    expect(memories[0]).not.toHaveProperty("context");
  });
});
