/** The kinds of changes a worker repeats until it is killed; each begins anew from whatever the one before it left. */
import { utf8 } from "../../../src/base/bytes.ts";
import { isoTime } from "../../../src/service/memory-codec.ts";
import type { OpenVault, VaultDoor } from "../../../src/vault/vault.ts";
import { chunks, Harness } from "../../service/harness.ts";
import { passphrase, work } from "../../vault/support/vault-home.ts";
import { numberedPassphrase, slotPassphrase, storedOf, textOf } from "./vault-at.ts";

export interface Changes {
  readonly door: VaultDoor;
  readonly vault: OpenVault;
  /** Number of the present one. */
  passphrase: number;
  readonly say: (...words: readonly (string | number)[]) => void;
  /** @returns whether it was acknowledged; says why not */
  readonly attempt: (change: () => Promise<unknown>) => Promise<boolean>;
  /** Of a memory. */
  readonly nextNumber: () => number;
}

interface ChangeKind {
  /** Whether memories are written and removed all the while. */
  readonly isBesideWrites: boolean;
  /** @returns the change that is repeated */
  readonly prepare: (changes: Changes) => Promise<() => Promise<unknown>>;
}

const IMPORTED_ENTRIES = 700;
const EXTRA_SLOT = "another";

export const KINDS = {
  purge: {
    isBesideWrites: true,
    prepare: ({ vault, attempt }) => Promise.resolve(() => attempt(() => vault.purge(work()))),
  },
  rotate: {
    isBesideWrites: true,
    prepare: ({ door, attempt }) => {
      const service = new Harness({ realDoor: door });
      return Promise.resolve(() => attempt(() => service.call("vault.rotate", {})));
    },
  },
  "rotate-master": {
    isBesideWrites: true,
    prepare: (changes) =>
      Promise.resolve(() => {
        const { door, attempt } = changes;
        const current = passphrase(numberedPassphrase(changes.passphrase));
        return attempt(async () => {
          const { recoveryKey } = await door.slots.rotateMaster(current, { recovery: true }, work());
          recoveryKey?.wipe();
        });
      }),
  },
  rekey: { isBesideWrites: true, prepare: (changes) => Promise.resolve(() => rekey(changes)) },
  keyring: { isBesideWrites: true, prepare: (changes) => Promise.resolve(() => addOrRemoveSlot(changes)) },
  update: {
    isBesideWrites: false,
    prepare: async ({ door, say, attempt, nextNumber }) => {
      const service = new Harness({ realDoor: door });
      const first = nextNumber();
      say("w", first);
      let newest = await service.save(textOf(first));
      say("W", first);
      return async () => {
        const number = nextNumber();
        say("w", number, newest);
        await attempt(async () => {
          newest = (await service.call("memory.update", { id: newest, text: textOf(number) })).id;
          say("W", number, newest);
        });
      };
    },
  },
  forget: {
    isBesideWrites: false,
    prepare: ({ door, say, attempt, nextNumber }) => {
      const service = new Harness({ realDoor: door });
      return Promise.resolve(async () => {
        const number = nextNumber();
        say("w", number);
        const id = await service.save(textOf(number));
        say("W", number);
        say("d", number);
        await attempt(async () => {
          await service.call("memory.forget", { ids: [id] });
          say("D", number);
        });
      });
    },
  },
  import: {
    isBesideWrites: false,
    prepare: ({ door, say, attempt, nextNumber }) => {
      const service = new Harness({ realDoor: door });
      return Promise.resolve(async () => {
        const numbers = Array.from({ length: IMPORTED_ENTRIES }, nextNumber);
        say(numbers.map((number) => `w ${number}`).join("\n"));
        let acknowledged = 0;
        // What a line of progress counts is durable already.
        const onProgress = (done: number) => {
          const stored = numbers.slice(acknowledged, done);
          if (stored.length > 0) say(stored.map((number) => `W ${number}`).join("\n"));
          acknowledged = done;
        };
        const stream = chunks(...numbers.map(importLine));
        await attempt(() => service.call("data.import", { format: "keepsake" }, { stream, onProgress }));
      });
    },
  },
} as const satisfies Record<string, ChangeKind>;

export type Kind = keyof typeof KINDS;

export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

function importLine(number: number): Uint8Array {
  const { kind, text, project, tags, at } = storedOf(number);
  return utf8(`${JSON.stringify({ kind, text, project, tags, at: isoTime(at) })}\n`);
}

async function rekey(changes: Changes): Promise<void> {
  const { door, say, attempt } = changes;
  const next = changes.passphrase + 1;
  say("p", next);
  const current = passphrase(numberedPassphrase(changes.passphrase));
  const change = () => door.slots.changePassphrase(current, passphrase(numberedPassphrase(next)), work());
  if (!(await attempt(change))) return;
  changes.passphrase = next;
  say("P", next);
}

/** Adds a slot, or removes it where it is. */
async function addOrRemoveSlot({ door, say, attempt }: Changes): Promise<void> {
  const found = door.slots.list().find(({ label }) => label === EXTRA_SLOT);
  if (found === undefined) {
    say("s", EXTRA_SLOT);
    const slot = { kind: "passphrase", label: EXTRA_SLOT, passphrase: passphrase(slotPassphrase) } as const;
    if (await attempt(() => door.slots.add(slot, work()))) say("S", EXTRA_SLOT);
    return;
  }
  say("x", EXTRA_SLOT);
  if (await attempt(() => door.slots.remove(found.id))) say("X", EXTRA_SLOT);
}
