import { describe, expect, it } from "vitest";
import * as z from "zod";
import { newRecordId } from "../../src/base/record-id.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { expectCode } from "../support/codes.ts";
import { clientOf, chunks, openHarness, said, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

const A = clientOf("of-a", ["/a"]);
const B = clientOf("of-b", ["/b"]);
const SECRET = "zanzibar";

/** Everything there is of project b and of no project holds the canary; nothing of project a does. */
async function twoProjects() {
  const harness = await openHarness();
  const inA = await harness.save("plain note of a", { project: "/a", tags: ["tag-a"] });
  const inB = await harness.save(`${SECRET} note of b`, {
    project: "/b",
    tags: [`${SECRET}-tag`],
    pinned: true,
  });
  const inNone = await harness.save(`${SECRET} note of none`);
  // One session that went through two projects.
  await harness.call("memory.capture", {
    session: "shared",
    project: "/b",
    turns: [said("1", `${SECRET} asks`, { at: "2026-05-01T10:00:00Z" })],
  });
  await harness.call("memory.capture", {
    session: "shared",
    project: "/a",
    turns: [
      said("2", "plain question", { at: "2026-05-01T10:00:01Z" }),
      said("3", "plain answer", { at: "2026-05-01T10:00:02Z", role: "assistant" }),
    ],
  });
  await harness.call("memory.capture", {
    session: "shared",
    project: null,
    turns: [said("4", `${SECRET} goes on`, { at: "2026-05-01T10:00:03Z" })],
  });
  await harness.call("memory.capture", {
    session: `session-${SECRET}`,
    project: "/b",
    turns: [said("1", `${SECRET} alone`)],
  });
  return { harness, inA, inB, inNone };
}

/** A note as files hold it, which may name what a save could not. @returns its id */
async function imported(harness: Harness, text: string, project: string, supersedes?: string) {
  const id = newRecordId();
  const line = JSON.stringify({ kind: "note", id, text, project, supersedes, at: "2026-05-01T00:00:00Z" });
  await harness.call("data.import", { format: "keepsake", ownExport: true }, { stream: chunks(`${line}\n`) });
  return id;
}

const EVERYTHING = [undefined, "*"] as const;

describe("a client limited to projects", () => {
  it("is told in the status what it may see, not how much there is", async () => {
    const { harness, inA, inB, inNone } = await twoProjects();
    const limited = await harness.call("vault.status", {}, { client: A });
    expect(limited.open?.memories).toBe(3);
    expect((await harness.call("vault.status", {})).open?.memories).toBeGreaterThan(6);
    const before = JSON.stringify(limited);
    await harness.save("another of b", { project: "/b" });
    harness.disk.damaged.add(inB);
    expect(JSON.stringify(await harness.call("vault.status", {}, { client: A }))).toBe(before);
    await harness.call("memory.forget", { ids: [inNone] });
    expect(JSON.stringify(await harness.call("vault.status", {}, { client: A }))).toBe(before);
    const hidden = ["waiting", "damage", "done", "total", "generation", "purgePending", "purgeDueAt"];
    for (const name of hidden) expect(before).not.toContain(`"${name}"`);
    await harness.call("memory.update", { id: inA, text: "x" });
    expect((await harness.call("vault.status", {}, { client: A })).open).toMatchObject({
      memories: 3,
      versions: 4,
    });
  });

  it("is told no totals by an unlock", async () => {
    const { harness } = await twoProjects();
    const unlock = harness.call("vault.unlock", { with: "keychain" }, { client: A });
    expect(await unlock).toEqual({ state: "open", already: true });
    expect(await harness.call("vault.unlock", { with: "keychain" })).toMatchObject({ drained: 0 });
  });

  it("learns neither ids nor counts of versions that another project has of its memory", async () => {
    const harness = await openHarness();
    const big = "x".repeat(60_000);
    const save = async (text: string, project: string, supersedes?: string) =>
      imported(harness, text, project, supersedes);
    const foreign = [await save(`${SECRET} first`, "/b")];
    const own: string[] = [];
    for (let version = 0; version < 20; version++) {
      own.push(await save(`${version} lighthouse ${big}`, "/a", own.at(-1) ?? foreign[0]));
    }
    for (let version = 0; version < 7; version++) {
      foreign.push(
        await save(`${SECRET} ${version}`, "/b", foreign.length === 1 ? own.at(-1) : foreign.at(-1)),
      );
    }
    const as = { client: A };
    const middle = own[10] ?? "";
    const answers: unknown[] = [
      await harness.call("memory.get", { ids: [own[0] ?? ""] }, as),
      await harness.call("memory.get", { ids: [own.at(-1) ?? ""] }, as),
      await harness.call("memory.recent", { includeSuperseded: true, limit: 100 }, as),
      await harness.call("memory.recent", {}, as),
      await harness.call("memory.search", { query: "lighthouse", includeSuperseded: true }, as),
    ];
    for (const id of foreign) expect(JSON.stringify(answers)).not.toContain(id);
    const { memories } = await harness.call("memory.get", { ids: [middle] }, as);
    const [found] = memories;
    expect([found?.supersedes, found?.supersededBy]).toEqual([own[9], own[11]]);
    // The memory itself, which stands among its versions, and those left are all there are in its project.
    const known = new Set([middle, ...(found?.versions ?? []).map(({ id }) => id)]);
    expect(found?.versionsLeft?.count).toBeGreaterThan(0);
    expect(known.size + (found?.versionsLeft?.count ?? 0)).toBe(own.length);
  });

  it("sees its projects' memories in every kind of answer, and nothing of others", async () => {
    const { harness, inA, inB, inNone } = await twoProjects();
    const { hits } = await harness.call("memory.search", { query: "question" }, { client: A });
    const question = hits[0]?.id ?? "";
    const answers: unknown[] = [];
    for (const project of EVERYTHING) {
      const only = project === undefined ? {} : { project };
      answers.push(
        await harness.call(
          "memory.search",
          { query: `${SECRET} plain note`, ...only, context: 20 },
          { client: A },
        ),
        await harness.call(
          "memory.search",
          { query: SECRET, ...only, includeSuperseded: true, asOf: "2026-05-02T00:00:00Z", explain: true },
          { client: A },
        ),
        await harness.call("memory.recent", { ...only, includeSuperseded: true, limit: 100 }, { client: A }),
        await harness.call("memory.brief", { ...only, explain: true }, { client: A }),
        await harness.call("memory.sessions", { ...only, turnIds: true }, { client: A }),
      );
    }
    answers.push(
      await harness.call("memory.get", { ids: [inA, inB, inNone, question], context: 20 }, { client: A }),
      await harness.call("memory.projects", {}, { client: A }),
      await harness.call("memory.brief", { project: "/a" }, { client: A }),
    );
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(answers.map((answer) => JSON.stringify(answer).includes("/b"))).not.toContain(true);
    expect(JSON.stringify(answers)).toContain("plain question");
  });

  it("finds its own memories", async () => {
    const { harness, inA } = await twoProjects();
    for (const project of [...EVERYTHING, "/a"]) {
      expect(await harness.found("plain note", { ...(project && { project }) }, A)).toContain(inA);
    }
    const { projects, tags } = await harness.call("memory.projects", {}, { client: A });
    expect(projects.map(({ project, count }) => [project, count])).toEqual([["/a", 3]]);
    expect(tags).toEqual([{ tag: "tag-a", count: 1 }]);
    const brief = await harness.call("memory.brief", {}, { client: A });
    expect(brief.sessions).toEqual([
      {
        session: "shared",
        lastAt: "2026-05-01T10:00:02.000Z",
        turns: 2,
        opening: "plain question",
        trust: "captured",
        closing: "plain answer",
        closingTrust: "captured",
      },
    ]);
  });

  it("is denied another project, and memories of no project, by every method that takes one", async () => {
    const { harness } = await twoProjects();
    const turns = [said("9", "x")];
    for (const project of ["/b", "/aa", null]) {
      const as = { client: A };
      await expectCode(harness.call("memory.search", { query: "x", project }, as), "PROJECT_DENIED");
      await expectCode(harness.call("memory.recent", { project }, as), "PROJECT_DENIED");
      await expectCode(harness.call("memory.brief", { project }, as), "PROJECT_DENIED");
      await expectCode(harness.call("memory.sessions", { project }, as), "PROJECT_DENIED");
      await expectCode(harness.call("memory.forget", { filter: { project } }, as), "PROJECT_DENIED");
      await expectCode(harness.call("memory.save", { text: "x", project }, as), "PROJECT_DENIED");
      await expectCode(
        harness.call("memory.capture", { session: "s", project, turns }, as),
        "PROJECT_DENIED",
      );
    }
    await expectCode(harness.save("x", {}, A), "PROJECT_DENIED");
    await expectCode(
      harness.call("memory.capture", { session: "s", turns }, { client: A }),
      "PROJECT_DENIED",
    );
    const sealed = harness.restarted();
    await expectCode(sealed.call("memory.capture", { session: "s", turns }, { client: A }), "PROJECT_DENIED");
    expect(sealed.disk.inbox.size).toBe(0);
  });

  it("is so by all of them: no other method of the table takes a project", () => {
    const takesProject = (name: MethodName) =>
      JSON.stringify(
        z.toJSONSchema(METHODS[name].params, { io: "input", unrepresentable: "any" }).properties ?? {},
      ).includes('"project":');
    expect(METHOD_NAMES.filter(takesProject).toSorted()).toEqual([
      "memory.brief",
      "memory.capture",
      "memory.forget",
      // The person's alone, who is not limited.
      "memory.leave",
      "memory.recent",
      "memory.save",
      "memory.search",
      "memory.sessions",
    ]);
  });

  it("writes into its own project", async () => {
    const { harness } = await twoProjects();
    const id = await harness.save("written by a", { project: "/a" }, A);
    const captured = await harness.call(
      "memory.capture",
      { session: "s", project: "/a", turns: [said("9", "turn of a")] },
      { client: A },
    );
    expect(captured.stored).toBe(1);
    expect(await harness.found("written", {}, A)).toEqual([id]);
  });

  it("finds no memory of another project under its id", async () => {
    const { harness, inB, inNone } = await twoProjects();
    for (const id of [inB, inNone]) {
      const as = { client: A };
      expect(await harness.call("memory.get", { ids: [id] }, as)).toEqual({ memories: [], missing: [id] });
      await expectCode(harness.call("memory.update", { id, text: "x" }, as), "NOT_FOUND");
      await expectCode(harness.call("memory.forget", { ids: [id] }, as), "NOT_FOUND");
      await expectCode(
        harness.call("memory.save", { text: "x", project: "/a", supersedes: id }, as),
        "NOT_FOUND",
      );
      await expectCode(harness.call("memory.forget", { ids: [id], dryRun: true }, as), "NOT_FOUND");
    }
    expect(await harness.found(SECRET, { limit: 100 })).toHaveLength(5);
  });

  it("cannot tell a damaged memory of another project from one that does not exist", async () => {
    const { harness, inB } = await twoProjects();
    harness.disk.damaged.add(inB);
    const as = { client: A };
    expect(await harness.call("memory.get", { ids: [inB] }, as)).toEqual({ memories: [], missing: [inB] });
    await expectCode(harness.call("memory.forget", { ids: [inB] }, as), "NOT_FOUND");
    await expectCode(harness.call("memory.update", { id: inB, text: "x" }, as), "NOT_FOUND");
    await expectCode(harness.call("memory.get", { ids: [inB] }), "RECORD_DAMAGED");
  });

  it("forgets by a filter only what it may see", async () => {
    const { harness } = await twoProjects();
    for (const project of EVERYTHING) {
      const filter = project === undefined ? {} : { project };
      const asked = await harness.call("memory.forget", { filter }, { client: A });
      expect(asked).toMatchObject({ status: "confirmation_required", targetCount: 3 });
    }
    expect(await harness.call("memory.forget", { filter: {}, dryRun: true }, { client: B })).toEqual({
      status: "dry_run",
      count: 3,
    });
  });
});

describe("versions that span two projects", () => {
  /** A note of project a that one of project b names as what it supersedes, and one the other way round. */
  async function spanning() {
    const harness = await openHarness();
    const oldInA = await imported(harness, "plain plan", "/a");
    const newInB = await imported(harness, `${SECRET} plan`, "/b", oldInA);
    const oldInB = await imported(harness, `${SECRET} idea`, "/b");
    const newInA = await imported(harness, "plain idea", "/a", oldInB);
    return { harness, oldInA, newInB, oldInB, newInA };
  }

  it("are made by nobody who saves: a version is of the project of what it supersedes", async () => {
    const harness = await openHarness();
    const old = await harness.save("plain plan", { project: "/a" });
    for (const project of ["/b", null]) {
      await expectCode(harness.save("other plan", { project, supersedes: old }), "INVALID_PARAMS");
    }
    const id = await harness.save("newer plan", { supersedes: old });
    const { memories } = await harness.call("memory.get", { ids: [id] }, { client: A });
    expect(memories[0]).toMatchObject({ project: "/a", supersedes: old });
    // What others saved is replaced by nobody without being asked, not by its project's client either.
    const newest = { text: "newest plan", supersedes: old };
    const confirmationToken = tokenOf(await harness.answer("memory.save", newest, { client: A }));
    await harness.call("memory.save", { ...newest, confirmationToken }, { client: A });
    expect(await harness.found("plan", {}, A)).toHaveLength(1);
  });

  it("are none: each stands in its own project, as if the other were not there", async () => {
    const { harness, oldInA, newInA, oldInB, newInB } = await spanning();
    const { memories } = await harness.call("memory.get", { ids: [oldInA, newInA] }, { client: A });
    expect(JSON.stringify(memories)).not.toContain(SECRET);
    for (const id of [newInB, oldInB]) expect(JSON.stringify(memories)).not.toContain(id);
    expect(memories.map(({ versions }) => versions)).toEqual([undefined, undefined]);
    expect(await harness.found("plan idea", {}, A)).toEqual(expect.arrayContaining([oldInA, newInA]));
    expect(await harness.found("plan idea", {}, B)).toEqual(expect.arrayContaining([oldInB, newInB]));
    const all = await harness.call("memory.get", { ids: [newInA] });
    expect(all.memories[0]).toMatchObject({ supersedes: oldInB });
    expect(all.memories[0]?.versions).toBeUndefined();
  });

  it("are forgotten and updated like any other memory of the project", async () => {
    const { harness, oldInA, newInA, newInB } = await spanning();
    const { id } = await harness.call("memory.update", { id: oldInA, tags: ["seen"] }, { client: A });
    expect(await harness.found("plan", {}, A)).toEqual([id]);
    for (const one of [id, newInA]) {
      const ids = [one];
      const asked = await harness.call("memory.forget", { ids }, { client: A });
      const confirmed = { ids, confirmationToken: tokenOf(asked) };
      expect(await harness.call("memory.forget", confirmed, { client: A })).toMatchObject({
        status: "forgotten",
      });
    }
    expect(await harness.found("plain", {}, A)).toEqual([]);
    expect(await harness.found("plan", {}, B)).toEqual([newInB]);
  });
});

describe("an import by a client limited to projects", () => {
  const line = (fields: object) =>
    `${JSON.stringify({ kind: "note", text: "t", at: "2026-05-01T00:00:00Z", ...fields })}\n`;
  const send = (harness: Harness, ...lines: string[]) =>
    harness.call("data.import", { format: "keepsake" }, { client: A, stream: chunks(...lines) });

  it("is denied other projects", async () => {
    const { harness } = await twoProjects();
    const before = harness.disk.records.memory.size;
    await expectCode(send(harness, line({ project: "/a" }), line({ project: "/b" })), "PROJECT_DENIED");
    await expectCode(send(harness, line({ project: null })), "PROJECT_DENIED");
    expect(harness.disk.records.memory.size).toBe(before);
    expect(await send(harness, line({ project: "/a" }))).toMatchObject({ stored: 1, rejected: 0 });
  });

  it("cannot reach memories of others by their ids", async () => {
    const { harness, inB } = await twoProjects();
    const lines = [line({ project: "/a", supersedes: inB }), line({ project: "/a", id: inB })];
    expect(await send(harness, ...lines)).toMatchObject({ stored: 1, duplicates: 1, unlinked: 1 });
    expect(await harness.found(SECRET)).toContain(inB);
  });
});

describe("a turn with the session and the message of another project's turn", () => {
  const SAME = { session: "same-session", messageId: "same-message", at: "2026-05-01T10:00:00Z" };
  const capture = (harness: Harness, project: string | null, text: string, client?: typeof A) =>
    harness.call(
      "memory.capture",
      { session: SAME.session, project, turns: [said(SAME.messageId, text, { at: SAME.at })] },
      { ...(client && { client }) },
    );
  const texts = async (harness: Harness) => {
    const { memories } = await harness.call("memory.recent", { project: "*", limit: 100 });
    return memories.map(({ text }) => text).toSorted();
  };
  const NEW = { stored: 1, duplicates: 0, waiting: 0, reused: false };

  it("neither takes the place of another project's turn nor learns that it is there", async () => {
    const harness = await openHarness();
    const alone = await capture(await openHarness(), "/a", "turn of a", A);
    expect(alone).toEqual(NEW);
    await capture(harness, "/b", "turn of b", B);
    await capture(harness, null, "turn of none");
    expect(await capture(harness, "/a", "turn of a", A)).toEqual(alone);
    expect(await texts(harness)).toEqual(["turn of a", "turn of b", "turn of none"]);
    // Once more in its own project, it is the turn that is there.
    expect(await capture(harness, "/a", "turn of a", A)).toEqual({ ...NEW, stored: 0, duplicates: 1 });
    expect(await capture(harness, null, "turn of none")).toEqual({ ...NEW, stored: 0, duplicates: 1 });
  });

  it("does neither by an import, whose lines name sessions and messages too", async () => {
    const harness = await openHarness();
    const imported = (project: string | null, text: string, client?: typeof A) =>
      harness.call(
        "data.import",
        { format: "keepsake" },
        {
          stream: chunks(`${JSON.stringify({ kind: "turn", role: "user", text, project, ...SAME })}\n`),
          ...(client && { client }),
        },
      );
    await imported("/b", "turn of b");
    await imported(null, "turn of none");
    expect(await imported("/a", "turn of a", A)).toMatchObject({ stored: 1, duplicates: 0 });
    expect(await texts(harness)).toEqual(["turn of a", "turn of b", "turn of none"]);
    expect(await imported("/a", "turn of a", A)).toMatchObject({ stored: 0, duplicates: 1 });
  });
});

describe("a client that may see every project", () => {
  it("sees a project it names together with memories of no project, or all of them", async () => {
    const { harness, inA, inB, inNone } = await twoProjects();
    const notes = async (project?: string | null) => {
      const only = project === undefined ? {} : { project };
      const { memories } = await harness.call("memory.recent", { ...only, kind: "note" });
      return memories.map(({ id }) => id).toSorted();
    };
    expect(await notes("/a")).toEqual([inA, inNone].toSorted());
    expect(await notes(null)).toEqual([inNone]);
    expect(await notes("*")).toEqual([inA, inB, inNone].toSorted());
    expect(await notes()).toEqual([inA, inB, inNone].toSorted());
  });

  it("cannot write a memory into the project that stands for all", async () => {
    const harness = await openHarness();
    await expectCode(harness.save("x", { project: "*" }), "INVALID_PARAMS");
    await expectCode(
      harness.call("memory.capture", { session: "s", project: "*", turns: [said("1", "x")] }),
      "INVALID_PARAMS",
    );
    const result = await harness.call(
      "data.import",
      { format: "keepsake" },
      {
        stream: chunks(JSON.stringify({ kind: "note", text: "t", at: "2026-05-01T00:00:00Z", project: "*" })),
      },
    );
    expect(result).toMatchObject({ stored: 0, rejected: 1 });
  });
});
