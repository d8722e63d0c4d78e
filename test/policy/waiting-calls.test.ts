import { beforeEach, describe, expect, it } from "vitest";
import type { ConfirmableCall } from "../../src/policy/confirmable-call.ts";
import { createConfirmations, requireConfirmation } from "../../src/policy/confirmations.ts";
import type { AskingCall, ConfirmMode } from "../../src/policy/confirmations.ts";
import { FakeClock } from "../support/fake-clock.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const call = (fields: Partial<ConfirmableCall> = {}): AskingCall => ({
  client: "host",
  method: "memory.forget",
  params: { ids: ["m1"] },
  targets: ["m1"],
  description: "forget 1 memory with all versions",
  targetCount: 1,
  shown: ["m1"],
  ...fields,
});

let clock: FakeClock;
let mode: ConfirmMode;
let confirmations: ReturnType<typeof createConfirmations>;
const ask = (fields?: Partial<ConfirmableCall>) => requireConfirmation(confirmations, call(fields));
const waiting = () => confirmations.waiting.list();

beforeEach(() => {
  clock = new FakeClock();
  mode = "terminal";
  confirmations = createConfirmations(clock, () => Promise.resolve(mode));
});

describe("a call in terminal mode", () => {
  it("is agreed to no more once its client was revoked, and nobody else's ends with it", async () => {
    await ask();
    await ask({ client: "other" });
    for (const { id } of waiting()) confirmations.waiting.answer(id, true);
    confirmations.forgetClient("host");
    expect(await ask()).toMatchObject({ status: "confirmation_required" });
    expect(await ask({ client: "other" })).toBeUndefined();
  });

  it("answers at once without a token, and waits for the person for 300 s", async () => {
    expect(await ask()).toEqual({
      status: "confirmation_required",
      operation: "memory.forget",
      description: "forget 1 memory with all versions",
      targetCount: 1,
      expiresInSeconds: 300,
    });
    clock.advance(1_000);
    expect(waiting()).toMatchObject([{ client: "host", ageMs: 1_000, leftMs: 299_000, shown: ["m1"] }]);
    clock.advance(299_000);
    expect(waiting()).toEqual([]);
  });

  it("waits once, however often it is made, and goes through once after the person agreed", async () => {
    await ask();
    await ask({ params: { ids: ["m1"], idempotencyKey: "another-key" } as never });
    const [{ id } = { id: "" }, ...more] = waiting();
    expect(more).toEqual([]);
    expect(confirmations.waiting.answer(id, true)).toBe(true);
    expect(waiting()).toEqual([]);
    expect(await ask()).toBeUndefined();
    expect(await ask()).toMatchObject({ status: "confirmation_required" });
  });

  it("is bound to client, method and params", async () => {
    await ask();
    confirmations.waiting.answer(waiting()[0]?.id ?? "", true);
    for (const other of [
      { client: "other" },
      { method: "memory.update" },
      { params: { ids: ["m1", "m2"] } },
    ] as const) {
      expect(await ask(other)).toMatchObject({ status: "confirmation_required" });
    }
    expect(await ask()).toBeUndefined();
  });

  it("is bound to the memories it would change", async () => {
    await ask();
    const [first] = waiting();
    await ask({ targets: ["m1", "m2"] });
    expect(waiting()).toHaveLength(1);
    expect(confirmations.waiting.answer(first?.id ?? "", true)).toBe(false);
    confirmations.waiting.answer(waiting()[0]?.id ?? "", true);
    await expect(ask()).rejects.toEqual(code("CONFIRMATION_STALE"));
    expect(await ask()).toMatchObject({ status: "confirmation_required" });
  });

  it("is refused once the person refused it, until that is 300 s ago", async () => {
    await ask();
    const id = waiting()[0]?.id ?? "";
    expect(confirmations.waiting.answer(id, false)).toBe(true);
    expect(confirmations.waiting.answer(id, true)).toBe(false);
    clock.advance(299_999);
    await expect(ask()).rejects.toEqual(code("CONFIRMATION_REFUSED"));
    clock.advance(1);
    expect(await ask()).toMatchObject({ status: "confirmation_required" });
  });

  it("has 300 s again from when the person agreed, and no more", async () => {
    await ask();
    clock.advance(299_000);
    confirmations.waiting.answer(waiting()[0]?.id ?? "", true);
    clock.advance(300_000);
    expect(await ask()).toMatchObject({ status: "confirmation_required" });
  });

  it("takes no token, not even one that was minted before the mode changed", async () => {
    mode = "token";
    const { confirmationToken } = (await ask()) ?? {};
    expect(confirmationToken).toBeTypeOf("string");
    mode = "terminal";
    const params = { ids: ["m1"], confirmationToken };
    await expect(ask({ params })).rejects.toEqual(code("CONFIRMATION_INVALID"));
    mode = "token";
    await expect(ask({ params })).rejects.toEqual(code("CONFIRMATION_INVALID"));
  });

  it("gives the person a token all the same", async () => {
    const { confirmationToken } = (await ask({ client: "cli" })) ?? {};
    expect(waiting()).toEqual([]);
    const again = { client: "cli", params: { ids: ["m1"], confirmationToken } };
    expect(await ask(again)).toBeUndefined();
  });

  it("ends the oldest of a client that lets too many wait, and of all when there are too many", async () => {
    await ask({ client: "quiet" });
    const [{ id: quiet } = { id: "" }] = waiting();
    for (let number = 0; number < 17; number++) await ask({ params: { ids: [`m${number}`] } });
    expect(waiting()).toHaveLength(17);
    expect(waiting().map(({ id }) => id)).toContain(quiet);
    expect(waiting()[1]?.params).toEqual({ ids: ["m1"] });
    for (let number = 0; number < 64; number++) await ask({ client: `c${number}` });
    expect(waiting()).toHaveLength(64);
    expect(waiting().map(({ id }) => id)).not.toContain(quiet);
  });
});
