import { describe, expect, it } from "vitest";
import { createConfirmations } from "../../src/policy/confirmations.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { MethodDefinition } from "../../src/protocol/method.ts";
import type { MethodName, ParamsInput } from "../../src/protocol/method-table.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { expectCode } from "../support/codes.ts";
import {
  CLI,
  Harness,
  PASSPHRASE,
  chunks,
  clientOf,
  openHarness,
  said,
  sealedHarness,
  tokenOf,
} from "./harness.ts";
import type { CallOptions } from "./harness.ts";

interface Example<M extends MethodName> {
  readonly params: ParamsInput<M>;
  readonly options?: CallOptions;
}

const CANARY = "canary-7f3a9";
const NEXT = "another good passphrase";
const AT = "2026-05-01T10:00:00Z";

const line = (fields: object) =>
  `${JSON.stringify({ kind: "note", text: "imported", project: null, at: AT, ...fields })}\n`;

/** A call of every method that does its work; a method that is added does not compile until it has one. */
function examples(id: string, waiting: string): { readonly [M in MethodName]: Example<M> } {
  return {
    "memory.save": { params: { text: "saved note" } },
    "memory.leave": { params: { text: "left note" } },
    "memory.capture": { params: { session: "s", turns: [said("m", "turn")] } },
    "memory.search": { params: { query: "harbour", context: 2, explain: true } },
    "memory.get": { params: { ids: [id], context: 2 } },
    "memory.recent": { params: {} },
    "memory.update": { params: { id, text: "harbour three" } },
    "memory.forget": { params: { ids: [id] } },
    "memory.brief": { params: {} },
    "memory.sessions": { params: {} },
    "memory.projects": { params: {} },
    "vault.create": { params: {}, options: { secrets: [PASSPHRASE] } },
    "vault.status": { params: {} },
    "vault.unlock": { params: { with: "passphrase" }, options: { secrets: [PASSPHRASE] } },
    "vault.lock": { params: {} },
    "vault.verify": { params: {} },
    "memory.scrub": { params: {} },
    "vault.purge": { params: {} },
    "vault.rotate": { params: { master: true }, options: { secrets: [PASSPHRASE] } },
    "vault.repair": { params: {} },
    "key.list": { params: {} },
    "key.add": { params: { kind: "recovery" } },
    "key.remove": { params: { id: "slot0001" } },
    "key.change": { params: {}, options: { secrets: [PASSPHRASE, NEXT] } },
    "client.add": { params: { id: "added" } },
    "client.list": { params: {} },
    "client.revoke": { params: { id: "known" } },
    "confirm.list": { params: {} },
    "confirm.answer": { params: { id: waiting, agree: true } },
    "data.import": { params: { format: "keepsake" }, options: { stream: chunks(line({})) } },
    "audit.list": { params: {} },
    "audit.verify": { params: {} },
  };
}

/** Calls one method's example with whatever types it has. */
async function callExample(harness: Harness, method: MethodName, id: string): Promise<unknown> {
  const waiting = await harness.call("confirm.list", {}).catch(() => ({ waiting: [] }));
  const { params, options } = examples(id, waiting.waiting[0]?.id ?? "0123abcd")[method];
  return harness.answer(method, params, options);
}

/** A vault with something of everything, and canaries in every field that is nobody's business. */
async function laden() {
  const clock = new FakeClock();
  const confirmations = createConfirmations(clock, () => Promise.resolve("terminal"));
  const harness = await openHarness({ clock, confirmations });
  const internal = { secretKey: CANARY, path: `/home/${CANARY}`, hash: CANARY, token: CANARY };
  harness.disk.internal = internal;
  harness.registry.internal = internal;
  const old = await harness.save("harbour one", { idempotencyKey: "some-key-1", tags: ["t"], pinned: true });
  const { id } = await harness.call("memory.update", { id: old, text: "harbour two" });
  await harness.save("harbour plain");
  await harness.call("memory.capture", { session: "s", turns: [said("1", "harbour?"), said("2", "yes")] });
  await harness.call("client.add", { id: "known", projects: ["/a"] });
  await harness.call("key.add", { kind: "passphrase", label: "desk" }, { secrets: [NEXT] });
  await harness.answer("memory.forget", { ids: [id] }, { client: clientOf("host") });
  harness.disk.damaged.add(newRecordId());
  return { harness, id };
}

