/** What counts as the same turn: over sessions, projects, files, ways in, and vaults that version 0.1.0 filled. */
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { encodeMemory } from "../../src/service/memory-codec.ts";
import { encodeCaptured } from "../../src/protocol/turn-in-inbox.ts";
import { decodeCaptured } from "../../src/service/memories/captured-turn.ts";
import type { ImportEntry } from "../../src/protocol/methods/data-methods.ts";
import type { StoredMemory } from "../../src/service/memory-codec.ts";
import { answered, fixture, jsonLines, readFile, typed } from "../support/transcripts.ts";
import { storedNote } from "./fixtures.ts";
import { chunks, clientOf, openHarness, said, sealedHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const AT = "2026-11-20T08:00:00.000Z";

function turn(messageId: string, text: string, more: Partial<ImportEntry> = {}): ImportEntry {
  return { kind: "turn", text, project: "/p", session: "s", messageId, role: "user", at: AT, ...more };
}

function send(harness: Harness, entries: readonly ImportEntry[], dryRun = false) {
  const stream = chunks(...entries.map((entry) => `${JSON.stringify(entry)}\n`));
  return harness.call("data.import", { format: "claude-code", dryRun }, { stream });
}

async function texts(harness: Harness): Promise<string[]> {
  const { memories } = await harness.call("memory.recent", { limit: 100 });
  return memories.map(({ text }) => text).toSorted();
}

/** Reads files as an import does, with the project of every folder. */
async function sendFiles(harness: Harness, files: readonly Uint8Array[], project: string | null = "/p") {
  const read = await Promise.all(files.map((bytes) => readFile(bytes, 1 << 16, () => project)));
  return send(
    harness,
    read.flatMap(({ entries }) => entries),
  );
}

describe("the same message", () => {
  it("is stored once in its project, whatever session it comes with", async () => {
    const harness = await openHarness();
    expect(await send(harness, [turn("a", "the oar is of ash")])).toMatchObject({ stored: 1 });
    const again = [
      turn("a", "the oar is of ash", { session: "fork" }),
      turn("a", "read anew: the oar is of ash"),
    ];
    expect(await send(harness, again, true)).toMatchObject({ stored: 0, duplicates: 2 });
    expect(await send(harness, again)).toMatchObject({ stored: 0, duplicates: 2 });
    const captured = await harness.call("memory.capture", {
      project: "/p",
      session: "fork",
      turns: [said("a", "the oar is of ash")],
    });
    expect(captured).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await texts(harness)).toEqual(["the oar is of ash"]);
  });

  it.each([false, true])(
    "is another one where a host gives each session the same ids (after a restart: %s)",
    async (isRestarted) => {
      let harness = await openHarness();
      await send(harness, [turn("1", "hoist the jib")]);
      if (isRestarted) {
        harness = harness.restarted();
        await harness.unlock();
      }
      const other = [
        turn("1", "strike the jib", { session: "t" }),
        turn("1", "strike the jib", { session: "t" }),
      ];
      expect(await send(harness, other, true)).toMatchObject({ stored: 1, duplicates: 1 });
      expect(await send(harness, other)).toMatchObject({ stored: 1, duplicates: 1 });
      expect(
        await send(harness, [...other, turn("1", "strike the jib at night", { session: "t" })]),
      ).toMatchObject({ duplicates: 3 });
      const more = turn("1", "reef the jib", { session: "u" });
      expect(await send(harness, [more, more, turn("2", "x", { session: "u" })])).toMatchObject({
        stored: 2,
        duplicates: 1,
      });
      expect(await texts(harness)).toEqual(["hoist the jib", "reef the jib", "strike the jib", "x"]);
    },
  );

  it("is told in a dry run as it is in an import, over many batches", async () => {
    const harness = await openHarness();
    const entries = Array.from({ length: 500 }, (_, index) =>
      turn(String(index % 90), `words ${index % 140}`, { session: `s${index % 3}` }),
    );
    const dry = await send(harness, entries, true);
    expect(await send(harness, entries)).toEqual(dry);
  });

  it("is known when its folder goes by another name since", async () => {
    const harness = await openHarness();
    await send(harness, [turn("a", "the oar"), turn("b", "the rowlock")]);
    await harness.call("memory.capture", { project: "/old", session: "s", turns: [said("c", "the thole")] });
    const moved = [
      turn("a", "the oar"),
      turn("b", "the rowlock"),
      turn("c", "the thole"),
      turn("d", "the keel"),
    ];
    const result = await send(
      harness,
      moved.map((entry) => ({ ...entry, project: "/new" })),
    );
    expect(result).toMatchObject({ stored: 1, duplicates: 3, elsewhere: 3 });
    const again = await send(
      harness,
      [...moved.slice(3), ...moved.slice(0, 1)].map((entry) => ({ ...entry, project: "/new" })),
      true,
    );
    expect(again).toMatchObject({ stored: 0, duplicates: 2, elsewhere: 1 });
    expect(await send(harness, [turn("a", "the oar")])).not.toHaveProperty("elsewhere");
    const others = [
      turn("a", "another text", { project: null }),
      turn("a", "the oar", { project: "/q", session: "t" }),
    ];
    expect(await send(harness, others)).toMatchObject({ stored: 2 });
  });

  it("is one of each project to clients: none takes the place of another's, nor meets it", async () => {
    const harness = await openHarness();
    const hand = (project: string) =>
      harness.call(
        "memory.capture",
        { project, session: "s", turns: [said("a", "the oar")] },
        { client: clientOf("limited", [project]) },
      );
    expect(await hand("/p")).toMatchObject({ stored: 1 });
    expect(await hand("/q")).toMatchObject({ stored: 1 });
    expect(await hand("/q")).toMatchObject({ stored: 0, duplicates: 1 });
  });

  it("is stored anew when its record is damaged", async () => {
    const harness = await openHarness();
    await send(harness, [turn("a", "the oar")]);
    const [id = ""] = harness.disk.records.memory.keys();
    harness.disk.damaged.add(id);
    const again = harness.restarted();
    await again.unlock();
    expect(await send(again, [turn("a", "the oar")])).toMatchObject({ stored: 1, duplicates: 0 });
  });

  it("is met by what nobody vouches for, which else keeps an id of its own", async () => {
    const sealed = await sealedHarness();
    await sealed.call("memory.capture", { project: "/p", session: "s", turns: [said("a", "the oar")] });
    const [waiting] = [...sealed.disk.inbox.values()];
    const forged = (messageId: string, session: string, text: string) => {
      const captured = decodeCaptured(waiting!.plaintext);
      return encodeCaptured({ ...captured, session, turn: { ...captured.turn, messageId, text } });
    };
    await sealed.unlock();
    const after = sealed.restarted();
    after.disk.addWaiting(forged("a", "s", "forged oar"), false);
    after.disk.addWaiting(forged("a", "fork", "the oar"), false);
    after.disk.addWaiting(forged("b", "s", "forged keel"), false);
    await after.unlock();
    expect(await texts(after)).toEqual(["forged keel", "the oar"]);
    expect(await send(after, [turn("b", "the keel")])).toMatchObject({ stored: 1 });
  });
});

