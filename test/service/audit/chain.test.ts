import { describe, expect, it, onTestFinished } from "vitest";
import { newRecordId, parseRecordId } from "../../../src/base/record-id.ts";
import type { Change, OpenVault } from "../../../src/vault/vault.ts";
import { KeepsakeError } from "../../../src/base/errors.ts";
import type { Chunk, Link } from "../../../src/service/audit/audit-chunk.ts";
import {
  chunkId,
  decodeChunk,
  decodeMark,
  encodeChunk,
  markId,
} from "../../../src/service/audit/audit-chunk.ts";
import { AuditChain } from "../../../src/service/audit/audit-chain.ts";
import { dropOld } from "../../../src/service/audit/retention.ts";
import { verifyChain } from "../../../src/service/audit/verify-chain.ts";
import { expectCode } from "../../support/codes.ts";
import { KEYSPACE_BYTES } from "../../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../../src/vault/written/store-key.ts";
import { parseParams } from "../../../src/protocol/validate.ts";
import { listEntries } from "../../../src/service/audit/list-entries.ts";
import { FaultyDisk, until } from "../../vault/support/faulty-store.ts";
import { tamper } from "../../vault/support/tamper.ts";
import { passphrase, VaultHome, work } from "../../vault/support/vault-home.ts";
import { MemoryDisk, MemoryOpenVault } from "../memory-vault.ts";

const START = Date.parse("2026-05-01T10:00:00Z");
const DAY_MS = 86_400_000;
const QUERY = parseParams("audit.list", {});

const entryAt = (time: number) => ({
  at: new Date(time).toISOString(),
  client: "cli",
  method: "memory.save",
  outcome: "done" as const,
});

async function filled(vault: OpenVault, entries: number, time = START): Promise<AuditChain> {
  const chain = await AuditChain.open(vault, time);
  await add(chain, entries, time);
  return chain;
}

async function add(chain: AuditChain, entries: number, time = START): Promise<void> {
  for (let count = 0; count < entries; count += 1) chain.add(entryAt(time + count));
  await chain.flush();
}

async function problemsOf(vault: OpenVault, chain: AuditChain) {
  const { problems } = await verifyChain(chain, vault, {
    signal: new AbortController().signal,
    progress: () => {},
  });
  return problems;
}

async function inMemory(entries = 100) {
  const disk = new MemoryDisk();
  const vault = new MemoryOpenVault(disk, () => START);
  const chain = await filled(vault, entries);
  /** As somebody who holds the keys would. */
  const edit = (number: number, change: (links: Link[]) => readonly Link[]) => {
    const id = chunkId(vault, number);
    const kept = disk.records.audit.get(id)?.plaintext;
    const chunk: Chunk = decodeChunk(kept ?? disk.carried);
    const changed = encodeChunk({ number, links: change([...chunk.links]) });
    if (kept === undefined) disk.carried = changed;
    else disk.put("audit", id, changed);
    return chunk.links;
  };
  return { disk, vault, chain, edit };
}

