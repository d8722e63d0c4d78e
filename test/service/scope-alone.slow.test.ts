/**
 * A client that is limited to projects is answered as by a vault that holds nothing else: every write and every read, made
 * twice, once of a vault of several projects and once of one that was given what is in scope alone. Both draw the same ids.
 */
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { ClientIdentity } from "../../src/policy/clients.ts";
import type { MethodName, ParamsInput } from "../../src/protocol/method-table.ts";
import { anyCue, anyText } from "../search/support/memories.ts";
import { FakeClock, START } from "../support/fake-clock.ts";
import { CLI, chunks, clientOf, openHarness, said } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { MemoryDisk } from "./memory-vault.ts";

const RUNS = Number(process.env["KEEPSAKE_SCOPE_RUNS"] ?? 100);
const HOUR_MS = 3_600_000;

const anyProject = fc.constantFrom("/p", "/q", "/r", null);
const anyGrant = fc.constantFrom(["/p"], ["/p", "/r"], ["/q", "/r"]);
/** Few, so that texts are alike within a project and across projects. */
const anySaid = fc.oneof(
  anyText.map((text) => `${text} bread`),
  fc.constantFrom(
    "which repository bakes my bread now",
    "which repository bakes my bread now?",
    "Anna baked bread in the lighthouse",
    "butter butter butter bread harbour",
    `the bread of the harbour ${"children remember the baker ".repeat(20)} and the issue`,
  ),
);
const anyTags = fc.subarray(["x", "y"]);
const anyTime = fc
  .integer({ min: 0, max: 400 })
  .map((hours) => new Date(START - hours * HOUR_MS).toISOString());
/** Numbers that every session has, and ids that no other message has: tombstones refuse by them in different ways. */
const MESSAGES = [
  "1",
  "2",
  "3",
  "0f8fad5b-d9cb-469f-a165-70867728950e",
  "7c9e6679-7425-40de-944b-e07fc1f90ae7",
];
const anyTurn = fc.record({
  messageId: fc.constantFrom(...MESSAGES),
  role: fc.constantFrom("user" as const, "assistant" as const),
  text: anySaid,
  at: anyTime,
  tags: anyTags,
});

type Turn = typeof anyTurn extends fc.Arbitrary<infer T> ? T : never;
type Step =
  | { do: "save"; project: string | null; text: string; tags: string[]; pinned: boolean; at: string }
  | { do: "supersede"; which: number; text: string }
  | { do: "update"; which: number; pinned: boolean; text: string | undefined }
  | { do: "forget"; which: number }
  | { do: "capture"; project: string | null; session: string; turns: Turn[] }
  | { do: "import"; entries: { project: string | null; text: string; at: string; tags: string[] }[] }
  | { do: "import-turns"; project: string | null; session: string; turns: Turn[] }
  | { do: "damage"; which: number }
  | { do: "restart" }
  | { do: "wait"; hours: number };

const anyWhich = fc.nat({ max: 40 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("save" as const),
      project: anyProject,
      text: anySaid,
      tags: anyTags,
      pinned: fc.boolean(),
      at: anyTime,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("capture" as const),
      project: anyProject,
      session: fc.constantFrom("s", "t"),
      turns: fc.array(anyTurn, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("import" as const),
      entries: fc.array(fc.record({ project: anyProject, text: anySaid, at: anyTime, tags: anyTags }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("import-turns" as const),
      project: anyProject,
      session: fc.constantFrom("s", "t"),
      turns: fc.array(anyTurn, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("supersede" as const), which: anyWhich, text: anySaid }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("update" as const),
      which: anyWhich,
      pinned: fc.boolean(),
      text: fc.option(anySaid, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("forget" as const), which: anyWhich }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("damage" as const), which: anyWhich }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.nat({ max: 30 }) }) },
);

const anyFields = fc.record(
  {
    project: fc.constantFrom("/p", "/q", "*", null),
    tags: anyTags,
    kind: fc.constantFrom("note" as const, "turn" as const),
    role: fc.constantFrom("user" as const, "assistant" as const),
    session: fc.constantFrom("s", "t"),
    after: anyTime,
    before: anyTime,
    pinned: fc.boolean(),
  },
  { requiredKeys: [] },
);
const anySearch = fc.tuple(
  anyCue,
  fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: anyFields }),
  fc.record(
    {
      limit: fc.integer({ min: 1, max: 12 }),
      exceptSession: fc.constantFrom("s", "t"),
      includeSuperseded: fc.boolean(),
      asOf: anyTime,
      context: fc.nat({ max: 2 }),
      snippetBytes: fc.integer({ min: 100, max: 900 }),
    },
    { requiredKeys: [] },
  ),
);

