/** Whatever takes a memory out of recall passes one gate: every method of the table × its effects × kinds of clients. */
import { describe, expect, it } from "vitest";
import { createConfirmations } from "../../src/policy/confirmations.ts";
import type { MethodDefinition } from "../../src/protocol/method.ts";
import type { MethodName, ParamsInput } from "../../src/protocol/method-table.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { expectCode } from "../support/codes.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { CLI, clientOf, openHarness, said, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

const HOST = clientOf("mcp");
const LATER = "2026-06-01T00:00:00Z";
const SOON = "2026-05-01T12:00:01Z";

interface Effect<M extends MethodName = MethodName> {
  readonly method: M;
  readonly does: string;
  readonly params: (id: string) => ParamsInput<M>;
}

function effect<M extends MethodName>(method: M, does: string, params: Effect<M>["params"]): Effect<M> {
  return { method, does, params };
}

/** All that a method of the table can do to what is recalled. */
const EFFECTS = [
  effect("memory.forget", "by id", (id) => ({ ids: [id] })),
  effect("memory.save", "supersede", (id) => ({ text: "other words", supersedes: id })),
  effect("memory.save", "supersede for a moment", (id) => ({
    text: "other words",
    supersedes: id,
    expiresAt: SOON,
  })),
  effect("memory.update", "replace the text", (id) => ({ id, text: "other words" })),
  effect("memory.update", "let it expire", (id) => ({ id, expiresAt: SOON })),
  effect("memory.update", "take its tag off", (id) => ({ id, tags: ["other"] })),
  effect("memory.update", "expire another day", (id) => ({ id, expiresAt: LATER })),
  effect("memory.update", "mute it", (id) => ({ id, muted: true })),
  effect("memory.update", "text and expiry", (id) => ({ id, text: "other words", expiresAt: SOON })),
] as unknown as readonly Effect[];

/** What these do is guarded otherwise: only the person may say that an import is an export of their own, and scrub what is stored. */
const OTHERWISE: readonly MethodName[] = ["data.import", "memory.scrub"];

const as = (client = HOST) => ({ client });
const isRecalled = async (harness: Harness) => (await harness.found("lighthouse")).length > 0;

describe("the table", () => {
  it("names every method that can take something out of recall", () => {
    const removing = METHOD_NAMES.filter((name) => (METHODS[name] as MethodDefinition).recall === "removes");
    const shown = [...new Set(EFFECTS.map(({ method }) => method)), ...OTHERWISE];
    expect(removing.toSorted()).toEqual(shown.toSorted());
  });

  it("calls destructive what a model sees of them", () => {
    for (const { method } of EFFECTS) {
      expect(METHODS[method]).toMatchObject({ destructive: true, tool: { destructive: true } });
    }
  });
});

describe.each(EFFECTS.map((each) => [`${each.method}: ${each.does}`, each] as const))("%s", (_name, each) => {
  const { method, params } = each;
  const call = (harness: Harness, id: string, extra: object = {}, client = HOST) =>
    harness.answer(method, { ...params(id), ...extra } as ParamsInput<MethodName>, as(client));

  it("is asked to be confirmed of a host's client, for what it did not save", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { tags: ["lamp"] });
    const before = harness.disk.records.memory.size;
    const asked = await call(harness, id);
    expect(asked).toMatchObject({ status: "confirmation_required", operation: method, targetCount: 1 });
    expect(JSON.stringify(asked)).not.toContain("lighthouse");
    expect(harness.disk.records.memory.size).toBe(before);
    expect(await isRecalled(harness)).toBe(true);
    const done = await call(harness, id, { confirmationToken: tokenOf(asked) });
    expect(done).not.toMatchObject({ status: "confirmation_required" });
    harness.clock.advance(2_000);
    const isKept = ["expire another day", "take its tag off", "mute it"].includes(each.does);
    expect(await isRecalled(harness)).toBe(isKept);
  });

  it("needs the scope forget there, and counts as a forget", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { tags: ["lamp"] });
    if (METHODS[method].scope !== "forget") {
      const writer = { ...HOST, scopes: ["read", "write"] as const };
      await expectCode(call(harness, id, {}, writer), "SCOPE_DENIED");
      for (let count = 0; count < 5; count++) await call(harness, id);
      await expectCode(call(harness, id), "RATE_LIMITED");
    }
    expect(await isRecalled(harness)).toBe(true);
  });

  it("is confirmed by nobody else's token, and by none twice", async () => {
    const harness = await openHarness();
    const [id, other] = [
      await harness.save("the lighthouse", { tags: ["lamp"] }),
      await harness.save("the harbour", { tags: ["lamp"] }),
    ];
    const token = tokenOf(await call(harness, id));
    await expectCode(call(harness, other, { confirmationToken: token }), "CONFIRMATION_INVALID");
    await expectCode(call(harness, id, { confirmationToken: token }), "CONFIRMATION_INVALID");
    const next = { confirmationToken: tokenOf(await call(harness, id)) };
    await expectCode(call(harness, id, next, clientOf("other")), "CONFIRMATION_INVALID");
    expect(await isRecalled(harness)).toBe(true);
  });

  it("is stale when another version came meanwhile", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { tags: ["lamp"] });
    const token = { confirmationToken: tokenOf(await call(harness, id)) };
    await harness.call("memory.update", { id, tags: ["new"] });
    await expectCode(call(harness, id, token), "CONFIRMATION_STALE");
  });

  it("needs no confirmation of the client that saved it since the vault was opened, and of no other", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { tags: ["lamp"] }, HOST);
    expect(await call(harness, id, {}, clientOf("other"))).toMatchObject({ status: "confirmation_required" });
    expect(await call(harness, id)).not.toHaveProperty("confirmationToken");
    const old = await harness.save("the lighthouse", { tags: ["lamp"] }, HOST);
    const next = harness.restarted();
    await next.unlock();
    expect(await call(next, old)).toMatchObject({ status: "confirmation_required" });
  });

  it("needs one again once somebody else wrote a version of it", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { tags: ["lamp"] }, HOST);
    await harness.call("memory.update", { id, text: "the tall lighthouse" });
    expect(await call(harness, id)).toMatchObject({ status: "confirmation_required" });
  });

  it("needs none of the person, but checks a token that is presented", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { tags: ["lamp"] }, HOST);
    await expectCode(call(harness, id, { confirmationToken: "x".repeat(43) }, CLI), "CONFIRMATION_INVALID");
    expect(await call(harness, id, {}, CLI)).not.toHaveProperty("confirmationToken");
  });

  it("waits for the person in terminal mode, and goes through once they agreed", async () => {
    const clock = new FakeClock();
    const confirmations = createConfirmations(clock, () => Promise.resolve("terminal"));
    const harness = await openHarness({ clock, confirmations });
    const id = await harness.save("the lighthouse", { tags: ["lamp"] });
    const asked = await call(harness, id);
    expect(asked).toMatchObject({ status: "confirmation_required" });
    expect(asked).not.toHaveProperty("confirmationToken");
    const { waiting } = await harness.call("confirm.list", {});
    expect(waiting).toMatchObject([{ client: "mcp", operation: method, memories: [id] }]);
    expect(JSON.stringify(waiting)).not.toContain("words");
    const given = params(id) as { text?: string; expiresAt?: string };
    const [whole] = (await harness.call("confirm.list", { id: waiting[0]?.id ?? "" })).waiting;
    expect([whole?.newText, whole?.newExpiry]).toEqual([given.text, given.expiresAt]);
    await harness.call("confirm.answer", { id: waiting[0]?.id ?? "", agree: true });
    expect(await call(harness, id)).not.toMatchObject({ status: "confirmation_required" });
    await expectCode(harness.call("confirm.answer", { id: waiting[0]?.id ?? "", agree: true }), "NOT_FOUND");
  });
});