describe("every method", () => {
  it.each(METHOD_NAMES.filter((name) => name !== "vault.create"))(
    "%s answers in the shape of the table, with no internal field",
    async (method) => {
      const { harness, id } = await laden();
      const result = await callExample(harness, method, id);
      expect(result).toBeTypeOf("object");
      expect(JSON.stringify(result)).not.toContain(CANARY);
      expect(harness.log.join("")).not.toContain(CANARY);
      expect(JSON.stringify(harness.progress)).not.toContain(CANARY);
    },
  );

  it("vault.create answers in the shape of the table, with no internal field", async () => {
    const harness = new Harness({});
    harness.disk.internal = { secretKey: CANARY };
    const result = await harness.call("vault.create", {}, { secrets: [PASSPHRASE] });
    expect(JSON.stringify(result)).not.toContain(CANARY);
  });

  it("vault.purge and client.revoke answer without internal fields once they are confirmed, too", async () => {
    const { harness } = await laden();
    const purge = await harness.call("vault.purge", {});
    const revoke = await harness.call("client.revoke", { id: "known" });
    const done = [
      await harness.call("vault.purge", { confirmationToken: tokenOf(purge) }),
      await harness.call("client.revoke", { id: "known", confirmationToken: tokenOf(revoke) }),
    ];
    expect(done.map(({ status }) => status)).toEqual(["purged", "revoked"]);
    expect(JSON.stringify(done)).not.toContain(CANARY);
  });

  it("says nothing of the vault's insides when that is read-only", async () => {
    const { harness } = await laden();
    harness.disk.readOnly = { code: "DISK_FULL", since: 0 };
    const { open } = await harness.call("vault.status", {});
    expect(Object.keys(open?.readOnly ?? {})).toEqual(["code", "since"]);
    expect(JSON.stringify(open)).not.toContain(CANARY);
  });
});

describe("every method that needs an open vault", () => {
  const needing = METHOD_NAMES.filter((name) => !(METHODS[name] as MethodDefinition).sealed);

  it("is most of them", () => {
    expect(needing.length).toBeGreaterThan(12);
  });

  it.each(needing)("%s is refused while sealed, and does nothing", async (method) => {
    const sealed = await sealedHarness();
    const id = newRecordId();
    await expectCode(callExample(sealed, method, id), "VAULT_SEALED");
    expect(sealed.disk.records.memory.size).toBe(0);
    expect(sealed.disk.slots).toHaveLength(1);
    expect(sealed.disk.generation).toBe(1);
    expect(sealed.service.state()).toBe("sealed");
    expect(sealed.openCalls).toBe(0);
  });

  it.each(needing)("%s is refused when there is no vault", async (method) => {
    const missing = new Harness({});
    await expectCode(callExample(missing, method, newRecordId()), "VAULT_MISSING");
    expect(missing.disk.slots).toEqual([]);
  });
});

describe("every method that works sealed", () => {
  const working = METHOD_NAMES.filter((name) => (METHODS[name] as MethodDefinition).sealed);

  it.each(working.filter((name) => name !== "vault.create"))("%s answers while sealed", async (method) => {
    const sealed = await sealedHarness();
    await sealed.call("client.add", { id: "known" });
    expect(await callExample(sealed, method, newRecordId())).toBeTypeOf("object");
  });

  it("vault.create says that there is a vault already", async () => {
    const sealed = await sealedHarness();
    await expectCode(callExample(sealed, "vault.create", newRecordId()), "VAULT_EXISTS");
    expect(sealed.service.state()).toBe("sealed");
  });
});

