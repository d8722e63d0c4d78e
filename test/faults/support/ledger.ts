/** What workers said, put together over many rounds, and the comparison of a vault with it. */
import { readdir } from "node:fs/promises";
import { hasCode } from "../../../src/base/errors.ts";
import { decodeMemory } from "../../../src/service/memory-codec.ts";
import type { VaultDoor } from "../../../src/vault/vault.ts";
import { numberedPassphrase, openWith, slotPassphrase, textOf } from "./vault-at.ts";
import type { Opened } from "./vault-at.ts";

export interface Verdict {
  /** Acknowledged memories or slots that are gone, acknowledged removals that are there. */
  readonly lost: number;
  /** Memories that hold something nobody stored, or are there twice. */
  readonly wrong: number;
  /** Generations on the disk after opening. */
  readonly generations: number;
  /** Whether the vault reports damage or refuses writes. */
  readonly isDamaged: boolean;
  /** Why it refuses them. */
  readonly refusal: string | undefined;
}

/** Of one memory: what it supersedes, and whether the worker knows that it was stored. */
interface Asked {
  readonly supersedes: string | undefined;
  isAcknowledged: boolean;
}

export class Ledger {
  /** By number; what was never answered may be there or not. */
  readonly #asked = new Map<number, Asked>();
  readonly #removed = new Set<number>();
  readonly #removing = new Set<number>();
  /** Label → whether it was acknowledged: a slot to be there, or gone. */
  readonly #slots = new Map<string, { readonly isThere: boolean; readonly isAcknowledged: boolean }>();
  #passphrases: readonly number[] = [0];
  readonly #ended = new Map<string, number>();
  #running: readonly string[] = [];
  acknowledged = 0;
  refusals: string[] = [];

  /** Takes in the output of one worker. A last line that was cut off says nothing. */
  read(output: string): void {
    this.#running = [];
    for (const line of output.slice(0, output.lastIndexOf("\n") + 1).split("\n")) this.#line(line);
  }

  /** Kinds of changes that had begun and not ended when the last worker did. */
  get running(): readonly string[] {
    return this.#running;
  }

  /** Memories asked for and neither acknowledged nor looked for since. */
  get openWrites(): number {
    return [...this.#asked.values()].filter(({ isAcknowledged }) => !isAcknowledged).length;
  }

  /** How many changes of a kind ended. */
  ended(kind: string): number {
    return this.#ended.get(kind) ?? 0;
  }

  get passphrase(): number {
    return this.#passphrases[0] ?? 0;
  }

  /**
   * Opens the vault with what must work now, looks at everything, and takes what it finds of what was never answered as
   * the truth from now on.
   *
   * @throws KeepsakeError when it does not open
   */
  async check(directory: string): Promise<Verdict> {
    const { door, vault } = await this.#open(directory);
    let lost = this.#checkSlots(door);
    let wrong = 0;
    const found = new Set<number>();
    try {
      for await (const { plaintext } of vault.scan("memory")) {
        const { text, supersedes } = decodeMemory(plaintext);
        const number = Number.parseInt(text, 10);
        const asked = this.#asked.get(number);
        if (this.#removed.has(number)) lost += 1;
        else if (asked === undefined || asked.supersedes !== supersedes || text !== textOf(number))
          wrong += 1;
        if (found.has(number)) wrong += 1;
        found.add(number);
      }
      for (const [number, asked] of this.#asked) {
        if (found.has(number)) asked.isAcknowledged = true;
        else {
          if (asked.isAcknowledged && !this.#removing.has(number)) lost += 1;
          this.#asked.delete(number);
        }
      }
      this.#removing.clear();
      const { damage, readOnly } = vault.health;
      const isDamaged = damage.damaged.length > 0 || damage.missingCount !== 0 || readOnly !== undefined;
      const generations = await countGenerations(directory);
      return { lost, wrong, isDamaged, refusal: readOnly?.message, generations };
    } finally {
      await door.close();
    }
  }

  /** @returns 1 when a slot that must be there is gone, or the other way round */
  #checkSlots(door: VaultDoor): number {
    let lost = 0;
    for (const [label, { isThere, isAcknowledged }] of this.#slots) {
      const isFound = door.slots.list().some((slot) => slot.label === label);
      if (isAcknowledged && isFound !== isThere) lost += 1;
      this.#slots.set(label, { isThere: isFound, isAcknowledged: true });
    }
    return lost;
  }

  async #open(directory: string): Promise<Opened> {
    for (const number of this.#passphrases) {
      try {
        const opened = await openWith(directory, numberedPassphrase(number));
        this.#passphrases = [number];
        return await this.#openBySlot(directory, opened);
      } catch (error) {
        if (!hasCode(error, "WRONG_PASSPHRASE")) throw error;
      }
    }
    throw new Error("no passphrase opens the vault");
  }

  /** Once more with the passphrase of another slot, if one was acknowledged. */
  async #openBySlot(directory: string, opened: Opened): Promise<Opened> {
    const isSure = [...this.#slots.values()].some(({ isThere, isAcknowledged }) => isThere && isAcknowledged);
    if (!isSure) return opened;
    await opened.door.close();
    return openWith(directory, slotPassphrase);
  }

  #line(line: string): void {
    const [what, name = "", more] = line.split(" ");
    const number = Number(name);
    if (what === "w") this.#asked.set(number, { supersedes: more, isAcknowledged: false });
    if (what === "d") this.#removing.add(number);
    if (what === "s" || what === "x") this.#slots.set(name, { isThere: what === "s", isAcknowledged: false });
    if (what === "p") this.#passphrases = [this.passphrase, number];
    if (what === "R") this.refusals.push(name);
    if (what === "b") this.#running = [...this.#running, name];
    if (what === "E") {
      this.#running = this.#running.filter((kind) => kind !== name);
      this.#ended.set(name, this.ended(name) + 1);
    }
    if (what === undefined || !"WDSXP".includes(what) || what === "") return;
    this.acknowledged += 1;
    if (what === "W") this.#acknowledge(number);
    if (what === "D") {
      this.#asked.delete(number);
      this.#removed.add(number);
    }
    if (what === "S" || what === "X") this.#slots.set(name, { isThere: what === "S", isAcknowledged: true });
    if (what === "P") this.#passphrases = [number];
  }

  #acknowledge(number: number): void {
    const asked = this.#asked.get(number);
    if (asked !== undefined) asked.isAcknowledged = true;
  }
}

async function countGenerations(directory: string): Promise<number> {
  return (await readdir(directory)).filter((name) => name.startsWith("store.")).length;
}