describe("a file of a transcript", () => {
  const cases = (name: string) => fixture(`cases/${name}.jsonl`);

  it.each([
    [["bg-original", "bg-copy"]],
    [["bg-copy", "bg-original"]],
    [["bg-copy", "bg-copy", "bg-original"]],
  ])("gives each message once: %s", async (names) => {
    const [one, separate] = [await openHarness(), await openHarness()];
    expect(await sendFiles(one, names.map(cases))).toMatchObject({ stored: 5 });
    for (const name of names) await sendFiles(separate, [cases(name)]);
    expect(await texts(separate)).toEqual(await texts(one));
  });

  it.each([[["fork-1", "fork-2"]], [["fork-2", "fork-1"]]])("of the real program: %s", async (names) => {
    const harness = await openHarness();
    const files = names.map((name) => fixture(`claude-code/${name}.jsonl`));
    const uuids = names.flatMap((name) =>
      (JSON.parse(fixture(`claude-code/${name}.turns.json`).toString()) as { uuid: string }[]).map(
        ({ uuid }) => uuid,
      ),
    );
    expect((await sendFiles(harness, files)).stored).toBe(new Set(uuids).size);
    expect((await texts(harness)).length).toBeLessThan(uuids.length);
  });

  it("gives the later text of an answer when it has grown", async () => {
    const harness = await openHarness();
    expect(await sendFiles(harness, [cases("growing-answer-1")])).toMatchObject({ stored: 2 });
    expect(await sendFiles(harness, [cases("growing-answer-2")])).toMatchObject({ stored: 2, duplicates: 2 });
    expect(await sendFiles(harness, [cases("growing-answer-2")])).toMatchObject({ stored: 0, duplicates: 4 });
  });

  it("has each line counted once, whatever it gives", async () => {
    const harness = await openHarness();
    const long = "a line of words\n".repeat(10_000);
    const both = [typed("one", { uuid: "1" }), typed("two", { uuid: "2" })].map((line) =>
      JSON.stringify(line),
    );
    const file = Buffer.from(`${JSON.stringify(typed(long, { uuid: "0" }))}\n{"torn${both.join("")}\n`);
    expect(await sendFiles(harness, [file])).toMatchObject({
      stored: 5,
      lines: { stored: 2, known: 0, forgotten: 0 },
    });
    expect(await sendFiles(harness, [file])).toMatchObject({
      duplicates: 5,
      lines: { stored: 0, known: 2, forgotten: 0 },
    });
    const grown = Buffer.from(`${both.join("")}${JSON.stringify(typed("three", { uuid: "3" }))}\n`);
    expect(await sendFiles(harness, [file, grown])).toMatchObject({
      stored: 1,
      lines: { stored: 1, known: 2, forgotten: 0 },
    });
    const { memories } = await harness.call("memory.recent", { kind: "turn" });
    const ids = memories.filter(({ text }) => text === "one" || text === "two").map(({ id }) => id);
    for (const id of ids) await harness.call("memory.forget", { ids: [id] });
    expect(await sendFiles(harness, [file])).toMatchObject({
      duplicates: 3,
      forgotten: 2,
      lines: { stored: 0, known: 1, forgotten: 1 },
    });
    const entries = [
      turn("7", "seven"),
      turn("8", "", { sameLine: true }),
      turn("9", ""),
      turn("10", "ten", { sameLine: true }),
    ];
    expect(await send(harness, entries)).toMatchObject({
      stored: 2,
      rejected: 2,
      lines: { stored: 2, known: 0, forgotten: 0 },
    });
  });
});

