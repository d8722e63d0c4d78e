import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { START } from "../support/fake-clock.ts";
import { expectCode } from "../support/codes.ts";
import { openHarness, said } from "./harness.ts";

describe("memory.save", () => {
  it("stores what it is given and finds it at once", async () => {
    const harness = await openHarness();
    const id = await harness.save("The door code is 4711", {
      project: "/work/house",
      tags: ["door", "code"],
      pinned: true,
      at: "2026-04-30T10:00:00+02:00",
      expiresAt: "2026-12-24T18:00:00Z",
    });
    const { hits, more, complete } = await harness.call("memory.search", { query: "door code" });
    expect({ more, complete }).toEqual({ more: false, complete: true });
    expect(hits).toEqual([
      {
        id,
        kind: "note",
        text: "The door code is 4711",
        project: "/work/house",
        source: "cli",
        tags: ["door", "code"],
        at: "2026-04-30T08:00:00.000Z",
        savedAt: new Date(START).toISOString(),
        expiresAt: "2026-12-24T18:00:00.000Z",
        pinned: true,
        trust: "user",
        score: hits[0]?.score,
        snippet: "The door code is 4711",
      },
    ]);
  });

  it("belongs to no project, has the time of its saving and no expiry unless told", async () => {
    const harness = await openHarness();
    const id = await harness.save("plain");
    const { memories } = await harness.call("memory.get", { ids: [id] });
    expect(memories).toEqual([
      {
        id,
        kind: "note",
        text: "plain",
        project: null,
        source: "cli",
        tags: [],
        at: new Date(START).toISOString(),
        savedAt: new Date(START).toISOString(),
        pinned: false,
        trust: "user",
      },
    ]);
  });

  it("answers only once the memory is durable", async () => {
    const harness = await openHarness();
    let isDurable = false;
    harness.disk.hooks.afterWrite = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      isDurable = true;
    };
    await harness.save("slow");
    expect(isDurable).toBe(true);
  });

  it("is not found when its write failed, and the next one is stored", async () => {
    const harness = await openHarness();
    harness.disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("DISK_FULL");
    };
    await expectCode(harness.save("lost words"), "DISK_FULL");
    harness.disk.hooks = {};
    expect(await harness.found("lost words")).toEqual([]);
    const id = await harness.save("kept words");
    expect(await harness.found("words")).toEqual([id]);
  });

  it("supersedes a note on request, and the chain knows both", async () => {
    const harness = await openHarness();
    const old = await harness.save("the colour is red");
    const id = await harness.save("the colour is blue", { supersedes: old });
    expect(await harness.found("colour")).toEqual([id]);
    const { memories } = await harness.call("memory.get", { ids: [id] });
    expect(memories[0]).toMatchObject({ supersedes: old });
    expect(memories[0]?.versions?.map((version) => version.id)).toEqual([old, id]);
    expect(memories[0]?.versions?.[0]).toMatchObject({ supersededBy: id });
  });

  it("supersedes the newest version, whichever is named", async () => {
    const harness = await openHarness();
    const first = await harness.save("colour one");
    const second = await harness.save("colour two", { supersedes: first });
    const third = await harness.save("colour three", { supersedes: first });
    const { memories } = await harness.call("memory.get", { ids: [third] });
    expect(memories[0]).toMatchObject({ supersedes: second });
    expect(await harness.found("colour")).toEqual([third]);
  });

  it("supersedes a captured turn", async () => {
    const harness = await openHarness();
    await harness.call("memory.capture", { session: "s", turns: [said("m", "the train leaves at noon")] });
    const [old = ""] = await harness.found("train");
    const id = await harness.save("the train leaves at one", { supersedes: old });
    expect(await harness.found("train leaves")).toEqual([id]);
  });

  it("says NOT_FOUND for a memory to supersede that is not there, and stores nothing", async () => {
    const harness = await openHarness();
    const unknown = "0".repeat(26);
    await expectCode(harness.save("new", { supersedes: unknown }), "NOT_FOUND");
    expect(harness.disk.batches).toEqual([]);
  });

  it("refuses times that could not be written back", async () => {
    const harness = await openHarness();
    for (const at of ["0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"]) {
      await expectCode(harness.save("text", { at }), "INVALID_PARAMS");
    }
    await harness.save("the first", { at: "0000-01-01T00:00:00Z" });
    const { memories } = await harness.call("memory.recent", {});
    expect(memories.map(({ at }) => at)).toEqual(["0000-01-01T00:00:00.000Z"]);
  });

  it("refuses a time that lies ahead: it would be the newest for good", async () => {
    const harness = await openHarness();
    const now = harness.clock.now();
    for (const at of [new Date(now + 61_000).toISOString(), "9999-12-31T23:59:59.999Z"]) {
      await expectCode(harness.save("text", { at }), "INVALID_PARAMS");
    }
    await harness.save("in a moment", { at: new Date(now + 60_000).toISOString() });
    const { memories } = await harness.call("memory.recent", {});
    expect(memories.map(({ text }) => text)).toEqual(["in a moment"]);
  });

  it("writes nothing once its caller is gone", async () => {
    const harness = await openHarness();
    const gone = new AbortController();
    gone.abort(new KeepsakeError("CANCELLED"));
    const id = await harness.save("colour");
    const call = { signal: gone.signal };
    const batches = harness.disk.batches.length;
    await expectCode(harness.call("memory.save", { text: "x" }, call), "CANCELLED");
    await expectCode(harness.call("memory.save", { text: "x", supersedes: id }, call), "CANCELLED");
    await expectCode(harness.call("memory.update", { id, text: "x" }, call), "CANCELLED");
    await expectCode(harness.call("memory.forget", { ids: [id] }, call), "CANCELLED");
    await expectCode(
      harness.call("memory.capture", { session: "s", turns: [said("m", "x")] }, call),
      "CANCELLED",
    );
    expect(harness.disk.batches.length).toBe(batches);
    const sealed = harness.restarted();
    await expectCode(
      sealed.call("memory.capture", { session: "s", turns: [said("m", "x")] }, call),
      "CANCELLED",
    );
    expect(harness.disk.inbox.size).toBe(0);
  });
});
