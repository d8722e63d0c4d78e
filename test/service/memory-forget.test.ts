import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { createConfirmations } from "../../src/policy/confirmations.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectCode } from "../support/codes.ts";
import { clientOf, openHarness, said, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

const FORGOTTEN = { status: "forgotten", reused: false } as const;

type Forget = Parameters<Harness["call"]>[1] & {
  ids?: string[];
  filter?: object;
  dryRun?: boolean;
  confirmationToken?: string;
  idempotencyKey?: string;
};

function required(result: Result<"memory.forget">) {
  if (result.status !== "confirmation_required") throw new Error(`not asked to confirm: ${result.status}`);
  return result;
}

async function tokenFor(harness: Harness, params: Forget, who = clientOf("cli")): Promise<string> {
  return tokenOf(await harness.call("memory.forget", params, { client: who }));
}

describe("forgetting one memory by id", () => {
  it("needs no confirmation and takes it out of every answer", async () => {
    const harness = await openHarness();
    const id = await harness.save("the secret garden", { tags: ["garden"], project: "/g", pinned: true });
    const kept = await harness.save("the public garden");
    expect(await harness.call("memory.forget", { ids: [id] })).toEqual({ ...FORGOTTEN, count: 1 });
    expect(await harness.found("garden")).toEqual([kept]);
    expect((await harness.call("memory.get", { ids: [id] })).missing).toEqual([id]);
    expect((await harness.call("memory.recent", {})).memories.map((memory) => memory.id)).toEqual([kept]);
    const { projects, tags } = await harness.call("memory.projects", {});
    expect(projects.map(({ project }) => project)).toEqual([null]);
    expect(tags).toEqual([]);
    expect((await harness.call("memory.brief", {})).pinned).toEqual([]);
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("makes a purge due, on the disk only once it is written", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    const open = async () => (await harness.call("vault.status", {})).open;
    expect(await open()).toMatchObject({ purgePending: false });
    harness.disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(harness.call("memory.forget", { ids: [id] }), "WRITE_FAILED");
    harness.disk.hooks = {};
    expect(harness.disk.purgeDueAt).toBeUndefined();
    expect(await harness.found("something")).toEqual([id]);
    await harness.call("memory.forget", { ids: [id] });
    expect(await open()).toMatchObject({ purgePending: true });
  });

  it("forgets all its versions, whichever is named", async () => {
    for (const named of [0, 1, 2]) {
      const harness = await openHarness();
      const ids = [await harness.save("version one")];
      for (const text of ["version two", "version three"]) {
        ids.push((await harness.call("memory.update", { id: ids.at(-1) ?? "", text })).id);
      }
      const id = ids[named] ?? "";
      expect(await harness.call("memory.forget", { ids: [id] })).toEqual({ ...FORGOTTEN, count: 1 });
      expect(harness.disk.records.memory.size).toBe(0);
      expect(await harness.found("version", { includeSuperseded: true })).toEqual([]);
    }
  });

  it("forgets a damaged memory, also after a restart", async () => {
    const first = await openHarness();
    const damaged = await first.save("broken");
    const later = await first.save("broken later");
    first.clock.advance(5_000);
    first.disk.damaged.add(damaged);
    const harness = first.restarted();
    await harness.unlock();
    await harness.found("anything");
    first.disk.damaged.add(later);
    for (const id of [damaged, later]) {
      expect(await harness.call("memory.forget", { ids: [id] })).toEqual({ ...FORGOTTEN, count: 1 });
    }
    expect(harness.disk.records.memory.size).toBe(0);
    expect((await harness.call("vault.status", {})).open?.damage?.damagedCount).toBe(0);
  });

  it("says NOT_FOUND for what is not there, and forgets nothing of what is named with it", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    await expectCode(harness.call("memory.forget", { ids: ["0".repeat(26)] }), "NOT_FOUND");
    await expectCode(harness.call("memory.forget", { ids: [id, "0".repeat(26)] }), "NOT_FOUND");
    expect(harness.disk.records.memory.size).toBe(1);
    expect(harness.disk.batches.length).toBe(1);
  });

  it("passes other failures of the disk on", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    harness.disk.hooks.beforeRead = () => {
      throw new KeepsakeError("VAULT_DAMAGED");
    };
    await expectCode(harness.call("memory.forget", { ids: [id] }), "VAULT_DAMAGED");
    await expectCode(
      harness.call("memory.forget", { ids: [id] }, { client: clientOf("limited", ["/p"]) }),
      "VAULT_DAMAGED",
    );
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("wants either ids or a filter", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    await expectCode(harness.call("memory.forget", {}), "INVALID_PARAMS");
    await expectCode(harness.call("memory.forget", { ids: [id], filter: {} }), "INVALID_PARAMS");
    expect(await harness.found("something")).toEqual([id]);
  });
});

describe("forgetting more", () => {
  async function three(options = {}) {
    const harness = await openHarness(options);
    const ids = [
      await harness.save("apple", { tags: ["fruit"] }),
      await harness.save("pear", { tags: ["fruit"] }),
      await harness.save("leek"),
    ];
    return { harness, ids };
  }

  it("first says what it would do and changes nothing, then does it", async () => {
    const { harness, ids } = await three();
    const asked = required(await harness.call("memory.forget", { ids }));
    expect(asked).toMatchObject({
      operation: "memory.forget",
      description: "forget 3 memories with all versions",
      targetCount: 3,
      expiresInSeconds: 300,
    });
    expect(harness.disk.records.memory.size).toBe(3);
    const { confirmationToken } = asked;
    expect(await harness.call("memory.forget", { ids, confirmationToken })).toEqual({
      ...FORGOTTEN,
      count: 3,
    });
    expect(harness.disk.records.memory.size).toBe(0);
  });

  it("asks for a filter too, even when one memory passes it, and never quotes stored text", async () => {
    const { harness } = await three();
    const filter = { tags: ["fruit"] };
    const asked = required(await harness.call("memory.forget", { filter }));
    expect(asked.targetCount).toBe(2);
    expect(JSON.stringify(asked)).not.toMatch(/apple|pear|fruit/);
    const { confirmationToken } = asked;
    await harness.call("memory.forget", { filter, confirmationToken });
    expect(await harness.found("apple pear leek")).toHaveLength(1);
    const one = required(await harness.call("memory.forget", { filter: {} }));
    expect(one.description).toBe("forget 1 memory with all versions");
  });

  it("counts memories, and forgets their versions with them", async () => {
    const { harness, ids } = await three();
    const [id = ""] = ids;
    const { id: newer } = await harness.call("memory.update", { id, text: "apple pie" });
    const params = { ids: [id, newer, ids[1] ?? ""] };
    const asked = required(await harness.call("memory.forget", params));
    expect(asked.targetCount).toBe(2);
    const { confirmationToken } = asked;
    expect(await harness.call("memory.forget", { ...params, confirmationToken })).toEqual({
      ...FORGOTTEN,
      count: 2,
    });
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("neither counts nor names what has expired, which is forgotten already", async () => {
    const { harness } = await three();
    const id = await harness.save("gone", { tags: ["old"], expiresAt: "2026-05-01T12:00:01Z" });
    harness.clock.advance(5_000);
    const answer = await harness.call("memory.forget", { filter: { tags: ["old"] } });
    expect(answer).toEqual({ status: "forgotten", count: 0, reused: false });
    await expectCode(harness.call("memory.forget", { ids: [id] }), "NOT_FOUND");
  });

  it("forgets what one person said in a session before a time", async () => {
    const { harness } = await three();
    await harness.call("memory.capture", {
      session: "s",
      project: "/p",
      turns: [
        said("1", "early", { at: "2026-01-01T00:00:00Z" }),
        said("2", "late", { at: "2026-03-01T00:00:00Z" }),
        said("3", "answer", { at: "2026-01-01T00:00:01Z", role: "assistant" }),
      ],
    });
    const filter = {
      project: "/p",
      kind: "turn",
      role: "user",
      session: "s",
      after: "2025-01-01T00:00:00Z",
      before: "2026-02-01T00:00:00Z",
    } as const;
    const confirmationToken = await tokenFor(harness, { filter });
    await harness.call("memory.forget", { filter, confirmationToken });
    const { memories } = await harness.call("memory.recent", { kind: "turn" });
    expect(memories.map(({ text }) => text)).toEqual(["late", "answer"]);
  });

  it("takes what belongs to the project that is named, and nothing of no project", async () => {
    const harness = await openHarness();
    await harness.save("of the project", { project: "/lantern" });
    await harness.save("of no project");
    const dryRun = async (project: string | null) =>
      harness.call("memory.forget", { filter: { project }, dryRun: true });
    expect(await dryRun("/lantern")).toEqual({ status: "dry_run", count: 1 });
    expect(await dryRun("/latnern")).toEqual({ status: "dry_run", count: 0 });
    expect(await dryRun(null)).toEqual({ status: "dry_run", count: 1 });
    const filter = { project: "/lantern" };
    await harness.call("memory.forget", { filter, confirmationToken: await tokenFor(harness, { filter }) });
    expect((await harness.call("memory.recent", {})).memories.map(({ text }) => text)).toEqual([
      "of no project",
    ]);
  });

  it("says what a dry run would forget and asks nothing", async () => {
    const { harness, ids } = await three();
    const run = (params: Forget) => harness.call("memory.forget", { ...params, dryRun: true });
    expect(await run({ ids })).toEqual({ status: "dry_run", count: 3 });
    expect(await run({ ids: ids.slice(1) })).toEqual({ status: "dry_run", count: 2 });
    expect(await run({ filter: { tags: ["fruit"] } })).toEqual({ status: "dry_run", count: 2 });
    expect(await run({ filter: { tags: ["none"] } })).toEqual({ status: "dry_run", count: 0 });
    expect(harness.disk.records.memory.size).toBe(3);
    expect(harness.disk.batches.length).toBe(3);
  });

  it("has nothing to confirm or to write when nothing passes the filter", async () => {
    const { harness } = await three();
    const filter = { tags: ["none"] };
    expect(await harness.call("memory.forget", { filter })).toEqual({ ...FORGOTTEN, count: 0 });
    expect(harness.disk.batches.length).toBe(3);
    expect(harness.disk.purgeDueAt).toBeUndefined();
  });

  it("takes a token once", async () => {
    const { harness, ids } = await three();
    const confirmationToken = await tokenFor(harness, { ids });
    await harness.call("memory.forget", { ids, confirmationToken });
    await harness.save("new");
    await expectCode(
      harness.call("memory.forget", { filter: {}, confirmationToken }),
      "CONFIRMATION_INVALID",
    );
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it.each([
    ["another client", {}, clientOf("other")],
    ["other ids", { ids: ["leek"] }, undefined],
    ["a filter", { filter: {} }, undefined],
  ] as const)("refuses a token of %s, and burns it", async (_what, other, who) => {
    const { harness, ids } = await three();
    const confirmationToken = await tokenFor(harness, { ids }, who);
    const params = "ids" in other ? { ids: ids.slice(0, 2) } : "filter" in other ? other : { ids };
    await expectCode(harness.call("memory.forget", { ...params, confirmationToken }), "CONFIRMATION_INVALID");
    await expectCode(
      harness.call("memory.forget", { ids, confirmationToken }, { client: who ?? clientOf("cli") }),
      "CONFIRMATION_INVALID",
    );
    expect(harness.disk.records.memory.size).toBe(3);
  });

  it("refuses a token of another method and one that was never given", async () => {
    const { harness, ids } = await three();
    const purge = await harness.call("vault.purge", {});
    if (purge.status !== "confirmation_required") throw new Error("not asked");
    for (const confirmationToken of [purge.confirmationToken, "A".repeat(43)]) {
      await expectCode(harness.call("memory.forget", { ids, confirmationToken }), "CONFIRMATION_INVALID");
    }
    expect(harness.disk.records.memory.size).toBe(3);
  });

  it("refuses a token after 300 s", async () => {
    const { harness, ids } = await three();
    const confirmationToken = await tokenFor(harness, { ids });
    harness.clock.advance(LIMITS.confirmationMs);
    await expectCode(harness.call("memory.forget", { ids, confirmationToken }), "CONFIRMATION_INVALID");
    const second = await tokenFor(harness, { ids });
    harness.clock.advance(LIMITS.confirmationMs - 1);
    expect(await harness.call("memory.forget", { ids, confirmationToken: second })).toMatchObject(FORGOTTEN);
  });

  it("says so when what would be forgotten has changed since", async () => {
    const { harness, ids } = await three();
    const filter = { tags: ["fruit"] };
    const more = await tokenFor(harness, { filter });
    await harness.save("plum", { tags: ["fruit"] });
    await expectCode(
      harness.call("memory.forget", { filter, confirmationToken: more }),
      "CONFIRMATION_STALE",
    );
    const newVersion = await tokenFor(harness, { ids });
    await harness.call("memory.update", { id: ids[0] ?? "", text: "apple two" });
    await expectCode(
      harness.call("memory.forget", { ids, confirmationToken: newVersion }),
      "CONFIRMATION_STALE",
    );
    const none = await tokenFor(harness, { filter });
    for (const id of await harness.found("apple pear plum"))
      await harness.call("memory.forget", { ids: [id] });
    await expectCode(
      harness.call("memory.forget", { filter, confirmationToken: none }),
      "CONFIRMATION_STALE",
    );
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("takes the token with a new idempotency key, and gives the result again with that one", async () => {
    const { harness, ids } = await three();
    const confirmationToken = await tokenFor(harness, { ids, idempotencyKey: "first-key" });
    const params = { ids, confirmationToken, idempotencyKey: "second-key" };
    expect(await harness.call("memory.forget", params)).toEqual({ ...FORGOTTEN, count: 3 });
    expect(await harness.call("memory.forget", params)).toEqual({ ...FORGOTTEN, count: 3, reused: true });
  });

  it("keeps no token through a lock", async () => {
    const clock = new FakeClock();
    const { harness, ids } = await three({ clock, confirmations: createConfirmations(clock) });
    const confirmationToken = await tokenFor(harness, { ids });
    const after = harness.restarted({ confirmations: createConfirmations(clock) });
    await after.unlock();
    await expectCode(after.call("memory.forget", { ids, confirmationToken }), "CONFIRMATION_INVALID");
    expect(harness.disk.records.memory.size).toBe(3);
  });
});
