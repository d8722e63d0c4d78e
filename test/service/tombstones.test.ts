import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { parseRecordId } from "../../src/base/record-id.ts";
import { encodeCaptured } from "../../src/protocol/turn-in-inbox.ts";
import { Tombstones } from "../../src/service/tombstones.ts";
import { CLI, chunks, clientOf, openHarness, said, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

const AT = "2026-05-01T10:00:00Z";

function capture(harness: Harness, project: string | null = "/p", who = CLI) {
  const params = { project, session: "s", turns: [said("m-1", "the lighthouse keeper")] };
  return harness.call("memory.capture", params, { client: who });
}

function send(
  harness: Harness,
  entries: readonly object[],
  more: { again?: boolean; dryRun?: boolean; ownExport?: boolean } = {},
) {
  const lines = entries.map((entry) => `${JSON.stringify({ project: "/p", at: AT, ...entry })}\n`);
  return harness.call("data.import", { format: "keepsake", ...more }, { stream: chunks(...lines) });
}

const TURN = { kind: "turn", text: "the lighthouse keeper", session: "s", messageId: "m-1", role: "user" };

async function forgetAll(harness: Harness): Promise<void> {
  for (;;) {
    const { memories } = await harness.call("memory.recent", {});
    const [newest] = memories;
    if (newest === undefined) return;
    await harness.call("memory.forget", { ids: [newest.id] });
  }
}

async function purge(harness: Harness): Promise<void> {
  const confirmationToken = tokenOf(await harness.call("vault.purge", {}));
  await harness.call("vault.purge", { confirmationToken });
}

const forgotten = async (harness: Harness) => (await harness.call("vault.status", {})).open?.forgotten;

describe("a turn that was forgotten", () => {
  it("is refused when it is captured or imported again, and counted", async () => {
    const harness = await openHarness();
    await capture(harness);
    await forgetAll(harness);
    expect(await forgotten(harness)).toBe(1);
    for (let round = 0; round < 2; round += 1) {
      expect(await capture(harness)).toEqual({
        stored: 0,
        duplicates: 0,
        forgotten: 1,
        waiting: 0,
        reused: false,
      });
      for (const dryRun of [true, false]) {
        expect(await send(harness, [TURN], { dryRun })).toMatchObject({
          stored: 0,
          duplicates: 0,
          rejected: 0,
          forgotten: 1,
        });
      }
      await purge(harness);
    }
    expect(harness.disk.records.memory.size).toBe(0);
    expect(await forgotten(harness)).toBe(1);
  });

  it("is refused when it waited in the inbox, whoever put it there", async () => {
    const harness = await openHarness();
    await capture(harness);
    await forgetAll(harness);
    const sealed = harness.restarted();
    expect(await capture(sealed)).toMatchObject({ waiting: 1 });
    const turn = { messageId: "m-1", role: "user", text: "made up", at: AT } as const;
    sealed.disk.addWaiting(
      encodeCaptured({ project: "/p", session: "s", source: "x", receivedAt: 1, turn }),
      false,
    );
    await sealed.unlock();
    expect(sealed.disk.records.memory.size).toBe(0);
    expect(sealed.disk.inbox.size).toBe(0);
  });

  it("comes back when an import is told to, and is known from then on", async () => {
    const harness = await openHarness();
    await capture(harness);
    await forgetAll(harness);
    expect(await send(harness, [TURN], { again: true, dryRun: true })).toMatchObject({ stored: 1 });
    expect(await forgotten(harness)).toBe(1);
    expect(await send(harness, [TURN], { again: true })).toMatchObject({ stored: 1 });
    expect(await forgotten(harness)).toBe(0);
    expect(await capture(harness)).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await send(harness, [TURN])).toMatchObject({ stored: 0, duplicates: 1 });
  });

  it("takes no place from a turn of another project that has the same name", async () => {
    const harness = await openHarness();
    const memories = harness.disk.records;
    await capture(harness, "/q");
    await forgetAll(harness);
    const limited = clientOf("mcp", ["/p"]);
    const answer = await capture(harness, "/p", limited);
    expect(answer).toEqual({ stored: 1, duplicates: 0, waiting: 0, reused: false });
    expect(memories.memory.size).toBe(1);
    const { open } = await harness.call("vault.status", {}, { client: limited });
    expect(open).not.toHaveProperty("forgotten");
  });
});

