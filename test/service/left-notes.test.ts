/** Notes that the person saves while the vault is locked: they wait in the inbox and become what a save would have stored. */
import { describe, expect, it } from "vitest";
import { concatBytes, fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { encodeLeftNote } from "../../src/protocol/note-in-inbox.ts";
import { expectCode } from "../support/codes.ts";
import { openHarness, said, sealedHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const waiting = { waiting: 1 };
const recent = async (harness: Harness) =>
  (await harness.call("memory.recent", { limit: 100 })).memories.toSorted((a, b) =>
    a.text.localeCompare(b.text),
  );

describe("a note saved while the vault is locked", () => {
  it("waits, and becomes the note that a save would have stored, by whom and when it was saved", async () => {
    const harness = await sealedHarness();
    const full = { text: "A: labels of 34 px 🎈", project: "/p", tags: ["panel"], pinned: true, muted: true };
    const at = { at: "2026-04-30T09:00:00+02:00", expiresAt: "2027-01-01T00:00:00Z" };
    expect(await harness.answer("memory.leave", { ...full, ...at })).toEqual(waiting);
    expect(await harness.answer("memory.leave", { text: "B: plain" })).toEqual(waiting);
    expect((await harness.call("vault.status", {})).waiting).toBe(2);
    harness.clock.advance(3_600_000);
    expect(await harness.unlock()).toMatchObject({ drained: 2, unverified: 0 });
    expect(await recent(harness)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-z]{26}$/),
        kind: "note",
        ...full,
        at: "2026-04-30T07:00:00.000Z",
        expiresAt: "2027-01-01T00:00:00.000Z",
        savedAt: "2026-05-01T12:00:00.000Z",
        source: "cli",
        trust: "user",
      },
      {
        id: expect.any(String),
        kind: "note",
        text: "B: plain",
        project: null,
        tags: [],
        pinned: false,
        at: "2026-05-01T12:00:00.000Z",
        savedAt: "2026-05-01T12:00:00.000Z",
        source: "cli",
        trust: "user",
      },
    ]);
    expect((await harness.call("memory.search", { query: "labels" })).hits).toHaveLength(1);
  });

  it("waits without its secrets, unless the person keeps them, and nobody else's word for that counts", async () => {
    const harness = await sealedHarness();
    const token = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R";
    const unsealed = () =>
      [...harness.disk.inbox.values()].map(({ plaintext }) => fromUtf8(plaintext)).join();
    expect(await harness.answer("memory.leave", { text: `A: ${token}` })).toEqual({
      ...waiting,
      redacted: 1,
    });
    expect(unsealed()).not.toContain(token);
    const kept = await harness.answer("memory.leave", { text: `B: ${token}`, keepSecrets: true });
    expect(kept).toEqual({ ...waiting, keptSecrets: 1 });
    const note = { text: `C: ${token}`, tags: [], pinned: false, at: 0 };
    const forged = { project: null, source: "cli", receivedAt: 0, keepSecrets: true, note } as const;
    harness.disk.addWaiting(encodeLeftNote(forged), false);
    await harness.unlock();
    const texts = (await recent(harness)).map(({ text }) => text);
    expect(texts).toEqual(["A: [redacted: GitHub token]", `B: ${token}`, "C: [redacted: GitHub token]"]);
    const saved = await harness.answer("memory.leave", { text: `D: ${token}`, keepSecrets: true });
    expect(saved).toMatchObject({ waiting: 0, keptSecrets: 1 });
    expect((await recent(harness)).at(-1)).not.toHaveProperty("keepSecrets");
  });

  it("is stored once, also when a crash comes behind the write, and beside turns", async () => {
    const harness = await sealedHarness();
    await harness.answer("memory.leave", { text: "once" });
    await harness.call("memory.capture", { session: "s", turns: [said("m", "a turn")] });
    harness.disk.hooks.afterWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await harness.unlock();
    harness.disk.hooks = {};
    const after = harness.restarted();
    await after.unlock();
    expect((await recent(after)).map(({ text }) => text)).toEqual(["a turn", "once"]);
  });

  it("is nobody's when nobody vouches for it, and takes no id that it names", async () => {
    const first = await openHarness();
    const id = await first.save("The winch is oiled.");
    await first.call("memory.forget", { ids: [await first.save("gone")] });
    const harness = first.restarted();
    const note = { text: "planted", tags: [], pinned: true, at: 0 };
    harness.disk.addWaiting(encodeLeftNote({ project: null, source: "cli", receivedAt: 0, note }), false);
    expect(await harness.unlock()).toMatchObject({ drained: 1, unverified: 1 });
    const planted = (await recent(harness)).find(({ text }) => text === "planted");
    expect(planted).toMatchObject({ trust: "unverified", source: "(unknown)" });
    expect(planted?.id).not.toBe(id);
  });

  it("is refused with a time that a save would refuse, and leaves nothing", async () => {
    const harness = await sealedHarness();
    for (const times of [{ at: "2027-05-01T12:00:00Z" }, { expiresAt: "2026-04-01T12:00:00Z" }])
      await expectCode(harness.call("memory.leave", { text: "x", ...times }), "INVALID_PARAMS");
    const gone = new AbortController();
    gone.abort();
    await expect(harness.call("memory.leave", { text: "x" }, { signal: gone.signal })).rejects.toThrow();
    expect((await harness.call("vault.status", {})).waiting).toBe(0);
  });

  it("is stored at once in an open vault", async () => {
    const harness = await openHarness();
    const { id, waiting: left } = await harness.call("memory.leave", { text: "open", project: "/p" });
    expect([left, (await recent(harness))[0]]).toMatchObject([
      0,
      { id, text: "open", project: "/p", trust: "user" },
    ]);
  });

  it("of a layout that this version does not know waits on", async () => {
    const harness = await sealedHarness();
    harness.disk.addWaiting(concatBytes(Uint8Array.of(2), utf8('{"project":null,"colour":"blue"}')));
    harness.disk.addWaiting(concatBytes(Uint8Array.of(3), utf8("{}")));
    expect(await harness.unlock()).toMatchObject({ drained: 0 });
    expect((await harness.call("vault.status", {})).waiting).toBe(2);
  });

  it("has a layout that does not change", () => {
    const note = { text: "x", tags: ["t"], pinned: false, at: 1, expiresAt: 2 };
    const bytes = encodeLeftNote({ project: "/p", source: "cli", receivedAt: 3, note });
    expect([bytes[0], Buffer.from(bytes.subarray(1)).toString()]).toEqual([
      2,
      '{"project":"/p","source":"cli","receivedAt":3,"note":{"text":"x","tags":["t"],"pinned":false,"at":1,"expiresAt":2}}',
    ]);
  });
});
