import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { splitLines } from "../../src/base/lines.ts";
import { expectCode } from "../support/codes.ts";
import { encodeMemory } from "../../src/service/memory-codec.ts";
import { storedNote } from "./fixtures.ts";
import { chunks, clientOf, gate, openHarness, settle } from "./harness.ts";
import type { Harness } from "./harness.ts";

const AT = "2026-05-01T10:00:00Z";

function note(text: string, fields: object = {}): string {
  return `${JSON.stringify({ kind: "note", text, project: null, at: AT, ...fields })}\n`;
}

function send(harness: Harness, ...parts: (string | Uint8Array)[]) {
  const params = { format: "keepsake", ownExport: true };
  return harness.call("data.import", params, { stream: chunks(...parts) });
}

/** A stream that gives its lines and ends when it may. */
async function* held(lines: string, mayEnd: Promise<void>) {
  yield utf8(lines);
  await mayEnd;
}

async function texts(harness: Harness): Promise<string[]> {
  const { memories } = await harness.call("memory.recent", { limit: 100, includeSuperseded: true });
  return memories.map(({ text }) => text).toSorted();
}

describe("an import", () => {
  it("stores every entry with what it says and where it came from", async () => {
    const harness = await openHarness();
    const full = {
      kind: "turn",
      project: "/p",
      session: "s",
      messageId: "m",
      role: "assistant",
      speaker: "Ada",
      tags: ["t"],
      expiresAt: "2027-01-01T00:00:00Z",
      pinned: true,
    };
    const result = await send(harness, note("lighthouse"), note("two", full));
    expect(result).toEqual({ stored: 2, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] });
    const { memories } = await harness.call("memory.recent", {});
    const two = memories.find(({ text }) => text === "two");
    expect(two).toEqual({
      id: two?.id,
      kind: "turn",
      text: "two",
      project: "/p",
      session: "s",
      role: "assistant",
      speaker: "Ada",
      source: "keepsake",
      tags: ["t"],
      at: "2026-05-01T10:00:00.000Z",
      savedAt: "2026-05-01T12:00:00.000Z",
      expiresAt: "2027-01-01T00:00:00.000Z",
      pinned: true,
      trust: "imported",
    });
    expect(await harness.found("lighthouses")).toHaveLength(1);
  });

  it("pins nothing that is no export of the person's own", async () => {
    const harness = await openHarness();
    const lines = note("stand at the top", { pinned: true });
    for (const format of ["keepsake", "markdown"])
      await harness.call("data.import", { format }, { stream: chunks(lines) });
    const { memories } = await harness.call("memory.recent", {});
    expect(memories).toEqual([expect.objectContaining({ text: "stand at the top", pinned: false })]);
  });

  it("reads lines wherever the stream is cut, also inside a character", async () => {
    const bytes = utf8(`${note("ä€🎈")}\r\n\n${note("two")}${note("three").trimEnd()}`);
    for (let size = 1; size < 40; size++) {
      const harness = await openHarness();
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, position) =>
        bytes.subarray(position * size, (position + 1) * size),
      );
      expect(await send(harness, ...parts)).toMatchObject({ stored: 3, rejected: 0 });
      expect(await texts(harness)).toEqual(["three", "two", "ä€🎈"]);
    }
  });

  it("counts and names bad lines, stores the others and quotes nothing", async () => {
    const harness = await openHarness();
    const bad = [
      "not json canary\n",
      '{"kind":"note"}\n',
      note("canary", { source: "forged" }),
      note("canary", { trust: "user" }),
      note("canary", { savedAt: AT }),
      note("canary", { at: "yesterday" }),
      note("canary", { at: "0000-01-01T00:00:00+01:00" }),
      note("x".repeat(LIMITS.textBytes + 1)),
      note(""),
      note("canary", { id: "not-an-id" }),
      note("canary", { messageId: "\ud800" }),
      `${JSON.stringify({ kind: "note", text: "\ud800", project: null, at: AT })}\n`,
      '{"__proto__":{"kind":"note"},"kind":"note","text":"canary","project":null,"at":"2026-05-01T10:00:00Z"}\n',
      `${"[".repeat(100_000)}\n`,
      "null\n",
    ];
    const result = await send(harness, note("first"), ...bad, Uint8Array.of(0xff, 0x0a), note("last"));
    expect(result).toMatchObject({ stored: 2, rejected: bad.length + 1 });
    expect(result.rejectedLines).toEqual(
      Array.from({ length: bad.length + 1 }, (_, position) => position + 2),
    );
    expect(harness.log.join("")).not.toContain("canary");
    expect(await texts(harness)).toEqual(["first", "last"]);
    expect(({} as Record<string, unknown>)["kind"]).toBeUndefined();
  });

  it("names the numbers of bad lines past blank ones, of the first hundred", async () => {
    const harness = await openHarness();
    expect(await send(harness, "\n  \t\r\n", "bad\n", note("good"), "\n", "bad")).toMatchObject({
      stored: 1,
      rejected: 2,
      rejectedLines: [3, 6],
    });
    const many = await send(harness, "bad\n".repeat(150));
    expect(many.rejected).toBe(150);
    expect(many.rejectedLines).toHaveLength(100);
  });

  it("passes over a line that is too long, without keeping it, and goes on behind it", async () => {
    const harness = await openHarness();
    const part = new Uint8Array(LIMITS.frameBytes / 2 + 1).fill(0x78);
    const result = await send(harness, note("first"), part, part, part, "\n", note("last"));
    expect(result).toMatchObject({ stored: 2, rejected: 1, rejectedLines: [2] });
  });

  it("holds nothing of a line that is too long, however long it is", async () => {
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    async function* stream() {
      for (let part = 0; part < 512; part++) {
        yield await Promise.resolve(new Uint8Array(1 << 20).fill(0x78));
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
    }
    const lines: unknown[] = [];
    for await (const each of splitLines(stream(), LIMITS.frameBytes)) lines.push(each);
    expect(lines).toEqual([undefined]);
    expect(most).toBeLessThan(256 << 20);
  });

  it("reads a line of exactly the cap and not one byte more", async () => {
    const read = async (bytes: string) => {
      const lines: (number | undefined)[] = [];
      for await (const each of splitLines(chunks(bytes), 8)) lines.push(each?.length);
      return lines;
    };
    expect(await read("12345678\n123456789\n1234567\n")).toEqual([8, undefined, 7]);
    expect(await read("123456789")).toEqual([undefined]);
    expect(await read("")).toEqual([]);
    expect(await read("\n\n")).toEqual([0, 0]);
  });

  it("splits any bytes, cut anywhere, as a whole split does", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 12 }),
        fc.integer({ min: 0, max: 9 }),
        async (parts, most) => {
          const newlines = parts.map((part) => part.map((byte) => (byte % 4 === 0 ? 0x0a : byte)));
          const expected = Buffer.concat(newlines).toString("latin1").split("\n");
          if (expected.at(-1) === "") expected.pop();
          const lines: (string | undefined)[] = [];
          for await (const line of splitLines(chunks(...newlines), most)) {
            lines.push(line && Buffer.from(line).toString("latin1"));
          }
          expect(lines).toEqual(expected.map((line) => (line.length > most ? undefined : line)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("stores an entry once, however often and in whatever spelling of its time it comes", async () => {
    const harness = await openHarness();
    const turn = { kind: "turn", session: "s", role: "user" };
    const lines = [
      note("one"),
      note("one", { at: "2020-01-01T00:00:00Z", tags: ["other"] }),
      note("said", turn),
      note("said", { ...turn, at: "2026-05-01T12:00:00.000+02:00" }),
    ];
    expect(await send(harness, ...lines)).toMatchObject({ stored: 2, duplicates: 2 });
    expect(await send(harness, ...lines)).toMatchObject({ stored: 0, duplicates: 4 });
    const others = [
      note("one", { project: "/p" }),
      note("one", { kind: "turn" }),
      note("one", { session: "s" }),
      note("one", { role: "user" }),
      note("said", { ...turn, at: "2026-05-01T10:00:01Z" }),
    ];
    expect(await send(harness, ...others)).toMatchObject({ stored: 5, duplicates: 0 });
  });

  it("says what a dry run would store and stores nothing", async () => {
    const harness = await openHarness();
    await send(harness, note("known"));
    const batches = harness.disk.batches.length;
    const lines = [note("known"), note("new"), note("new"), "bad\n"];
    for (let position = 0; position < 600; position++)
      lines.push(note(`new ${position}`), note(`new ${position}`));
    const dry = await harness.call(
      "data.import",
      { format: "keepsake", dryRun: true, ownExport: true },
      { stream: chunks(...lines) },
    );
    expect(dry).toEqual({ stored: 601, duplicates: 602, rejected: 1, circular: 0, rejectedLines: [4] });
    expect(harness.disk.batches.length).toBe(batches);
    expect(await send(harness, ...lines)).toEqual(dry);
  });

  it("keeps the ids of an export of our own, and the links between versions", async () => {
    const harness = await openHarness();
    const [first, second, third] = [newRecordId(), newRecordId(), newRecordId()].toSorted().toReversed();
    const lines = [
      note("version three", { id: third, supersedes: second }),
      note("version one", { id: first }),
      note("version two", { id: second, supersedes: first }),
    ];
    expect(await send(harness, ...lines)).toMatchObject({ stored: 3 });
    expect(await send(harness, ...lines)).toMatchObject({ stored: 0, duplicates: 3 });
    expect(await harness.found("version")).toEqual([third]);
    const { memories } = await harness.call("memory.get", { ids: [first ?? ""] });
    expect(memories[0]?.versions?.map(({ id }) => id)).toEqual([first, second, third]);
    const updated = await harness.call("memory.update", { id: first ?? "", text: "version four" });
    expect(updated.supersedes).toBe(third);
    expect(await harness.found("version")).toEqual([updated.id]);
  });

  it("refuses an entry that supersedes itself", async () => {
    const harness = await openHarness();
    const id = newRecordId();
    expect(await send(harness, note("self", { id, supersedes: id }))).toMatchObject({
      stored: 0,
      rejected: 1,
    });
  });

  it("refuses the entry that would close a circle of versions, in one import or over several", async () => {
    const harness = await openHarness();
    const [a, b, c] = [newRecordId(), newRecordId(), newRecordId()];
    const lines = [
      note("circle a", { id: a, supersedes: b }),
      note("circle b", { id: b, supersedes: c }),
      note("circle c", { id: c, supersedes: a }),
    ];
    const refused = { stored: 2, rejected: 1, circular: 1, rejectedLines: [3] };
    const dryRun = harness.call(
      "data.import",
      { format: "keepsake", dryRun: true, ownExport: true },
      { stream: chunks(...lines) },
    );
    expect(await dryRun).toMatchObject(refused);
    expect(await send(harness, ...lines)).toMatchObject(refused);
    expect(await harness.found("circle")).toEqual([a]);
    expect(await send(harness, lines[2] ?? "")).toMatchObject({ stored: 0, circular: 1 });
    expect(await send(harness, ...lines)).toMatchObject({ duplicates: 2, circular: 1 });
    expect(await send(harness, note("circle c", { id: c }))).toMatchObject({ stored: 1, circular: 0 });
    expect(await harness.found("circle")).toEqual([a]);
  });

  it("never brings a circle, whatever links come in whatever order, and refuses no other", async () => {
    const ids = Array.from({ length: 6 }, () => newRecordId());
    const place = fc.nat(ids.length - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, place, fc.boolean()), { maxLength: 14 }), async (links) => {
        const harness = await openHarness();
        const known = new Map<number, number>();
        for (const [from, to, isNewImport] of links) {
          const isKnown = known.has(from);
          let end = to;
          while (!isKnown && known.has(end)) end = known.get(end) ?? end;
          const line = note(`version ${from}`, { id: ids[from], supersedes: ids[to] });
          const answer = await send(harness, ...(isNewImport ? [line] : [line, line]));
          const isCircular = !isKnown && end === from;
          expect(answer.circular > 0).toBe(isCircular);
          if (!isKnown && !isCircular) known.set(from, to);
        }
        expect(harness.disk.records.memory.size).toBe(known.size);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses a circle whose halves come in two imports at once", async () => {
    const harness = await openHarness();
    const [a, b] = [newRecordId(), newRecordId()];
    const end = gate();
    const half = (line: string) =>
      harness.call(
        "data.import",
        { format: "keepsake", ownExport: true },
        { stream: held(line, end.opened) },
      );
    const halves = [
      half(note("half one", { id: a, supersedes: b })),
      half(note("half two", { id: b, supersedes: a })),
    ];
    await settle();
    end.open();
    const answers = await Promise.all(halves);
    expect(answers.map(({ stored }) => stored).toSorted((one, other) => one - other)).toEqual([0, 1]);
    expect(answers.map(({ circular }) => circular).toSorted((one, other) => one - other)).toEqual([0, 1]);
    expect(await harness.found("half")).toHaveLength(1);
  });

  it.each([1, 300])(
    "has no more trust than what it supersedes, also when that comes %i lines later",
    async (gap) => {
      const harness = await openHarness();
      const [nobodys, older] = [newRecordId(), newRecordId()];
      const [newer, newest] = [newRecordId(), newRecordId()];
      harness.disk.put("memory", nobodys, encodeMemory(storedNote("nobody's", { trust: "unverified" })));
      const next = harness.restarted();
      await next.unlock();
      const filler = Array.from({ length: gap - 1 }, (_, index) => note(`filler ${index}`));
      await send(
        next,
        note("newest", { id: newest, supersedes: newer }),
        note("newer", { id: newer, supersedes: older }),
        ...filler,
        note("older", { id: older, supersedes: nobodys }),
        note("of nobody's", { id: newRecordId() }),
      );
      const { memories } = await next.call("memory.get", { ids: [newest] });
      expect(memories[0]?.versions?.map(({ text, trust }) => [text, trust])).toEqual([
        ["nobody's", "unverified"],
        ["older", "unverified"],
        ["newer", "unverified"],
        ["newest", "unverified"],
      ]);
      const { memories: others } = await next.call("memory.recent", { trust: ["imported"], limit: 1 });
      expect(others).toHaveLength(1);
      next.disk.damaged.add(newer);
      await send(next, note("older", { id: older, supersedes: nobodys }));
      next.disk.hooks.beforeRead = (_keyspace, id) => {
        if (id === newer) throw new TypeError("a bug");
      };
      await expect(send(next, note("older", { id: older, supersedes: nobodys }))).rejects.toThrow(TypeError);
    },
  );

  it("refuses a circle that becomes one when a memory is forgotten in mid-import", async () => {
    const harness = await openHarness();
    const [victim, later] = [newRecordId(), newRecordId()];
    await send(harness, note("the victim", { id: victim }));
    const end = gate();
    const lines = [
      note("koala one", { id: later, supersedes: victim }),
      note("koala two", { id: victim, supersedes: later }),
    ];
    const importing = harness.call(
      "data.import",
      { format: "keepsake", ownExport: true, again: true },
      { stream: held(lines.join(""), end.opened) },
    );
    await settle();
    await harness.call("memory.forget", { ids: [victim] });
    end.open();
    expect(await importing).toMatchObject({ stored: 1, circular: 1, rejectedLines: [2] });
    expect(await harness.found("koala")).toEqual([later]);
  });

  it("follows no chain further than it goes after a memory of it was forgotten between two batches", async () => {
    const harness = await openHarness();
    const [x, m, e] = [newRecordId(), newRecordId(), newRecordId()];
    await send(harness, note("old e", { id: e }), note("old m", { id: m, supersedes: e }));
    await send(harness, note("old x", { id: x, supersedes: m }));
    const filler = Array.from({ length: 249 }, (_, index) => note(`filler ${index}`));
    async function* stream() {
      yield utf8([note("knows the chain", { id: newRecordId(), supersedes: x }), ...filler].join(""));
      await settle();
      await harness.call("memory.forget", { ids: [x] });
      yield utf8(note("anew m", { id: m, supersedes: x }) + note("anew x", { id: x, supersedes: m }));
    }
    const answer = await harness.call(
      "data.import",
      { format: "keepsake", ownExport: true, again: true },
      { stream: stream() },
    );
    expect(answer).toMatchObject({ circular: 1, rejectedLines: [252] });
    expect(await harness.found("anew")).toEqual([m]);
  });

  it("lets others come in between lines that it does not store", async () => {
    const harness = await openHarness();
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await send(harness, "\n".repeat(100_000));
    isDone = true;
    expect(turns).toBeGreaterThan(50);
  });

  it("takes no link of a duplicate, which is not stored, for one of a circle", async () => {
    const harness = await openHarness();
    const [c, d] = [newRecordId(), newRecordId()];
    const lines = [
      note("plain c", { id: c }),
      note("c again", { id: c, supersedes: d }),
      note("plain d", { id: d, supersedes: c }),
    ];
    const expected = { stored: 2, duplicates: 1, rejected: 0, circular: 0 };
    const dryRun = { format: "keepsake", dryRun: true, ownExport: true };
    expect(await harness.call("data.import", dryRun, { stream: chunks(...lines) })).toMatchObject(expected);
    expect(await send(harness, ...lines)).toMatchObject(expected);
  });

  it("adds to chains of versions only when nobody else does", async () => {
    const harness = await openHarness();
    const oldest = newRecordId();
    await send(harness, note("version one", { id: oldest }));
    const write = gate();
    let begun = 0;
    harness.disk.hooks.beforeWrite = () => {
      begun += 1;
      return write.opened;
    };
    const updating = harness.call("memory.update", { id: oldest, text: "version two" });
    await settle();
    const importing = send(harness, note("version zero", { supersedes: newRecordId() }));
    await settle();
    expect(begun).toBe(1);
    const later = harness.call("memory.update", { id: oldest, text: "version three" });
    write.open();
    await Promise.all([updating, importing, later]);
    expect(begun).toBe(3);
  });

  it("does not let a chain fork by bringing its first version while updates wait", async () => {
    const harness = await openHarness();
    const [first, second] = [newRecordId(), newRecordId()];
    await send(harness, note("version two", { id: second, supersedes: first }));
    const gates = [gate(), undefined, gate()];
    const [update1, , update2] = gates;
    harness.disk.hooks.beforeWrite = () => gates.shift()?.opened;
    const update = (text: string) => harness.call("memory.update", { id: second, text });
    const running = [update("version three")];
    await settle();
    const importing = send(harness, note("version one", { id: first }));
    running.push(update("version four"));
    await settle();
    update1?.open();
    await importing;
    await settle();
    running.push(update("version five"));
    await settle();
    update2?.open();
    const updates = await Promise.all(running);
    expect(updates.map(({ supersedes }) => supersedes)).toEqual([second, updates[0]?.id, updates[1]?.id]);
  });

  it("leaves whole batches behind when it is aborted", async () => {
    const harness = await openHarness();
    const abort = new AbortController();
    async function* stream() {
      for (let position = 0; position < 2_000; position++) {
        if (position === 1_250) abort.abort(new KeepsakeError("CANCELLED"));
        yield await Promise.resolve(utf8(note(`entry ${position}`)));
      }
    }
    await expectCode(
      harness.call("data.import", { format: "x" }, { stream: stream(), signal: abort.signal }),
      "CANCELLED",
    );
    expect(harness.disk.records.memory.size).toBe(1_206);
  });

  it("leaves whole batches behind when the stream or a write fails", async () => {
    const harness = await openHarness();
    async function* stream() {
      for (let position = 0; position < 750; position++)
        yield await Promise.resolve(utf8(note(`${position}`)));
      throw new KeepsakeError("CANCELLED");
    }
    await expectCode(harness.call("data.import", { format: "x" }, { stream: stream() }), "CANCELLED");
    expect(harness.disk.records.memory.size).toBe(706);
    harness.disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("DISK_FULL");
    };
    await expectCode(send(harness, note("more")), "DISK_FULL");
    expect(harness.disk.records.memory.size).toBe(706);
    expect(await harness.found("more")).toEqual([]);
  });

  it("writes nothing when it is aborted while it waits for another", async () => {
    const harness = await openHarness();
    const write = gate();
    harness.disk.hooks.beforeWrite = () => write.opened;
    const first = send(harness, note("first"));
    await settle();
    const abort = new AbortController();
    const second = harness.call(
      "data.import",
      { format: "x" },
      { stream: chunks(note("second")), signal: abort.signal },
    );
    await settle();
    abort.abort(new KeepsakeError("CANCELLED"));
    write.open();
    await Promise.all([first, expectCode(second, "CANCELLED")]);
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("keeps batches small when entries are large", async () => {
    const harness = await openHarness();
    const large = Array.from({ length: 40 }, (_, position) => note(`${position} ${"x".repeat(60_000)}`));
    await send(harness, ...large);
    const sizes = harness.disk.batches.map((changes) =>
      changes.reduce((sum, change) => sum + (change.type === "put" ? change.plaintext.length : 0), 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(330_000);
    expect(harness.disk.records.memory.size).toBe(40);
  });

  it("reports how far it is", async () => {
    const harness = await openHarness();
    await send(harness, ...Array.from({ length: 250 }, (_, position) => note(`${position}`)));
    expect(harness.progress.map(({ stage, done }) => [stage, done])).toEqual([
      ["kdf", 1],
      ...[4, 10, 19, 33, 54, 86, 134, 206, 250].map((done) => ["write", done]),
    ]);
  });

  it("gives no id of a file a say unless it is an export of the person's own", async () => {
    const harness = await openHarness();
    const mine = await harness.save("my own words");
    const line = note("another's words", { supersedes: mine, id: newRecordId() });
    const given = { format: "keepsake" };
    const result = await harness.call("data.import", given, { stream: chunks(line) });
    expect(result).toMatchObject({ stored: 1, rejected: 0, unlinked: 1 });
    expect((await harness.found("words")).length).toBe(2);
    const { memories } = await harness.call("memory.get", { ids: [mine] });
    expect(memories[0]).not.toHaveProperty("supersededBy");
    expect(await harness.call("data.import", given, { stream: chunks(line) })).toMatchObject({
      stored: 0,
      duplicates: 1,
    });
    expect(await send(harness, line)).toMatchObject({ stored: 1 });
    expect((await harness.call("memory.get", { ids: [mine] })).memories[0]?.supersededBy).toBeDefined();
  });

  it("is an export of the person's own only when the person says so", async () => {
    const harness = await openHarness();
    const as = { client: clientOf("admin"), stream: chunks(note("x")) };
    await expectCode(
      harness.call("data.import", { format: "keepsake", ownExport: true }, as),
      "SCOPE_DENIED",
    );
    expect(harness.disk.records.memory.size).toBe(0);
  });

  it("stores nothing whose time is over, and counts it", async () => {
    const harness = await openHarness();
    const result = await send(harness, note("late", { expiresAt: "2026-05-01T12:00:00Z" }), note("kept"));
    expect(result).toMatchObject({ stored: 1, rejected: 0, expired: 1 });
    expect(await texts(harness)).toEqual(["kept"]);
  });

  it("takes a stream of nothing", async () => {
    const harness = await openHarness();
    expect(await send(harness)).toEqual({
      stored: 0,
      duplicates: 0,
      rejected: 0,
      circular: 0,
      rejectedLines: [],
    });
    expect(harness.disk.batches).toEqual([]);
  });
});