describe("a number of a session that was forgotten", () => {
  const turn = (session: string, text: string, project = "/p") => ({
    session,
    project,
    turns: [{ messageId: "1", role: "user" as const, text, at: AT }],
  });

  it("refuses its session and its words, and no other message of that number", async () => {
    const harness = await openHarness();
    await harness.call("memory.capture", turn("a", "first words"));
    await forgetAll(harness);
    expect(await harness.call("memory.capture", turn("a", "edited"))).toMatchObject({ stored: 0 });
    expect(await harness.call("memory.capture", turn("b", "first words"))).toMatchObject({ stored: 0 });
    expect(await harness.call("memory.capture", turn("b", "others"))).toMatchObject({ stored: 1 });
  });

  it("refuses the same words in an import that tells the project otherwise", async () => {
    const harness = await openHarness();
    await harness.call("memory.capture", turn("a", "first words"));
    const { memories } = await harness.call("memory.recent", {});
    await harness.call("memory.capture", { ...turn("a", "stays"), turns: [said("2", "stays")] });
    await harness.call("memory.forget", { ids: [memories[0]?.id ?? ""] });
    const moved = { ...TURN, project: "/moved", session: "a", messageId: "1" };
    expect(await send(harness, [{ ...moved, text: "first words" }])).toMatchObject({ forgotten: 1 });
    expect(await send(harness, [{ ...moved, text: "others" }])).toMatchObject({ stored: 1 });
  });

  it("refuses other words of another project in no import", async () => {
    const harness = await openHarness();
    const limited = clientOf("mcp", ["/q"]);
    const named = { ...TURN, messageId: "0f8fad5b-d9cb-469f-a165-70867728950e" };
    const junk = { messageId: named.messageId, role: "user" as const, text: "junk", at: AT };
    const planted = { session: named.session, project: "/q" };
    const plant = (turn: typeof junk) =>
      harness.call("memory.capture", { ...planted, turns: [turn] }, { client: limited });
    await plant(junk);
    await forgetAll(harness);
    // The session goes on, so that an import of it looks into that project, too.
    await plant({ ...junk, messageId: "1", text: "stays" });
    expect(await send(harness, [named])).toMatchObject({ stored: 1 });
  });
});

