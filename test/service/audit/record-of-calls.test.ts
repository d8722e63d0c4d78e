import { describe, expect, it } from "vitest";
import { saved } from "../../support/saved.ts";
import { fromUtf8 } from "../../../src/base/bytes.ts";
import type { Change } from "../../../src/vault/vault.ts";
import { KeepsakeError } from "../../../src/base/errors.ts";
import { METHODS, METHOD_NAMES } from "../../../src/protocol/method-table.ts";
import type { MethodDefinition } from "../../../src/protocol/method.ts";
import { expectCode } from "../../support/codes.ts";
import { chunks, CLI, clientOf, openHarness, PASSPHRASE, said, sealedHarness } from "../harness.ts";
import { MAX_AUDIT_IDS } from "../../../src/protocol/methods/audit-methods.ts";
import { onRecord, recorded, refuse, told } from "./recorded.ts";

const MCP = clientOf("mcp");

describe("the record of calls", () => {
  it("says who asked for what and how it ended", async () => {
    const harness = await openHarness();
    const { id } = saved(await recorded(harness, "memory.save", { text: "a note" }, { client: MCP }));
    await recorded(harness, "memory.search", { query: "note" });
    await expectCode(recorded(harness, "memory.update", { id: "0".repeat(26), pinned: true }), "NOT_FOUND");
    refuse(harness, "SCOPE_DENIED", { client: "mcp", method: "vault.purge" });
    refuse(harness, "HELLO_FAILED", { method: "hello" });
    const [hello, denied, failed, search, save] = await onRecord(harness);
    expect(save).toMatchObject({
      sequence: 1,
      client: "mcp",
      method: "memory.save",
      scope: "write",
      outcome: "done",
      ids: [id],
      bytesIn: 100,
    });
    expect(save?.traceId).toMatch(/^[0-9a-f]{12}$/);
    expect(search).toMatchObject({ method: "memory.search", count: 1, ids: [id], bytesOut: 50 });
    expect(failed).toMatchObject({ method: "memory.update", outcome: "failed", code: "NOT_FOUND" });
    expect(denied).toMatchObject({ client: "mcp", method: "vault.purge", outcome: "refused" });
    expect(hello).toMatchObject({ method: "hello", code: "HELLO_FAILED" });
    expect(hello).not.toHaveProperty("client");
  });

  it("has the entry of a change in the batch of the change, and neither without the other", async () => {
    const harness = await openHarness();
    const carried: string[][] = [];
    harness.disk.hooks.beforeWrite = (changes: readonly Change[]) => {
      carried.push(changes.map(({ type }) => type));
    };
    await recorded(harness, "memory.save", { text: "kept" });
    expect(carried).toEqual([["put", "noted"]]);
    harness.disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(recorded(harness, "memory.save", { text: "lost" }), "WRITE_FAILED");
    harness.disk.hooks = {};
    // As in a crash: nothing is flushed, and what changed something is there all the same.
    const next = harness.restarted();
    await next.unlock();
    expect(await told(next)).toEqual(["memory.save done"]);
  });

  it("loses of a crash no more than what changed nothing", async () => {
    const harness = await openHarness();
    const { id } = saved(await recorded(harness, "memory.save", { text: "kept" }));
    await recorded(harness, "memory.update", { id, pinned: true });
    await recorded(harness, "memory.capture", { session: "s", turns: [said("m", "turn")] });
    await recorded(harness, "memory.forget", { ids: [id] });
    await recorded(harness, "memory.recent", {});
    const next = harness.restarted();
    await next.unlock();
    const kept = await told(next);
    expect(kept).toEqual(
      ["memory.save", "memory.update", "memory.capture", "memory.forget"].map((m) => `${m} done`),
    );
  });

  it("names at most 10 of the ids", async () => {
    const harness = await openHarness();
    for (let count = 0; count < 12; count += 1) await harness.save(`note ${count}`);
    await recorded(harness, "memory.recent", {});
    const [entry] = await onRecord(harness);
    expect(entry?.ids).toHaveLength(MAX_AUDIT_IDS);
    expect(entry?.count).toBe(12);
  });

  it("says of a dry run that nothing was done", async () => {
    const harness = await openHarness();
    await harness.save("one");
    await recorded(harness, "memory.forget", { filter: { project: "*" }, dryRun: true });
    const [entry] = await onRecord(harness);
    expect(entry).toMatchObject({ method: "memory.forget", outcome: "asked" });
  });

  it("tells whether a key was used before, and whether a confirmation was asked for or given", async () => {
    const harness = await openHarness();
    const keyed = { text: "one", idempotencyKey: "some-key-1" };
    const { id } = saved(await recorded(harness, "memory.save", keyed));
    await recorded(harness, "memory.save", keyed);
    await expectCode(recorded(harness, "memory.save", { ...keyed, text: "two" }), "IDEMPOTENCY_CONFLICT");
    const other = await harness.save("other");
    const asked = await recorded(harness, "memory.forget", { ids: [id, other] });
    if (asked.status !== "confirmation_required") throw new Error("not asked");
    const { confirmationToken } = asked;
    await recorded(harness, "memory.forget", { ids: [id, other], confirmationToken });
    const entries = (await onRecord(harness)).toReversed();
    const states = entries.map(({ outcome, idempotency, confirmation }) => ({
      outcome,
      idempotency,
      confirmation,
    }));
    expect(states).toEqual([
      { outcome: "done", idempotency: "new" },
      { outcome: "done", idempotency: "reused" },
      { outcome: "failed", idempotency: "conflict" },
      { outcome: "asked", confirmation: "asked" },
      { outcome: "done", confirmation: "given" },
    ]);
  });

  it("holds nothing of a memory, a query, a project or a name, whatever was called", async () => {
    const canary = "canary7f3a9";
    const harness = await openHarness();
    const mine = `/work/${canary}`;
    const { id } = saved(
      await recorded(harness, "memory.save", {
        text: `text ${canary}`,
        tags: [canary],
        project: mine,
      }),
    );
    await recorded(harness, "memory.search", { query: canary, project: mine, tags: [canary] });
    await recorded(harness, "memory.capture", {
      session: `session ${canary}`,
      project: mine,
      turns: [{ ...said(canary, `turn ${canary}`), speaker: canary }],
    });
    await recorded(harness, "memory.update", { id, text: `again ${canary}` });
    await recorded(harness, "memory.get", { ids: [id], context: 2 });
    await recorded(harness, "memory.recent", { project: mine });
    await recorded(harness, "memory.brief", { project: mine });
    await recorded(harness, "memory.projects", {});
    await recorded(harness, "client.add", { id: "hook", scopes: ["capture"], projects: [mine] });
    await recorded(
      harness,
      "key.add",
      { kind: "passphrase", label: canary },
      { secrets: [`${canary} long enough`] },
    );
    const line = JSON.stringify({ kind: "note", text: canary, project: mine, at: "2026-05-01T10:00:00Z" });
    await recorded(harness, "data.import", { format: "keepsake" }, { stream: chunks(`${line}\n`) });
    await expectCode(
      recorded(harness, "memory.search", { query: canary, project: mine }, { client: clientOf("x", ["/y"]) }),
      "PROJECT_DENIED",
    );
    await recorded(harness, "memory.forget", { filter: { project: mine, tags: [canary] } });
    await onRecord(harness);
    const kept = [...harness.disk.records.audit.values()].map(({ plaintext }) =>
      Buffer.from(plaintext).toString("latin1"),
    );
    expect(kept.join("")).toContain("memory.search");
    expect(kept.join("")).not.toContain(canary);
    expect(harness.log.join("")).not.toContain(canary);
  });

  it("has the trace id that an error without a cause names", async () => {
    const harness = await openHarness();
    harness.disk.hooks.beforeWrite = () => {
      throw new TypeError("a fault of ours");
    };
    const params = { text: "a note" };
    const record = harness.service.audit.admitted({ client: CLI, method: "memory.save", params, bytesIn: 1 });
    await expect(harness.call("memory.save", params, { record })).rejects.toThrow(TypeError);
    record.answered({ code: "INTERNAL", bytesOut: 0 });
    harness.disk.hooks = {};
    const [entry] = await onRecord(harness, { code: "INTERNAL" });
    expect(entry).toMatchObject({ method: "memory.save", outcome: "failed", traceId: record.traceId });
  });

  it("is asked for nothing by the table that it does not keep: every change has its way onto the record", () => {
    const unrecorded = METHOD_NAMES.filter((name) => {
      const { scope, onRecord: way, destructive, passive }: MethodDefinition = METHODS[name];
      const changes =
        destructive === true || (scope !== "read" && scope !== undefined && scope !== "control");
      return changes && passive !== true && way === undefined;
    });
    expect(unrecorded).toEqual(["vault.verify", "confirm.list", "audit.list", "audit.verify"]);
  });
});