describe("the chain of entries", () => {
  it("is whole through engines that come and go, and takes few records", async () => {
    const { disk, vault, chain } = await inMemory(500);
    expect(await problemsOf(vault, chain)).toEqual([]);
    const next = await filled(vault, 50);
    expect(next.mark.sequence).toBe(550);
    expect(await problemsOf(vault, next)).toEqual([]);
    expect(disk.records.audit.size).toBeLessThan(550 / 6);
  });

  it("names an entry that was changed", async () => {
    const { vault, chain, edit } = await inMemory();
    const links = edit(1, (all) =>
      all.map((link, place) =>
        place === 2 ? { ...link, entry: new TextEncoder().encode(JSON.stringify(entryAt(0))) } : link,
      ),
    );
    const { sequence } = links[2]!;
    expect(await problemsOf(vault, chain)).toEqual([{ kind: "changed", from: sequence, to: sequence }]);
  });

  it("names the newest entry when that was changed, and one that is no entry any more", async () => {
    const { vault, chain, edit } = await inMemory();
    edit(chain.mark.lastChunk, (all) => [
      ...all.slice(0, -1),
      { ...all.at(-1)!, entry: new TextEncoder().encode(JSON.stringify(entryAt(0))) },
    ]);
    edit(0, ([first, ...others]) => [{ ...first!, entry: new TextEncoder().encode("{}") }, ...others]);
    expect(await problemsOf(vault, chain)).toEqual([
      { kind: "changed", from: 1, to: 1 },
      { kind: "changed", from: 100, to: 100 },
    ]);
  });

  it("names entries that were removed from a record, and with a record", async () => {
    const { disk, vault, chain, edit } = await inMemory();
    const within = edit(1, (all) => all.toSpliced(1, 2));
    const gone = decodeChunk(disk.records.audit.get(chunkId(vault, 3))!.plaintext).links;
    disk.records.audit.delete(chunkId(vault, 3));
    expect(await problemsOf(vault, chain)).toEqual([
      { kind: "removed", from: within[1]!.sequence, to: within[2]!.sequence },
      { kind: "removed", from: gone[0]!.sequence, to: gone.at(-1)!.sequence },
    ]);
  });

  it("names entries that change places, in a record and between records", async () => {
    const { vault, chain, edit } = await inMemory();
    const links = edit(1, ([first, second, ...others]) => [second!, first!, ...others]);
    expect(await problemsOf(vault, chain)).toEqual([
      { kind: "reordered", from: links[0]!.sequence, to: links[0]!.sequence },
    ]);
  });

  it("names the newest entries when they were cut off", async () => {
    const { disk, vault, chain, edit } = await inMemory();
    const { lastChunk } = chain.mark;
    const last = decodeChunk(disk.carried).links;
    disk.carried = new Uint8Array(0);
    const before = edit(lastChunk - 1, (all) => all.slice(0, -1));
    expect(last.at(-1)?.sequence).toBe(100);
    const cut = [{ kind: "truncated", from: before.at(-1)!.sequence, to: 100 }];
    expect(await problemsOf(vault, chain)).toEqual(cut);
    // The next engine goes on behind the hole, and it stays to be seen.
    const next = await filled(vault, 5);
    expect(await problemsOf(vault, next)).toEqual([{ ...cut[0]!, kind: "removed" }]);
  });

  it("says that it may have been cut off when its end was lost", async () => {
    const { disk, vault } = await inMemory();
    disk.damaged.add(markId(vault));
    const next = await filled(vault, 5);
    expect(next.mark.sequence).toBe(106);
    expect(await problemsOf(vault, next)).toEqual([{ kind: "truncated", from: 101, to: 101 }]);
  });

  it("of a vault in which nothing was ever written begins with the first entry", async () => {
    const { vault, chain } = await inMemory(0);
    expect(await problemsOf(vault, chain)).toEqual([]);
    await add(chain, 1);
    expect(chain.mark.sequence).toBe(1);
  });

  it("has each entry once when a batch comes to nothing, and the deed of that batch not at all", async () => {
    const { disk, vault, chain } = await inMemory(1);
    disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    chain.add(entryAt(START));
    const deed = (): readonly Change[] => [chain.deed(() => entryAt(START))];
    await expectCode(vault.write(deed()), "WRITE_FAILED");
    disk.hooks = {};
    chain.board();
    await vault.write(deed());
    expect(chain.mark.sequence).toBe(3);
    expect(await problemsOf(vault, chain)).toEqual([]);
  });
});

