/** The vault against a map: any changes, closings, crashes, purges and checkpoints, in any order. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import type { Change, Keyspace } from "../../src/vault/vault.ts";
import { VaultHome, work } from "./support/vault-home.ts";

const KEYSPACES: readonly Keyspace[] = ["memory", "idempotency", "audit"];
const IDS = Array.from({ length: 12 }, () => newRecordId());

interface Model {
  /** `keyspace/id` → plaintext. */
  readonly records: Map<string, string>;
  readonly inbox: Set<string>;
  generation: number;
}

interface Real {
  home: VaultHome;
  door: KeepsakeDoor;
  vault: LiveVault;
}

type Command = fc.AsyncCommand<Model, Real>;

class Write implements Command {
  readonly changes: readonly {
    readonly keyspace: number;
    readonly id: number;
    readonly text: string | undefined;
  }[];

  constructor(changes: Write["changes"]) {
    this.changes = changes;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { vault }: Real): Promise<void> {
    const changes = this.changes.map(({ keyspace, id, text }): Change => {
      const place = { keyspace: KEYSPACES[keyspace]!, id: IDS[id]! };
      return text === undefined
        ? { type: "delete", ...place }
        : { type: "put", ...place, plaintext: utf8(text) };
    });
    await vault.write(changes);
    for (const { keyspace, id, text } of this.changes) {
      const name = `${KEYSPACES[keyspace]!}/${IDS[id]!}`;
      if (text === undefined) model.records.delete(name);
      else model.records.set(name, text);
    }
  }

  toString(): string {
    return `write(${this.changes.map(({ keyspace, id, text }) => `${keyspace}/${id}=${text ?? "-"}`).join(" ")})`;
  }
}

class Step implements Command {
  readonly name: string;
  readonly run: (model: Model, real: Real) => Promise<void>;

  constructor(name: string, run: (model: Model, real: Real) => Promise<void>) {
    this.name = name;
    this.run = run;
  }

  check(): boolean {
    return true;
  }

  toString(): string {
    return this.name;
  }
}

const change = fc.record({
  keyspace: fc.nat(2),
  id: fc.nat(IDS.length - 1),
  text: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
});

const commands: fc.Arbitrary<Command>[] = [
  fc.array(change, { maxLength: 6 }).map((changes) => new Write(changes)),
  fc.array(change, { maxLength: 6 }).map((changes) => new Write(changes)),
  fc.string({ minLength: 1, maxLength: 20 }).map(
    (text) =>
      new Step(`capture ${JSON.stringify(text)}`, async (model, { door }) => {
        const entry = `${model.inbox.size}:${text}`;
        await door.capture([utf8(entry)]);
        model.inbox.add(entry);
      }),
  ),
  fc.constant(
    new Step("drain one", async (model, { door, vault }) => {
      for await (const { id, plaintext } of door.inbox()) {
        await vault.write([{ type: "drained", id }]);
        model.inbox.delete(fromUtf8(plaintext));
        return;
      }
    }),
  ),
  fc.constant(
    new Step("purge", async (model, { vault }) => {
      await vault.purge(work());
      model.generation += 1;
    }),
  ),
  fc.constant(new Step("checkpoint", async (_, { vault }) => vault.writeCheckpoint([utf8("a chunk")]))),
  fc.constant(
    new Step("close and open", async (_, real) => {
      await real.door.close();
      Object.assign(real, await real.home.open());
    }),
  ),
  fc.constant(
    new Step("crash and open", async (_, real) => {
      // What the disk has at this moment is all that is left.
      const crashed = await real.home.copy();
      await real.door.close();
      await real.home.remove();
      Object.assign(real, { home: crashed }, await crashed.open());
    }),
  ),
  fc.constant(
    new Step("capture while sealed", async (model, real) => {
      await real.door.close();
      const sealed = await real.home.door();
      const entry = `${model.inbox.size}:sealed`;
      await sealed.capture([utf8(entry)]);
      model.inbox.add(entry);
      await sealed.close();
      Object.assign(real, await real.home.open());
    }),
  ),
  fc.constant(new Step("compare", compare)),
];

async function compare(model: Model, { door, vault }: Real): Promise<void> {
  const found = new Map<string, string>();
  for (const keyspace of KEYSPACES) {
    for await (const { id, plaintext } of vault.scan(keyspace))
      found.set(`${keyspace}/${id}`, fromUtf8(plaintext));
    for (const id of IDS) {
      const expected = model.records.get(`${keyspace}/${id}`);
      expect(vault.has(keyspace, id)).toBe(expected !== undefined);
      const plaintext = await vault.read(keyspace, id);
      expect(plaintext && fromUtf8(plaintext)).toBe(expected);
    }
  }
  expect(found).toEqual(model.records);
  const entries = new Set<string>();
  // What came since an earlier look began is of the next one.
  await door.settleInbox();
  for await (const { plaintext } of door.inbox()) entries.add(fromUtf8(plaintext));
  expect(entries).toEqual(model.inbox);
  expect(door.waiting()).toBe(model.inbox.size);
  expect(vault.health).toMatchObject({
    generation: model.generation,
    readOnly: undefined,
    damage: { damaged: [], missingCount: 0 },
  });
}

describe("the vault", () => {
  test.prop([fc.commands(commands, { maxCommands: 25 })], { numRuns: 15 })(
    "holds what a map would hold",
    async (sequence) => {
      const home = await VaultHome.make();
      const real: Real = { home, ...(await home.create()) };
      const model: Model = { records: new Map(), inbox: new Set(), generation: 1 };
      try {
        await fc.asyncModelRun(() => ({ model, real }), sequence);
        await compare(model, real);
      } finally {
        await real.home.remove();
      }
    },
    120_000,
  );
});
