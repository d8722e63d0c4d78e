import { beforeEach, describe, expect, it } from "vitest";
import { createConfirmations } from "../../src/policy/confirmations.ts";
import { RecallGate, passOfExpired } from "../../src/policy/recall-gate.ts";
import type { RecallChange } from "../../src/policy/recall-gate.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import { FakeClock } from "../support/fake-clock.ts";

const HOST = { id: "host", scopes: SCOPES, projects: undefined, created: 0 };
const CLI = { ...HOST, id: "cli" };
const change = (ids: readonly string[], fields: Partial<RecallChange> = {}): RecallChange => ({
  method: "memory.forget",
  params: { ids },
  effect: "forget",
  chains: ids.map((id) => [`old ${id}`, id]),
  ...fields,
});

let confirmations: ReturnType<typeof createConfirmations>;
let gate: RecallGate;
let agreed: number;
const record = { confirmed: () => void (agreed += 1) };
beforeEach(() => {
  agreed = 0;
  confirmations = createConfirmations(new FakeClock(), () => Promise.resolve("terminal"));
  gate = new RecallGate({ confirmations, rateLimits: { takeAs: () => {} } });
});

describe("the gate of recall", () => {
  it("shows the person the newest version of at most 20 memories, and counts them all", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `m${index}`);
    expect(await gate.enter(change(ids), { client: HOST, record })).toMatchObject({
      asks: { targetCount: 30 },
    });
    expect(confirmations.waiting.list()).toMatchObject([{ shown: ids.slice(0, 20), targetCount: 30 }]);
  });

  it("puts on record that the person agreed, and only then", async () => {
    const entering = () => gate.enter(change(["m"]), { client: HOST, record });
    expect([await entering(), agreed]).toMatchObject([{ asks: {} }, 0]);
    confirmations.waiting.answer(confirmations.waiting.list()[0]?.id ?? "", true);
    expect(await entering()).toHaveProperty("pass");
    expect(agreed).toBe(1);
    await gate.enter(change(["m"]), { client: CLI, record });
    expect(agreed).toBe(1);
  });

  it("takes nobody for the author of what a revoked client of that name saved", async () => {
    const OTHER = { ...HOST, id: "other" };
    gate.noteSaved(HOST, "mine");
    gate.noteSaved(OTHER, "theirs");
    gate.forgetClient("host");
    expect(
      await gate.enter(change(["mine"], { chains: [["mine"]] }), { client: HOST, record }),
    ).toHaveProperty("asks");
    expect(
      await gate.enter(change(["theirs"], { chains: [["theirs"]] }), { client: OTHER, record }),
    ).toHaveProperty("pass");
  });

  it("forgets the author of the oldest of more than 100,000 memories, and asks then", async () => {
    const enters = async (id: string) =>
      "pass" in (await gate.enter(change([id], { chains: [[id]] }), { client: HOST, record }));
    for (let saved = 0; saved < 100_000; saved++) gate.noteSaved(HOST, `m${saved}`);
    expect(await enters("m0")).toBe(true);
    gate.noteSaved(HOST, "one more");
    expect([await enters("m0"), await enters("m1"), await enters("one more")]).toEqual([false, true, true]);
  });

  it("takes the word of the person alone that an export is their own", () => {
    expect(gate.passOfPerson(CLI)).toBe(passOfExpired());
    expect(() => gate.passOfPerson(HOST)).toThrow(expect.objectContaining({ code: "SCOPE_DENIED" }));
  });
});
