/** The copy that a re-seal makes: it gives way to others, and takes in what is written meanwhile as long as that is much. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { utf8 } from "../../../src/base/bytes.ts";
import { newRecordId } from "../../../src/base/record-id.ts";
import { Secret } from "../../../src/base/secret.ts";
import { systemRandomness } from "../../../src/crypto/random.ts";
import { GenerationCopy } from "../../../src/vault/generation/generation-copy.ts";
import { GenerationDraft } from "../../../src/vault/generation/generation-draft.ts";
import { HEAD_KEY } from "../../../src/vault/written/head.ts";
import type { LiveVault } from "../../../src/vault/live-vault.ts";
import { RecordSealer } from "../../../src/vault/written/record-sealer.ts";
import type { LongWork, Progress } from "../../../src/vault/vault.ts";
import { MemoryStore } from "../../store/support/memory-store.ts";
import { FaultyDisk } from "../support/faulty-store.ts";
import { memoryKey, tamper } from "../support/tamper.ts";
import { VaultHome, work } from "../support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  await home.remove();
});

const put = (text = "text") =>
  ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8(text) }) as const;

async function filled(count: number): Promise<{ vault: LiveVault; keys: readonly Uint8Array[] }> {
  const { vault } = await home.create();
  const changes = Array.from({ length: count }, () => put());
  await vault.write(changes);
  return { vault, keys: changes.map(({ id }) => memoryKey(id)) };
}

function copyOf({ state, reader, inbox }: LiveVault): GenerationCopy {
  const term = { term: 2, key: new Secret(systemRandomness.bytes(32)) };
  const parts = {
    vaultId: state.vaultId,
    generation: 2,
    terms: [term],
    seals: 0,
    randomness: systemRandomness,
  };
  const draft = new GenerationDraft(new MemoryStore(), new RecordSealer(parts), state.keys.headHash.bytes);
  return new GenerationCopy({ state, reader, inbox, draft });
}

const longWork = (progress: () => void, signal = new AbortController().signal): LongWork => ({
  progress,
  signal,
});

/** A signal that is asked whether to go on, and never says no. */
function watchedSignal(asked: () => void): AbortSignal {
  return Object.defineProperty(new AbortController().signal, "aborted", {
    get: () => {
      asked();
      return false;
    },
  });
}

function touch({ state }: LiveVault, keys: readonly Uint8Array[]): void {
  const changes = keys.map((key) => ({ key, tag: state.directories.tagOf(key) }));
  state.committed(undefined, changes);
}

describe("copying a generation", () => {
  it("gives way after every fifty records and every page of the directory", async () => {
    const { vault } = await filled(120);
    let asked = 0;
    await copyOf(vault).fill(
      longWork(
        () => {},
        watchedSignal(() => (asked += 1)),
      ),
    );
    expect(asked).toBe(3);
  });

  it("ends where it is told to stop", async () => {
    const { vault } = await filled(10);
    const stopped = copyOf(vault).fill(work({ signal: AbortSignal.abort() }));
    await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("tells how many of all records it has copied", async () => {
    const { vault } = await filled(300);
    const seen: Progress[] = [];
    await copyOf(vault).fill(work({ seen }));
    expect(seen).toEqual([
      { stage: "write", done: 200, total: 300 },
      { stage: "write", done: 300, total: 300 },
    ]);
  });

  it("leaves a hundred records that were touched meanwhile for the end, and no more", async () => {
    const { vault, keys } = await filled(150);
    for (const [touched, left] of [
      [100, 100],
      [101, 0],
    ] as const) {
      const collecting = vi.spyOn(vault.state, "collectTouched");
      await copyOf(vault).fill(longWork(() => touch(vault, keys.slice(0, touched))));
      expect(collecting.mock.lastCall![0]!.size).toBe(left);
    }
  });

  it("does not run after writes for ever", async () => {
    const { vault, keys } = await filled(150);
    let asked = 0;
    const signal = watchedSignal(() => {
      asked += 1;
      touch(vault, keys);
    });
    const collecting = vi.spyOn(vault.state, "collectTouched");
    await copyOf(vault).fill(longWork(() => {}, signal));
    // Three times for the records, ten for rounds over what was touched, once for the page of the directory.
    expect(asked).toBe(14);
    expect(collecting.mock.lastCall![0]!.size).toBe(150);
  });
});

describe("the next generation", () => {
  it("has a checkpoint: the next unlock needs no value of any record", async () => {
    const { door, vault } = await home.create();
    await vault.write(Array.from({ length: 20 }, () => put()));
    await vault.purge(work());
    await door.close();
    let values = 0;
    disk.beforeRead = (kind) => void (values += kind === "entries" ? 1 : 0);
    const again = await home.open({ opener: disk.opener });
    // One page of the inbox, whose bytes are counted.
    expect(values).toBe(1);
    expect(again.vault.health.records).toBe(20);
  });

  it("goes on with the sequence, counts its seals, and begins without a scrub under way", async () => {
    const { door, vault } = await home.create();
    vault.writer.patchHead({ scrubCursor: memoryKey(newRecordId()), scrubbedAt: 1_000 });
    await vault.write([put(), put()]);
    const { sequence } = vault.state.head;
    await vault.purge(work());
    const { head } = vault.state;
    // One head of the new generation, and one for the inbox's old pair, which goes right after.
    expect(head).toMatchObject({ sequence: sequence + 2, live: 2, scrubCursor: undefined });
    expect(head.scrubbedAt).toBeGreaterThan(home.clock.now() - 60_000);
    expect(await vault.state.era.use(({ sealer }) => sealer.seals)).toBe(head.seals);
    await door.close();
    const again = await home.open();
    expect(again.vault.state.head).toEqual(head);
    expect(await again.vault.state.era.use(({ sealer }) => sealer.seals)).toBe(head.seals);
  });

  it("is anchored from the beginning, also after a repair", async () => {
    const { door, vault } = await home.create();
    await vault.write([put()]);
    await door.close();
    await tamper(home.directory, (store) => store.batch([{ type: "del", key: HEAD_KEY }]));
    const opened = await home.open();
    const { state } = opened.vault;
    await opened.vault.repair({ acceptRollback: false }, work());
    await opened.vault.write([put()]);
    await state.writeAnchor();
    const anchor = await state.deps.anchorFile.read(state.vaultId, state.keyring.masterKey);
    expect(anchor).toMatchObject({ sequence: state.head.sequence, live: 2 });
  });
});
