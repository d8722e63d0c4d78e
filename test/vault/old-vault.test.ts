/** A vault of 0.1.0 under this version. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8 } from "../../src/base/bytes.ts";
import { decodeMemory } from "../../src/service/memory-codec.ts";
import { argon2id } from "../../src/crypto/argon2.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import { decodeHead, HEAD_KEY } from "../../src/vault/written/head.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { SINGLE_ID } from "../../src/vault/written/store-key.ts";
import { unhex } from "../crypto/support.ts";
import { OLD_VAULT, placeOldVault } from "../support/old-vault.ts";
import { tamper } from "./support/tamper.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
  await placeOldVault(home.directory);
});
afterEach(() => home.remove());

/** Of the head as it is in the store. */
function headOf({ state }: LiveVault): Promise<{ readonly version: number; readonly epoch: number }> {
  return state.era.use(async ({ store, sealer }) => {
    const bytes = sealer.open(KEYSPACE_BYTES.head, SINGLE_ID, (await store.get(HEAD_KEY))!);
    return { version: bytes[0]!, epoch: decodeHead(bytes).epoch };
  });
}

describe("a vault that 0.1.0 wrote", () => {
  it("opens with its passphrase, holds every memory and nothing that was forgotten, and is sound", async () => {
    const door = await home.door({ kdf: argon2id });
    expect(door.waiting()).toBe(OLD_VAULT.waiting.length);
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase(OLD_VAULT.passphrase) }, work());
    const { crane, gate, tea, lamp, lampOld, forgotten, wheel } = OLD_VAULT.ids;
    for (const id of [crane, gate, tea, lamp, lampOld]) expect(vault.has("memory", id)).toBe(true);
    for (const id of [forgotten, wheel]) expect(vault.has("memory", id)).toBe(false);
    expect(fromUtf8((await vault.read("memory", crane))!)).toContain("The crane lifts four tonnes");
    expect(vault.health.readOnly).toBeUndefined();
    const { records, damage } = await vault.verify(work());
    expect(damage).toEqual({ damaged: [], missingCount: 0 });
    expect(records).toBeGreaterThan(vault.health.records);
    expect(vault.health.records).toBe(7);
  });

  it("holds notes that the person saved and turns that were captured, each with the trust it still has", async () => {
    const door = await home.door({ kdf: argon2id });
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase(OLD_VAULT.passphrase) }, work());
    const trusts = new Set<string>();
    for await (const { plaintext } of vault.scan("memory")) {
      expect(plaintext[0]).toBe(1);
      const { kind, source, trust } = decodeMemory(plaintext);
      trusts.add(`${kind} of ${source}: ${trust}`);
    }
    expect([...trusts].toSorted()).toEqual(["note of cli: user", "turn of harbour-host: captured"]);
  });

  it("has a head that knows the keyring's epoch after one unlock, also after a purge", async () => {
    const secret = () => passphrase(OLD_VAULT.passphrase);
    const door = await home.door({ kdf: argon2id });
    const vault = await door.unlock({ kind: "passphrase", secret: secret() }, work());
    expect(await headOf(vault)).toEqual({ version: 2, epoch: vault.state.epoch });
    await vault.purge(work());
    expect(await headOf(vault)).toEqual({ version: 2, epoch: vault.state.epoch });
    await door.close();
    home.clock.advance(60_000);
    const again = await home.door({ kdf: argon2id });
    const reopened = await again.unlock({ kind: "passphrase", secret: secret() }, work());
    expect(reopened.health).toMatchObject({ records: 7, generation: 2, readOnly: undefined });
    expect(await headOf(reopened)).toEqual({ version: 2, epoch: reopened.state.epoch });
    expect(again.waiting()).toBe(OLD_VAULT.waiting.length);
    expect((await reopened.verify(work())).damage).toEqual({ damaged: [], missingCount: 0 });
  });

  it("opens with its recovery key", async () => {
    const door = await home.door({ kdf: argon2id });
    const secret = passphrase(OLD_VAULT.recoveryKey);
    const vault = await door.unlock({ kind: "recovery", secret }, work());
    expect(vault.health.records).toBe(7);
  });

  it("gives what waits in its inbox as nobody's, and opens no entry of its first pair again", async () => {
    const door = await home.door({ kdf: argon2id });
    const secret = passphrase(OLD_VAULT.passphrase);
    const vault = await door.unlock({ kind: "passphrase", secret }, work());
    expect(vault.state.keyring.content).toMatchObject({ version: 1, inbox: { epoch: 0 } });
    const texts: string[] = [];
    for await (const { id, plaintext, isAuthored } of door.inbox()) {
      expect(isAuthored).toBe(false);
      texts.push(fromUtf8(plaintext));
      await vault.write([{ type: "drained", id }]);
    }
    expect(texts).toHaveLength(3);
    expect(texts.join("")).toContain("The millstone was dressed in May");
    await door.settleInbox();
    expect(vault.state.keyring.content).toMatchObject({ version: 2, inbox: { epoch: 1 } });
    await door.close();
    const { key, value } = OLD_VAULT.drainedEntry;
    await tamper(home.directory, (store) =>
      store.batch([{ type: "put", key: unhex(key), value: unhex(value) }]),
    );
    const again = await home.door({ kdf: argon2id });
    await again.unlock({ kind: "recovery", secret: passphrase(OLD_VAULT.recoveryKey) }, work());
    const entries: unknown[] = [];
    for await (const entry of again.inbox()) entries.push(entry);
    expect([entries, again.inboxCounts().setAside]).toEqual([[], 1]);
  });
});