describe("a record that cannot be written", () => {
  it("lets nothing be forgotten and nothing be administered, and reads go on", async () => {
    const harness = await openHarness();
    const id = await harness.save("a note");
    const slots = harness.disk.slots.length;
    harness.disk.readOnly = { code: "DISK_FULL", since: 0 };
    const refused = [
      () => recorded(harness, "memory.forget", { ids: [id] }),
      () => recorded(harness, "client.add", { id: "other" }),
      () => recorded(harness, "client.revoke", { id: "other" }),
      () => recorded(harness, "key.add", { kind: "recovery" }),
      () => recorded(harness, "key.remove", { id: "slot0000" }),
      () => recorded(harness, "key.change", {}, { secrets: [PASSPHRASE, "another good passphrase"] }),
      () => recorded(harness, "vault.purge", {}),
      () => recorded(harness, "vault.rotate", {}),
      () => recorded(harness, "data.import", { format: "keepsake" }),
    ];
    for (const call of refused) await expectCode(call(), "VAULT_READ_ONLY");
    expect(harness.registry.clients.size).toBe(0);
    expect(harness.disk.slots).toHaveLength(slots);
    expect(harness.disk.generation).toBe(1);
    expect(await harness.found("note")).toEqual([id]);
    expect((await recorded(harness, "memory.recent", {})).memories).toHaveLength(1);
    // What would let it be written again is not kept back.
    await recorded(harness, "vault.repair", {});
    harness.disk.readOnly = undefined;
    const kept = await told(harness);
    expect(kept).toContain("vault.repair done");
    expect(kept.filter((entry) => entry.endsWith("VAULT_READ_ONLY"))).toHaveLength(refused.length);
    expect(kept).not.toContain("client.add begun");
  });

  it("lets a sealed daemon add no client", async () => {
    const sealed = await sealedHarness();
    sealed.disk.hooks.beforeCapture = () => {
      throw new KeepsakeError("DISK_FULL");
    };
    await expectCode(recorded(sealed, "client.add", { id: "other" }), "DISK_FULL");
    expect(sealed.registry.clients.size).toBe(0);
  });

  it("says that what was begun may have been done when its end could not be written", async () => {
    const harness = await openHarness();
    let writes = 0;
    harness.disk.hooks.beforeWrite = () => {
      writes += 1;
      if (writes > 1) throw new KeepsakeError("WRITE_FAILED");
    };
    await recorded(harness, "client.add", { id: "other" });
    expect(harness.registry.clients.has("other")).toBe(true);
    const next = harness.restarted();
    harness.disk.hooks = {};
    await next.unlock();
    expect(await told(next)).toEqual(["client.add begun"]);
  });
});