describe("a turn of a project that has another name since", () => {
  const UUIDS = ["0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"];
  const [turn, other] = [
    { ...TURN, messageId: UUIDS[0] },
    { ...TURN, messageId: UUIDS[1] },
  ];
  const moved = { ...turn, project: "/moved" };

  it("is refused though nothing is left of its session, until it is asked for", async () => {
    const harness = await openHarness();
    await send(harness, [turn, { ...other, text: "and her lamp" }]);
    await forgetAll(harness);
    for (const dryRun of [true, false])
      expect(await send(harness, [moved], { dryRun })).toMatchObject({ stored: 0, forgotten: 1 });
    expect(await send(harness, [moved], { again: true })).toMatchObject({ stored: 1 });
    expect(await forgotten(harness)).toBe(1);
    expect(await send(harness, [{ ...moved, project: "/again" }])).toMatchObject({ stored: 0, elsewhere: 1 });
  });

  it("is refused too when it was forgotten while an import was under way, and by no other words", async () => {
    const harness = await openHarness();
    await send(harness, [turn]);
    await send(harness, [{ ...moved, text: "others", messageId: "3" }]);
    await forgetAll(harness);
    expect(await send(harness, [moved])).toMatchObject({ forgotten: 1 });
    expect(await send(harness, [{ ...moved, session: "another" }])).toMatchObject({ stored: 1 });
    expect(await send(harness, [{ ...moved, text: "new words" }])).toMatchObject({ stored: 1 });
  });

  it("is refused in an import that began before it was forgotten", async () => {
    const harness = await openHarness();
    await send(harness, [turn]);
    const line = (entry: object) => `${JSON.stringify({ at: AT, ...entry })}\n`;
    const stream = (async function* () {
      // The first batch holds four.
      for (let each = 0; each < 4; each += 1)
        yield utf8(line({ ...moved, messageId: String(each), text: `words ${each}` }));
      while (harness.disk.records.memory.size < 5) await new Promise((done) => setTimeout(done, 5));
      await forgetAll(harness);
      yield utf8(line(moved));
    })();
    const result = await harness.call("data.import", { format: "keepsake" }, { stream });
    expect(result).toMatchObject({ stored: 4, forgotten: 1 });
  });

  it("meets no import of a client that may not see where it was forgotten", async () => {
    const harness = await openHarness();
    const imports = (text: string, projects: string[]) => {
      const lines = [{ ...moved, text, messageId: text }].map(
        (entry) => `${JSON.stringify({ at: AT, ...entry })}\n`,
      );
      const client = clientOf("mcp", projects);
      return harness.call("data.import", { format: "keepsake" }, { stream: chunks(...lines), client });
    };
    for (const text of ["first", "second"]) await send(harness, [{ ...turn, text, messageId: text }]);
    await forgetAll(harness);
    const answer = await imports("first", ["/moved"]);
    expect(answer).toEqual({ stored: 1, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] });
    expect(await imports("second", ["/moved", "/p"])).toMatchObject({ stored: 0, forgotten: 1 });
  });

  it("is a turn: a note of the same words in another project is another note", async () => {
    const harness = await openHarness();
    const note = { kind: "note", text: "open questions", at: AT };
    await send(harness, [{ ...note, project: "/q" }]);
    await forgetAll(harness);
    expect(await send(harness, [{ ...note, project: "/q" }])).toMatchObject({ stored: 0, forgotten: 1 });
    expect(await send(harness, [{ ...note, project: "/p" }])).toMatchObject({ stored: 1 });
  });

  it("meets no capture: a client of that project learns nothing", async () => {
    const harness = await openHarness();
    await capture(harness, "/q");
    await forgetAll(harness);
    expect(await capture(harness, "/p", clientOf("mcp", ["/p"]))).toMatchObject({ stored: 1 });
  });

  it("was said twice where it was said twice in its own project", async () => {
    const harness = await openHarness();
    await send(harness, [turn]);
    await forgetAll(harness);
    expect(await send(harness, [turn, other])).toMatchObject({ stored: 1, forgotten: 1 });
  });
});