/** Puts a turn where version 0.1.0 put it. */
async function storeAsBefore(
  harness: Harness,
  messageId: string,
  text: string,
  more: Partial<StoredMemory> & { readonly session?: string; readonly project?: string | null } = {},
): Promise<void> {
  const { session = "s-1", project = "/p" } = more;
  const scope = project === null ? [] : [utf8(project)];
  const vault = harness.door.opened();
  const id = vault.deriveId(utf8("turn"), utf8(session), utf8(messageId), ...scope);
  const stored = {
    ...storedNote(text),
    kind: "turn" as const,
    trust: "imported" as const,
    ...more,
    session,
    project,
  };
  await vault.write([{ type: "put", keyspace: "memory", id, plaintext: encodeMemory(stored) }]);
}

async function openedAgain(harness: Harness): Promise<Harness> {
  const again = harness.restarted();
  await again.unlock();
  return again;
}

describe("a vault that version 0.1.0 filled", () => {
  const file = jsonLines(
    typed("Which rope for the skiff?", { uuid: "u1" }),
    answered("m1", "Let me look at the chandler's list.", { uuid: "a1", at: 1 }),
    answered("m1", { type: "tool_use", id: "t", name: "Read", input: {} }, { uuid: "a2", at: 2 }),
    answered("m1", "Three-strand polyester, 10 mm.", { uuid: "a3", at: 3 }),
    typed("Thanks", { uuid: "u2", at: 4 }),
  );
  const joined = "Let me look at the chandler's list.\n\nThree-strand polyester, 10 mm.";

  it.each(["/p", null])("holds nothing twice, with its joined answers (project %s)", async (project) => {
    const before = await openHarness();
    await storeAsBefore(before, "u1", "Which rope for the skiff?", { project });
    await storeAsBefore(before, "a1", joined, { project });
    await storeAsBefore(before, "u2", "Thanks", { project });
    const harness = await openedAgain(before);
    expect(await sendFiles(harness, [file], project)).toMatchObject({ stored: 0, duplicates: 4 });
    const captured = { project, session: "s-1", turns: [said("u2", "Thanks"), said("u3", "Good night")] };
    expect(await harness.call("memory.capture", captured)).toMatchObject({ stored: 1, duplicates: 1 });
  });

  it("gets what it never stored of an answer that has grown since", async () => {
    const before = await openHarness();
    await storeAsBefore(before, "a1", "Let me look at the chandler's list.");
    const harness = await openedAgain(before);
    expect(await sendFiles(harness, [file])).toMatchObject({ stored: 3, duplicates: 1 });
    expect(await texts(harness)).toContain("Three-strand polyester, 10 mm.");
    expect(await sendFiles(harness, [file])).toMatchObject({ stored: 0, duplicates: 4 });
  });

  it("holds nothing twice where its folder went by another name", async () => {
    const before = await openHarness();
    for (const [id, text] of [
      ["u1", "Which rope for the skiff?"],
      ["a1", joined],
      ["u2", "Thanks"],
    ] as const)
      await storeAsBefore(before, id, text, { project: "/srv/none/skiff/.bare" });
    const harness = await openedAgain(before);
    expect(await sendFiles(harness, [file], "/srv/none/skiff")).toMatchObject({ stored: 0, duplicates: 4 });
  });

  it("holds nothing twice of long texts and of joined ones that were cut into parts", async () => {
    const long = "a strand of polyester\n".repeat(7_000);
    const before = await openHarness();
    const whole = `Short.\n\n${long}`;
    const entries = async (text: string, uuid: string) =>
      (await readFile(jsonLines(typed(text, { uuid })))).entries;
    for (const { messageId = "", text } of [...(await entries(long, "u1")), ...(await entries(whole, "a1"))])
      await storeAsBefore(before, messageId, text);
    const harness = await openedAgain(before);
    const grown = jsonLines(
      typed(long, { uuid: "u1" }),
      answered("m1", "Short.", { uuid: "a1" }),
      answered("m1", long, { uuid: "a2" }),
    );
    expect(await sendFiles(harness, [grown])).toMatchObject({ stored: 0 });
    const other = answered("m1", `${long}!`, { uuid: "a3" });
    const more = Buffer.concat([grown, jsonLines(other)]);
    expect((await sendFiles(harness, [more])).stored).toBeGreaterThan(0);
  });

  it("holds nothing twice of forks, named or not", async () => {
    const before = await openHarness();
    await storeAsBefore(before, "u1", "Which rope?", { session: "s-0" });
    await storeAsBefore(before, "b1", "Which paint?", { session: "s-0" });
    await storeAsBefore(before, "b1", "Which paint?", { session: "s-9" });
    const harness = await openedAgain(before);
    const forks = jsonLines(
      typed(
        "Which rope?",
        { uuid: "f1", session: "s-7" },
        { forkedFrom: { sessionId: "s-0", messageUuid: "u1" } },
      ),
      typed("Which paint?", { uuid: "b1", session: "s-9" }),
      typed("Which paint?", { uuid: "b1", session: "s-0" }),
    );
    expect(await sendFiles(harness, [forks])).toMatchObject({ stored: 0, duplicates: 3 });
  });

  it("marks no turn as there for its damaged record", async () => {
    const before = await openHarness();
    await storeAsBefore(before, "a1", joined);
    for (const id of before.disk.records.memory.keys()) before.disk.damaged.add(id);
    const harness = await openedAgain(before);
    expect(await sendFiles(harness, [file])).toMatchObject({ stored: 4 });
  });
});