describe("a flood", () => {
  it("of refusals has a few entries a minute, with their number", async () => {
    const harness = await openHarness();
    for (let count = 0; count < 50_000; count += 1)
      refuse(harness, "RATE_LIMITED", { client: "mcp", method: "memory.search" });
    harness.clock.advance(61_000);
    const entries = await onRecord(harness);
    expect(entries).toHaveLength(4);
    expect(entries[0]).toMatchObject({ times: 49_997, code: "RATE_LIMITED", client: "mcp" });
  });

  it("of every kind of refusal there is takes no more entries than kinds are told apart", async () => {
    const harness = await openHarness();
    for (let client = 0; client < 64; client += 1) {
      for (const method of METHOD_NAMES) {
        for (const code of ["RATE_LIMITED", "SCOPE_DENIED", "INVALID_PARAMS"] as const) {
          for (let count = 0; count < 5; count += 1)
            refuse(harness, code, { client: `client-${client}`, method });
        }
      }
    }
    harness.clock.advance(61_000);
    const entries = await onRecord(harness);
    expect(entries.length).toBeLessThanOrEqual(4 * 256 + 3);
    const calls = entries.reduce((sum, { times = 1 }) => sum + times, 0);
    expect(calls).toBe(64 * METHOD_NAMES.length * 3 * 5);
  });

  it("of reads is counted as well, and a status that is polled takes two entries an hour", async () => {
    const harness = await openHarness();
    for (let count = 0; count < 500; count += 1) {
      await recorded(harness, "memory.projects", {});
      await recorded(harness, "vault.status", {});
    }
    harness.clock.advance(3_601_000);
    const entries = await onRecord(harness);
    expect(entries.filter(({ method }) => method === "memory.projects")).toHaveLength(21);
    expect(entries.filter(({ method }) => method === "vault.status")).toHaveLength(2);
  });

  it("while nothing can be written takes no memory without end, and how much was dropped is told", async () => {
    const harness = await openHarness();
    harness.disk.readOnly = { code: "DISK_FULL", since: 0 };
    for (let count = 0; count < 1_500; count += 1) {
      await expectCode(recorded(harness, "client.add", { id: "other" }), "VAULT_READ_ONLY");
    }
    harness.disk.readOnly = undefined;
    const entries = await onRecord(harness);
    const dropped = entries.filter(({ method }) => method === "audit.dropped");
    const lost = dropped.reduce((sum, { times = 0 }) => sum + times, 0);
    expect(lost).toBeGreaterThan(400);
    expect(lost + entries.length - dropped.length).toBe(1_500);
  });
});