describe("what takes nothing out of recall", () => {
  it("is free to every client that may write: tags, pin, and saying what is said already", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { expiresAt: LATER });
    await harness.call("memory.update", { id, tags: ["a"], pinned: true }, as());
    const same = { id, text: "the lighthouse", expiresAt: LATER, tags: ["a"] };
    const { supersedes, ...again } = await harness.call("memory.update", same, as());
    expect(again).toEqual({ id: expect.any(String), reused: true });
    expect(supersedes).toBe(id);
    expect(harness.disk.records.memory.size).toBe(2);
    expect(
      await harness.call("memory.update", { ...same, idempotencyKey: "same-again" }, as()),
    ).toMatchObject({ id: again.id, reused: true });
    await expectCode(
      harness.call("memory.update", { ...same, confirmationToken: "x".repeat(43) }, as()),
      "CONFIRMATION_INVALID",
    );
    const fresh = await harness.save("pier");
    expect(await harness.call("memory.update", { id: fresh, pinned: false }, as())).toEqual({
      id: fresh,
      reused: true,
    });
  });

  it("checks a token that nothing asked for: a save, a dry run, a forget of nothing", async () => {
    const harness = await openHarness();
    const confirmationToken = "x".repeat(43);
    const refused = [
      harness.call("memory.save", { text: "x", confirmationToken }),
      harness.call("memory.forget", { filter: {}, dryRun: true, confirmationToken }),
      harness.call("memory.forget", { filter: {}, confirmationToken }),
    ];
    await Promise.all(refused.map((each) => expectCode(each, "CONFIRMATION_INVALID")));
  });
});

describe("a time to be forgotten", () => {
  it("is refused in the past, by every method and to everyone", async () => {
    const harness = await openHarness();
    const id = await harness.save("the lighthouse", { tags: ["lamp"] });
    for (const client of [CLI, HOST]) {
      for (const expiresAt of ["2000-01-01T00:00:00Z", "2026-05-01T12:00:00Z"]) {
        await expectCode(harness.call("memory.save", { text: "x", expiresAt }, as(client)), "INVALID_PARAMS");
        await expectCode(harness.call("memory.update", { id, expiresAt }, as(client)), "INVALID_PARAMS");
      }
    }
  });
});

describe("a turn", () => {
  it("never changes its words: they are corrected by a note that supersedes it", async () => {
    const harness = await openHarness();
    await harness.call(
      "memory.capture",
      { session: "s", turns: [said("1", "never deploy on fridays")] },
      as(),
    );
    const [turn = ""] = await harness.found("fridays");
    for (const client of [CLI, HOST]) {
      await expectCode(
        harness.call("memory.update", { id: turn, text: "deploy at will" }, as(client)),
        "INVALID_PARAMS",
      );
    }
    await harness.call("memory.update", { id: turn, tags: ["rule"], pinned: true }, as());
    const { id } = await harness.call("memory.save", {
      text: "deploy on fridays with Ann",
      supersedes: turn,
    });
    const { memories } = await harness.call("memory.get", { ids: [id] });
    const [note] = memories;
    expect(note).toMatchObject({ kind: "note", trust: "captured", at: "2026-05-01T12:00:00.000Z" });
    for (const field of ["role", "session", "speaker"]) expect(note).not.toHaveProperty(field);
    expect(note?.versions?.[0]).toMatchObject({
      kind: "turn",
      role: "user",
      text: "never deploy on fridays",
    });
    expect(await harness.found("deploy")).toEqual([id]);
  });
});