describe("a message that a client limited to another project made up", () => {
  it("keeps out none that says only a part of it", async () => {
    const harness = await openHarness();
    const made = { session: "s", project: "/q", turns: [said("u", "1000 4711 9999")] };
    await harness.call("memory.capture", made, { client: clientOf("mcp", ["/q"]) });
    expect(await send(harness, [turn("u", "4711")])).toMatchObject({ stored: 1, duplicates: 0 });
  });
});

describe("a file of keepsake's own", () => {
  it("speaks for no other file: its lines are of no section, and its marks are no entries", async () => {
    const harness = await openHarness();
    const section = { source: "/home/ada/ops.md", headings: ["Deploy"] };
    const note = { kind: "note", text: "# Deploy\n\nmade up", project: "/p", at: AT, section };
    const lines = [
      { mark: "coming", source: section.source },
      note,
      { mark: "whole", source: section.source },
    ];
    const stream = () => chunks(...lines.map((line) => `${JSON.stringify(line)}\n`));
    const own = await harness.call("data.import", { format: "keepsake" }, { stream: stream() });
    expect(own).toMatchObject({ stored: 1, rejected: 2 });
    const real = { ...note, text: "# Deploy\n\nas it is" };
    const file = [lines[0], real, lines[2]].map((line) => `${JSON.stringify(line)}\n`);
    const read = await harness.call("data.import", { format: "markdown" }, { stream: chunks(...file) });
    expect(read).toMatchObject({ stored: 1 });
    expect(await texts(harness)).toContain("# Deploy\n\nas it is");
  });
});