describe("while the vault is sealed", () => {
  it("deeds, refusals and failed unlocks wait in the inbox, and join the chain with the unlock", async () => {
    const sealed = await sealedHarness();
    await recorded(sealed, "client.add", { id: "added" });
    await expectCode(
      recorded(sealed, "vault.unlock", { with: "passphrase" }, { secrets: ["not the passphrase"] }),
      "WRONG_PASSPHRASE",
    );
    refuse(sealed, "HELLO_FAILED", { method: "hello" });
    await recorded(sealed, "memory.capture", { session: "s", turns: [said("m", "turn")] });
    await sealed.service.close();
    const next = sealed.restarted();
    // What waits for the record is no turn, and nobody is told that it is one.
    expect(next.disk.inbox.size).toBeGreaterThan(3);
    expect((await next.call("vault.status", {})).waiting).toBe(1);
    const { drained } = await next.unlock();
    expect(drained).toBe(1);
    expect(next.disk.inbox.size).toBe(0);
    expect((await told(next)).toSorted()).toEqual([
      "client.add begun",
      "client.add done",
      "hello refused HELLO_FAILED",
      "memory.capture done",
      "vault.unlock failed WRONG_PASSPHRASE",
    ]);
    const entries = await onRecord(next);
    expect(entries.every(({ sealed: waited }) => waited === true)).toBe(true);
    expect((await next.call("audit.verify", {})).ok).toBe(true);
  });

  it("a flood takes few entries of the inbox", async () => {
    const sealed = await sealedHarness();
    for (let count = 0; count < 5_000; count += 1)
      refuse(sealed, "VAULT_SEALED", { client: "mcp", method: "memory.search" });
    await sealed.service.close();
    expect(sealed.disk.inbox.size).toBe(1);
    const [entry] = [...sealed.disk.inbox.values()];
    expect(JSON.parse(fromUtf8(entry!.plaintext.subarray(1)))).toHaveLength(4);
  });
});