let seed = "";
let drawn = 0;
beforeEach(() => {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    const bytes = new Uint8Array(array?.buffer ?? expect.unreachable(), array.byteOffset, array.byteLength);
    for (let at = 0; at < bytes.length; at += 32) {
      const block = createHash("sha256").update(`${seed} ${drawn++}`).digest();
      bytes.set(block.subarray(0, bytes.length - at), at);
    }
    return array;
  });
});
afterEach(() => vi.restoreAllMocks());

/** A vault of all projects beside one of what is in scope alone. */
class Pair {
  readonly limited: ClientIdentity;
  readonly clock: FakeClock;
  whole: Harness;
  alone: Harness;
  #calls = 0;

  private constructor(whole: Harness, alone: Harness, limited: ClientIdentity) {
    this.whole = whole;
    this.alone = alone;
    this.limited = limited;
    this.clock = whole.clock;
  }

  static async open(granted: readonly string[]): Promise<Pair> {
    const clock = new FakeClock();
    const key = new Uint8Array(32).fill(7);
    const disks = [new MemoryDisk(), new MemoryDisk()] as const;
    for (const { identityKey } of disks) identityKey.set(key);
    const [whole, alone] = [
      await openHarness({ disk: disks[0], clock }),
      await openHarness({ disk: disks[1], clock }),
    ];
    return new Pair(whole, alone, clientOf("limited", granted));
  }

  isInScope(project: string | null): boolean {
    return project !== null && this.limited.projects?.includes(project) === true;
  }

  /** Ids of everything in the whole vault, versions among them. */
  get ids(): readonly string[] {
    return [...this.whole.disk.records.memory.keys()];
  }

  async restart(): Promise<void> {
    this.whole = await openHarness({ disk: this.whole.disk, clock: this.clock });
    this.alone = await openHarness({ disk: this.alone.disk, clock: this.clock });
  }

  /** Of the limited client: of both, which must answer the same. */
  async same<M extends MethodName>(method: M, params: ParamsInput<M>): Promise<unknown> {
    const call = `call ${this.#calls++}`;
    const answer = await outcome(this.whole, call, method, params, this.limited);
    expect(answer, `${method} ${JSON.stringify(params)}`).toEqual(
      await outcome(this.alone, call, method, params, this.limited),
    );
    return answer;
  }

  /** Of the owner: of the whole vault, and of the other one what is in scope. */
  async owned<M extends MethodName>(isInScope: boolean, method: M, params: ParamsInput<M>): Promise<void> {
    const call = `call ${this.#calls++}`;
    await outcome(this.whole, call, method, params, CLI);
    if (isInScope) await outcome(this.alone, call, method, params, CLI);
  }

