import { describe, expect, it } from "vitest";
import type { ConfirmableCall } from "../../src/policy/confirmable-call.ts";
import { createConfirmations } from "../../src/policy/confirmations.ts";
import { confirmationRequired, confirmationToken } from "../../src/protocol/schemas.ts";
import { FakeClock } from "../support/fake-clock.ts";

const invalid = expect.objectContaining({ code: "CONFIRMATION_INVALID" });
const stale = expect.objectContaining({ code: "CONFIRMATION_STALE" });

const call: ConfirmableCall = {
  client: "claude-code",
  method: "memory.forget",
  params: { filter: { project: "/a", tags: ["x", "y"] }, dryRun: false, idempotencyKey: undefined },
  targets: ["m1", "m2", "m3"],
};
const text = { description: "forget 3 memories with all versions", targetCount: 3 };

async function minted(clock = new FakeClock()) {
  const confirmations = createConfirmations(clock);
  const { confirmationToken: token } = await confirmations.request(call, text);
  return { clock, confirmations, token };
}

describe("confirmations", () => {
  it("answer what would be done, in the shape of the protocol, with a fresh token", async () => {
    const confirmations = createConfirmations(new FakeClock());
    const first = await confirmations.request(call, text);
    const second = await confirmations.request(call, text);
    expect(confirmationRequired.parse(first)).toEqual({
      status: "confirmation_required",
      operation: "memory.forget",
      ...text,
      confirmationToken: first.confirmationToken,
      expiresInSeconds: 300,
    });
    confirmationToken.parse(first.confirmationToken);
    expect(Buffer.from(first.confirmationToken, "base64url")).toHaveLength(32);
    expect(second.confirmationToken).not.toBe(first.confirmationToken);
  });

  it("let the same call through once, with the token among its params", async () => {
    const { confirmations, token } = await minted();
    const again = { ...call, params: { ...call.params, confirmationToken: token } };
    await expect(confirmations.redeem(again, token)).resolves.toBeUndefined();
    await expect(confirmations.redeem(again, token)).rejects.toEqual(invalid);
  });

  it("let one of many parallel calls with the same token through", async () => {
    const { confirmations, token } = await minted();
    const attempts = Array.from({ length: 50 }, () => confirmations.redeem(call, token));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("end with their client, and nobody else's do", async () => {
    const { confirmations, token } = await minted();
    const others = { ...call, client: "other" };
    const { confirmationToken: theirs } = await confirmations.request(others, text);
    confirmations.forgetClient(call.client);
    await expect(confirmations.redeem(call, token)).rejects.toEqual(invalid);
    await confirmations.redeem(others, theirs);
  });

  it("do not care for the order of params, of targets, or for repeated targets", async () => {
    const { confirmations, token } = await minted();
    const params = { dryRun: false, filter: { tags: ["x", "y"], project: "/a" } };
    await expect(
      confirmations.redeem({ ...call, params, targets: ["m3", "m1", "m2", "m1"] }, token),
    ).resolves.toBeUndefined();
  });

  it.each<[string, Partial<ConfirmableCall>]>([
    ["another client", { client: "codex" }],
    ["another method", { method: "vault.purge" }],
    ["another filter", { params: { filter: { project: "/b", tags: ["x", "y"] }, dryRun: false } }],
    [
      "a filter with tags in another order",
      { params: { filter: { project: "/a", tags: ["y", "x"] }, dryRun: false } },
    ],
    ["a wider filter", { params: { filter: {}, dryRun: false } }],
    ["another idempotency key", { params: { ...call.params, idempotencyKey: "key-12345" } }],
    ["another client and another target set", { client: "codex", targets: ["m1"] }],
  ])("are invalid for %s, and burned by the attempt", async (_what, change) => {
    const { confirmations, token } = await minted();
    await expect(confirmations.redeem({ ...call, ...change }, token)).rejects.toEqual(invalid);
    await expect(confirmations.redeem(call, token)).rejects.toEqual(invalid);
  });

  it.each<[string, readonly string[]]>([
    ["one more", ["m1", "m2", "m3", "m4"]],
    ["one fewer", ["m1", "m2"]],
    ["another", ["m1", "m2", "m4"]],
    ["none", []],
    ["ids run together", ["m1m2", "m3"]],
  ])("are stale when the target set changed to %s, and burned by the attempt", async (_what, targets) => {
    const { confirmations, token } = await minted();
    await expect(confirmations.redeem({ ...call, targets }, token)).rejects.toEqual(stale);
    await expect(confirmations.redeem(call, token)).rejects.toEqual(invalid);
  });

  it.each(["", "x", "A".repeat(43)])(
    "are invalid for the token %j, which was never minted",
    async (token) => {
      const { confirmations, token: real } = await minted();
      await expect(confirmations.redeem(call, token)).rejects.toEqual(invalid);
      await confirmations.redeem(call, real);
    },
  );

  it("hold until 300 s have passed on the monotonic clock, whatever the wall clock does", async () => {
    const before = await minted();
    before.clock.jump(86_400_000);
    before.clock.advance(299_999);
    await expect(before.confirmations.redeem(call, before.token)).resolves.toBeUndefined();

    const at = await minted();
    at.clock.jump(-86_400_000);
    at.clock.advance(300_000);
    await expect(at.confirmations.redeem(call, at.token)).rejects.toEqual(invalid);
  });

  it("do not outlive the engine that minted them", async () => {
    const { clock, token } = await minted();
    await expect(createConfirmations(clock).redeem(call, token)).rejects.toEqual(invalid);
  });

  it("are bounded for one client: of more than 16 the oldest end, and other clients keep theirs", async () => {
    const confirmations = createConfirmations(new FakeClock());
    const other = { ...call, client: "codex" };
    const { confirmationToken: others } = await confirmations.request(other, text);
    const tokens: string[] = [];
    for (let count = 0; count < 17; count++) {
      tokens.push((await confirmations.request(call, text)).confirmationToken);
    }
    const [first = "", second = ""] = tokens;
    await expect(confirmations.redeem(call, first)).rejects.toEqual(invalid);
    await expect(confirmations.redeem(call, second)).resolves.toBeUndefined();
    await expect(confirmations.redeem(other, others)).resolves.toBeUndefined();
  });

  it("are bounded altogether: of more than 64 the oldest end", async () => {
    const confirmations = createConfirmations(new FakeClock());
    const calls = Array.from({ length: 65 }, (_, index) => ({ ...call, client: `client-${index}` }));
    const tokens: string[] = [];
    for (const each of calls) tokens.push((await confirmations.request(each, text)).confirmationToken);
    await expect(confirmations.redeem({ ...call, client: "client-0" }, tokens[0] ?? "")).rejects.toEqual(
      invalid,
    );
    await expect(
      confirmations.redeem({ ...call, client: "client-1" }, tokens[1] ?? ""),
    ).resolves.toBeUndefined();
    await expect(
      confirmations.redeem({ ...call, client: "client-64" }, tokens[64] ?? ""),
    ).resolves.toBeUndefined();
  });

  it("make room from what has expired before anything that still holds", async () => {
    const clock = new FakeClock();
    const confirmations = createConfirmations(clock);
    for (let count = 0; count < 15; count++) await confirmations.request(call, text);
    clock.advance(300_000);
    const tokens: string[] = [];
    for (let count = 0; count < 16; count++) {
      tokens.push((await confirmations.request(call, text)).confirmationToken);
    }
    await expect(confirmations.redeem(call, tokens[0] ?? "")).resolves.toBeUndefined();
  });

  it("take a hundred thousand targets", async () => {
    const confirmations = createConfirmations(new FakeClock());
    const targets = Array.from({ length: 200_000 }, (_, index) => `m${index}`);
    const { confirmationToken: token } = await confirmations.request({ ...call, targets }, text);
    await expect(
      confirmations.redeem({ ...call, targets: targets.toReversed() }, token),
    ).resolves.toBeUndefined();
  });
});