describe("entries that are old or too many", () => {
  it("leave by whole records, and the chain goes on behind them", async () => {
    const { disk, vault, chain } = await inMemory(100);
    const later = START + 91 * DAY_MS;
    await add(chain, 100, later);
    const before = disk.records.audit.size;
    await dropOld(chain, 90 * DAY_MS, later);
    await chain.flush();
    expect(disk.records.audit.size).toBeLessThan(before);
    const { dropped } = chain.mark;
    expect(dropped).toMatchObject({ reason: "age", at: later });
    // Not one that is younger, and nearly all that are older.
    expect(dropped.sequence).toBeLessThanOrEqual(100);
    expect(dropped.sequence).toBeGreaterThan(85);
    expect(await problemsOf(vault, chain)).toEqual([]);
    const next = await filled(vault, 1, later);
    expect(next.mark.dropped).toEqual(dropped);
    expect(await problemsOf(vault, next)).toEqual([]);
  });

  it("stay while they are young enough, however often it is looked", async () => {
    const { chain } = await inMemory(100);
    await dropOld(chain, 90 * DAY_MS, START + 89 * DAY_MS);
    await chain.flush();
    expect(chain.mark.dropped.sequence).toBe(0);
  });

  it("make room when there is no more for them, and that is told", async () => {
    const { disk, vault, chain } = await inMemory(200);
    await dropOld(chain, Infinity, START, 5);
    await chain.flush();
    expect(disk.records.audit.size).toBe(4 + 1);
    expect(chain.mark.dropped.reason).toBe("size");
    expect(await problemsOf(vault, chain)).toEqual([]);
  });

  it("leave a chunk behind that cannot be read as long as the one behind it is young", async () => {
    const { disk, vault, chain } = await inMemory(100);
    disk.damaged.add(chunkId(vault, 0));
    await dropOld(chain, 90 * DAY_MS, START);
    await chain.flush();
    expect(chain.mark.firstChunk).toBe(0);
    expect((await problemsOf(vault, chain))[0]?.kind).toBe("changed");
    await dropOld(chain, 0, START + DAY_MS);
    await chain.flush();
    expect(await problemsOf(vault, chain)).toEqual([]);
  });
});

describe("in a vault on disk", () => {
  async function home() {
    const vaultHome = await VaultHome.make();
    onTestFinished(() => vaultHome.remove());
    return vaultHome;
  }

  it("the chain survives a purge, a rotation of the master key, a repair and a new engine", async () => {
    const vaultHome = await home();
    const { door, vault } = await vaultHome.create();
    const chain = await filled(vault, 60);
    await vault.write([{ type: "put", keyspace: "memory", id: newRecordId(), plaintext: Uint8Array.of(1) }]);
    await vault.purge(work());
    await add(chain, 10);
    await vault.repair({ acceptRollback: false }, work());
    await add(chain, 10);
    const { recoveryKey } = await door.slots.rotateMaster(passphrase(), { recovery: false }, work());
    recoveryKey?.wipe();
    expect(await problemsOf(vault, chain)).toEqual([]);
    await door.close();
    const reopened = await vaultHome.open();
    const next = await filled(reopened.vault, 20);
    expect(next.mark.sequence).toBe(100);
    expect(await problemsOf(reopened.vault, next)).toEqual([]);
  });

  it("names what a change of the store's files took away", async () => {
    const vaultHome = await home();
    const { door, vault } = await vaultHome.create();
    await filled(vault, 60);
    const key = storeKey(KEYSPACE_BYTES.audit, parseRecordId(chunkId(vault, 1)));
    await door.close();
    await tamper(vaultHome.directory, (store) => store.batch([{ type: "del", key }]));
    const { vault: reopened } = await vaultHome.open();
    const chain = await AuditChain.open(reopened, START);
    const [problem, ...others] = await problemsOf(reopened, chain);
    expect(problem?.kind).toBe("removed");
    expect(others).toEqual([]);
    expect(decodeMark((await reopened.read("audit", markId(reopened)))!).sequence).toBe(60);
  });

  it.each([
    [true, ["kept", "late"]],
    [false, ["late"]],
  ])(
    "a batch that was refused and is there all the same (%s) is in the chain exactly then",
    async (isWritten, ids) => {
      const vaultHome = await home();
      const disk = new FaultyDisk();
      const { vault } = await vaultHome.create({ opener: disk.opener });
      const chain = await filled(vault, 1);
      disk.onBatch = () => ({ code: "WRITE_FAILED", isWritten });
      const deed = (id: string) => [chain.deed(() => ({ ...entryAt(START), ids: [id] }))];
      await expectCode(vault.write(deed("kept")), "WRITE_FAILED");
      disk.onBatch = () => undefined;
      await until(() => vault.health.readOnly === undefined);
      await vault.write(deed("late"));
      const { entries } = await listEntries(chain, QUERY, new AbortController().signal);
      expect(entries.flatMap((entry) => entry.ids ?? []).toReversed()).toEqual(ids);
      expect(await problemsOf(vault, chain)).toEqual([]);
    },
  );
});