describe("what was forgotten", () => {
  it("has its own id in an export, whatever else said the same", async () => {
    const harness = await openHarness();
    const [first, second] = [await harness.save("a note"), await harness.save("a note", { project: "/q" })];
    await forgetAll(harness);
    const lines = [first, second].map((id) => ({ kind: "note", text: "a note", id }));
    expect(await send(harness, lines, { ownExport: true })).toMatchObject({ forgotten: 2 });
    const third = [{ kind: "note", text: "a note", id: `${first.slice(0, -2)}00` }];
    expect(await send(harness, third, { ownExport: true })).toMatchObject({ stored: 1 });
  });

  it("is refused by the id an export gives it, all versions of it, and expired memories too", async () => {
    const harness = await openHarness();
    const first = await harness.save("version one", { project: "/p" });
    const { id: second } = await harness.call("memory.update", { id: first, text: "version two" });
    const expiresAt = new Date(harness.clock.now() + 1_000).toISOString();
    const third = await harness.save("for a second", { project: "/p", expiresAt });
    await harness.call("memory.forget", { ids: [first] });
    harness.clock.advance(2_000);
    await purge(harness);
    const lines = [first, second, third].map((id) => ({ kind: "note", text: "back", id }));
    const answer = await send(harness, lines, { ownExport: true });
    expect(answer).toMatchObject({ stored: 0, forgotten: 3 });
    expect(await send(harness, lines, { ownExport: true, again: true })).toMatchObject({
      stored: answer.forgotten,
    });
  });

  it("can be written down anew by hand", async () => {
    const harness = await openHarness();
    await harness.save("a note");
    await forgetAll(harness);
    await harness.save("a note");
    expect(await harness.found("note")).toHaveLength(1);
    expect(await forgotten(harness)).toBe(1);
  });

  it("leaves a record without a word, under another id than its own", async () => {
    const harness = await openHarness();
    const id = await harness.save("canary words", { project: "/canary", tags: ["canary"] });
    await harness.call("memory.forget", { ids: [id] });
    const [[key, written] = ["", undefined]] = [...harness.disk.records.tombstone];
    expect(key).not.toBe(id);
    const bytes = Buffer.from(written?.plaintext ?? []);
    expect(bytes).toHaveLength(49);
    expect(bytes.includes("canary")).toBe(false);
    expect(bytes.includes(Buffer.from(parseRecordId(id)))).toBe(false);
  });

  it("is written in the batch that removes it", async () => {
    const harness = await openHarness();
    await harness.save("a note");
    harness.disk.hooks.beforeWrite = (changes) => {
      if (changes.some((change) => change.type === "delete")) throw new Error("killed");
    };
    await expect(forgetAll(harness)).rejects.toThrow("killed");
    expect(harness.disk.records.tombstone.size).toBe(0);
    harness.disk.hooks = {};
    await forgetAll(harness);
    const batch = harness.disk.batches.findLast((changes) => changes.some(({ type }) => type === "delete"));
    expect(batch?.filter((change) => change.type === "put").map(({ keyspace }) => keyspace)).toContain(
      "tombstone",
    );
  });

  it("is refused too where its record could not be read any more", async () => {
    const harness = await openHarness();
    await capture(harness);
    const [id = ""] = harness.disk.records.memory.keys();
    harness.disk.damaged.add(id);
    await harness.call("memory.forget", { ids: [id] });
    expect(await send(harness, [TURN])).toMatchObject({ forgotten: 1 });
  });

  it.each([true, false])(
    "is refused by its own project, and by its words alone in every other (unique ids: %s)",
    async (isUnique) => {
      const harness = await openHarness();
      const vault = harness.door.opened();
      const tombstones = new Tombstones(vault);
      const id = vault.deriveId(utf8("any"));
      await vault.write([tombstones.raised(id, { project: "/q", session: "s", text: "words" })]);
      const refuses = (project: string | null, text: string, everyProject: boolean) =>
        tombstones.refusesTurn(id, { project, session: "s", text }, { everyProject, isUnique });
      for (const everyProject of [false, true]) {
        expect(await refuses("/q", "words", everyProject)).toBe(true);
        expect(await refuses("/q", "others", everyProject)).toBe(true);
        for (const project of ["/p", null]) {
          expect(await refuses(project, "words", everyProject)).toBe(everyProject);
          expect(await refuses(project, "others", everyProject)).toBe(false);
        }
      }
    },
  );

  it("stays refused where its tombstone cannot be read any more", async () => {
    const harness = await openHarness();
    await capture(harness);
    await forgetAll(harness);
    for (const id of harness.disk.records.tombstone.keys()) harness.disk.damaged.add(id);
    expect(await capture(harness)).toMatchObject({ stored: 0, forgotten: 1 });
  });

  it("passes on what is no damage of a tombstone", async () => {
    const tombstones = new Tombstones({
      deriveId: () => "0".repeat(26),
      has: () => true,
      read: () => Promise.reject(new Error("no store")),
    });
    await expect(
      tombstones.refusesTurn(
        "0".repeat(26),
        { project: null, text: "" },
        { everyProject: true, isUnique: true },
      ),
    ).rejects.toThrow("no store");
  });
});

it("a turn of another project, in the same session and under the same number, takes away no tombstone", async () => {
  const harness = await openHarness();
  const captured = (session: string, id: string, text: string) =>
    harness.call("memory.capture", { project: "/p", session, turns: [said(id, text)] });
  await captured("t", "3", "the bread is burnt");
  await captured("t", "1", "which repository is it");
  const [id = ""] = await harness.found("bread burnt");
  await harness.call("memory.forget", { ids: [id] });
  const turn = {
    kind: "turn",
    project: null,
    session: "t",
    messageId: "3",
    role: "user",
    text: "of no project",
  };
  const stream = chunks(`${JSON.stringify({ ...turn, at: "2026-05-01T12:00:00Z" })}\n`);
  expect(await harness.call("data.import", { format: "claude-code" }, { stream })).toMatchObject({
    stored: 1,
  });
  expect(await captured("t", "3", "the bread is burnt")).toMatchObject({ stored: 0, forgotten: 1 });
});