  /**
   * Turns of transcripts with the ids that turns of other projects have, too. Each says where it was said: the same message
   * imported under two names of its project is one turn to its owner, who alone imports.
   */
  async importedTurns({ project, session, turns }: Extract<Step, { do: "import-turns" }>): Promise<void> {
    const lines = turns.map((turn) => ({
      kind: "turn",
      ...turn,
      project,
      session,
      text: `${turn.text} in ${project ?? "none"}`,
    }));
    for (const harness of this.isInScope(project) ? [this.whole, this.alone] : [this.whole]) {
      const stream = chunks(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      await harness.call("data.import", { format: "claude-code" }, { stream });
    }
  }

  async imported(entries: Extract<Step, { do: "import" }>["entries"]): Promise<void> {
    const both = [
      [this.whole, entries],
      [this.alone, entries.filter(({ project }) => this.isInScope(project))],
    ] as const;
    for (const [harness, lines] of both) {
      const stream = chunks(lines.map((entry) => `${JSON.stringify({ kind: "note", ...entry })}\n`).join(""));
      await harness.call("data.import", { format: "keepsake" }, { stream });
    }
  }
}

/** What is answered, or why nothing is. */
async function outcome<M extends MethodName>(
  harness: Harness,
  call: string,
  method: M,
  params: ParamsInput<M>,
  client: ClientIdentity,
): Promise<unknown> {
  seed = call;
  drawn = 0;
  try {
    return await harness.answer(method, params, { client });
  } catch (error) {
    if (!(error instanceof KeepsakeError)) throw error;
    const { code, message, hint, facts } = error;
    return { code, message, hint, facts };
  }
}

async function take(pair: Pair, step: Step, isLimited: boolean): Promise<void> {
  const { ids } = pair;
  const id = "which" in step ? ids[step.which % ids.length] : undefined;
  if ("which" in step && id === undefined) return;
  const isKnown = id !== undefined && pair.alone.disk.records.memory.has(id);
  const call = <M extends MethodName>(isInScope: boolean, method: M, params: ParamsInput<M>) =>
    isLimited ? pair.same(method, params) : pair.owned(isInScope, method, params);
  if (step.do === "wait") pair.clock.advance(step.hours * HOUR_MS + 1);
  else if (step.do === "restart") await pair.restart();
  else if (step.do === "import") await pair.imported(step.entries);
  else if (step.do === "import-turns") await pair.importedTurns(step);
  else if (step.do === "damage") {
    if (!isKnown && id !== undefined) pair.whole.disk.damaged.add(id);
  } else if (step.do === "save") {
    const { do: _do, ...note } = step;
    await call(pair.isInScope(step.project), "memory.save", note);
  } else if (step.do === "capture") {
    const turns = step.turns.map(({ messageId, text, ...fields }) => said(messageId, text, fields));
    await call(pair.isInScope(step.project), "memory.capture", {
      session: step.session,
      project: step.project,
      turns,
    });
  } else if (step.do === "supersede") {
    await call(isKnown, "memory.save", { text: step.text, supersedes: id });
  } else if (step.do === "update") {
    await call(isKnown, "memory.update", { id: id ?? "", text: step.text, pinned: step.pinned });
  } else if (isLimited || isKnown || !pair.whole.disk.damaged.has(id ?? "")) {
    // What cannot be read when it is forgotten has no project any more: an import, which is the owner's alone, meets it everywhere.
    await call(isKnown, "memory.forget", { ids: [id ?? ""] });
  }
}

it("a limited client is answered as if the vault held nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyGrant,
      fc.array(fc.tuple(anyStep, fc.boolean()), { minLength: 5, maxLength: 30, size: "max" }),
      fc.array(anySearch, { minLength: 2, maxLength: 5 }),
      anyFields,
      async (granted, steps, searches, fields) => {
        const pair = await Pair.open(granted);
        for (const [step, isLimited] of steps) await take(pair, step, isLimited);
        for (const [query, filter, options] of searches) {
          for (const fold of [false, true]) {
            await pair.same("memory.search", { query, ...filter, ...options, fold, explain: true });
          }
        }
        for (const some of [{}, fields]) {
          await pair.same("memory.recent", { ...some, limit: 7 });
          await pair.same("memory.recent", { ...some, includeSuperseded: true, limit: 100 });
          await pair.same("memory.forget", { filter: some, dryRun: true });
          await pair.same("memory.forget", { filter: some });
        }
        for (const project of [undefined, null, "*", "/p", "/q", "/r"]) {
          await pair.same("memory.brief", { project });
        }
        expect(pair.ids).toEqual(expect.arrayContaining([...pair.alone.disk.records.memory.keys()]));
        await pair.same("memory.projects", {});
        await pair.same("vault.status", {});
        for (const id of pair.ids) {
          for (const exchange of [false, true])
            await pair.same("memory.get", { ids: [id], context: 2, exchange });
        }
        if (pair.ids.length > 0) await pair.same("memory.get", { ids: pair.ids.slice(0, 20) });
      },
    ),
    { numRuns: RUNS },
  );
});

it.each([false, true])(
  "a limited client learns nothing of turns that were forgotten elsewhere (after a restart: %s)",
  async (isRestarted) => {
    const pair = await Pair.open(["/p"]);
    const turns = (text: string) => MESSAGES.map((messageId) => said(messageId, `${text} ${messageId}`));
    const captured = (project: string | null, session: string, text: string) =>
      ({ project, session, turns: turns(text) }) as const;
    for (const project of ["/q", null]) {
      await pair.owned(false, "memory.capture", captured(project, "s", "the tide"));
      for (const id of pair.ids) await pair.owned(false, "memory.forget", { ids: [id] });
    }
    expect(pair.whole.disk.records.tombstone.size).toBe(2 * MESSAGES.length);
    if (isRestarted) await pair.restart();
    await pair.same("vault.status", {});
    for (const [session, text] of [
      ["s", "the tide"],
      ["t", "the tide"],
      ["s", "the ebb"],
    ] as const) {
      await pair.same("memory.capture", captured("/p", session, text));
      await pair.same("memory.recent", { limit: 100 });
    }
    expect(pair.alone.disk.records.memory.size).toBeGreaterThan(MESSAGES.length - 1);
    // What the client's own project forgot it is told, and no more than that.
    for (const id of pair.alone.disk.records.memory.keys())
      await pair.owned(true, "memory.forget", { ids: [id] });
    expect(await pair.same("memory.capture", captured("/p", "s", "the tide"))).toMatchObject({ stored: 0 });
    await pair.same("memory.recent", { limit: 100 });
    await pair.same("vault.status", {});
  },
);