describe("where a memory came from", () => {
  const forged = [
    { source: "forged" },
    { trust: "user" },
    { savedAt: AT },
    { kind: "turn" },
    { id: newRecordId() },
  ];

  it("is said by the daemon: its fields are refused as parameters", async () => {
    const harness = await openHarness();
    const id = await harness.save("note");
    for (const extra of forged) {
      const save = { text: "x", ...extra } as ParamsInput<"memory.save">;
      await expectCode(harness.call("memory.save", save), "INVALID_PARAMS");
      const turns = [{ ...said("m", "x"), ...extra }];
      await expectCode(harness.call("memory.capture", { session: "s", turns }), "INVALID_PARAMS");
      if ("id" in extra) continue;
      const update = { id, text: "x", ...extra } as ParamsInput<"memory.update">;
      await expectCode(harness.call("memory.update", update), "INVALID_PARAMS");
    }
    const role = { text: "x", role: "user" } as ParamsInput<"memory.save">;
    await expectCode(harness.call("memory.save", role), "INVALID_PARAMS");
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("is said by client and method", async () => {
    const harness = await openHarness();
    const host = clientOf("claude-code");
    const seen = async (id: string) => {
      const { memories } = await harness.call("memory.get", { ids: [id] });
      return [memories[0]?.source, memories[0]?.trust];
    };
    const note = await harness.save("note", {}, host);
    expect(await seen(note)).toEqual(["claude-code", "assistant"]);
    expect(await seen(await harness.save("mine"))).toEqual(["cli", "user"]);
    await harness.call("memory.capture", { session: "s", turns: [said("m", "turn")] }, { client: host });
    const { memories } = await harness.call("memory.recent", { kind: "turn" });
    const turn = memories[0]?.id ?? "";
    expect(await seen(turn)).toEqual(["claude-code", "captured"]);
    await harness.call(
      "data.import",
      { format: "markdown" },
      { stream: chunks(line({ text: "from a file" })) },
    );
    const [imported = ""] = await harness.found("file");
    expect(await seen(imported)).toEqual(["markdown", "imported"]);
    const pinned = await harness.call("memory.update", { id: imported, pinned: true });
    expect(await seen(pinned.id)).toEqual(["markdown", "imported"]);
    const rewritten = await harness.call("memory.update", { id: note, text: "other words" }, { client: CLI });
    expect(await seen(rewritten.id)).toEqual(["cli", "assistant"]);
    await expectCode(harness.call("memory.update", { id: turn, text: "other words" }), "INVALID_PARAMS");
  });
});

describe("a failure", () => {
  it("never names what was stored or asked", async () => {
    const harness = await openHarness();
    const id = await harness.save(`text-${CANARY}`, { tags: [`tag-${CANARY}`], project: `/p-${CANARY}` });
    const limited = { client: clientOf("limited", ["/a"]) };
    const calls = [
      harness.call("memory.save", { text: CANARY, project: "*" }),
      harness.call("memory.save", { text: CANARY, project: `/${CANARY}` }, limited),
      harness.call("memory.search", { query: CANARY, project: `/${CANARY}` }, limited),
      harness.call("memory.update", { id, text: CANARY }, limited),
      harness.call("memory.forget", { ids: [id] }, limited),
      harness.call("client.revoke", { id: CANARY }),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      const error: unknown = outcome.status === "rejected" ? outcome.reason : undefined;
      expect(error).toBeInstanceOf(KeepsakeError);
      const { message, hint, facts } = error as KeepsakeError;
      expect(JSON.stringify([message, hint, facts])).not.toContain(CANARY);
      expect(message).not.toContain(id);
    }
    expect(harness.log.join("")).not.toContain(CANARY);
  });
});
