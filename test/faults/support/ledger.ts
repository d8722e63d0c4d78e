/** What a worker said, put together over many rounds, and the comparison of a vault with it. */
import { readdir } from "node:fs/promises";
import { fromUtf8 } from "../../../src/base/bytes.ts";
import { hasCode } from "../../../src/base/errors.ts";
import { openAt, textOf } from "./vault-at.ts";

export interface Verdict {
  /** Acknowledged records that are gone, acknowledged removals that are there. */
  readonly lost: number;
  /** Records that hold something nobody stored. */
  readonly wrong: number;
  /** Generations on the disk after opening. */
  readonly generations: number;
  /** Whether the vault reports damage or refuses writes. */
  readonly isDamaged: boolean;
}

export class Ledger {
  /** id → number; acknowledged and not known to be removed. */
  readonly #stored = new Map<string, number>();
  readonly #removed = new Set<string>();
  /** Asked for and never answered: may be there or not. */
  readonly #open = new Map<string, number>();
  readonly #removing = new Set<string>();
  #passphrases: readonly number[] = [0];
  acknowledged = 0;
  purges = 0;
  refusals: string[] = [];

  /** Takes in the output of one worker. A last line that was cut off says nothing. */
  read(output: string): void {
    for (const line of output.slice(0, output.lastIndexOf("\n") + 1).split("\n")) this.#line(line);
  }

  get #lastPassphrase(): number {
    return this.#passphrases[0] ?? 0;
  }

  /** Opens the vault with what must work now and looks at everything. */
  async check(directory: string): Promise<Verdict & { readonly passphrase: number }> {
    const { opened, passphrase } = await this.#openWithEither(directory);
    const { door, vault } = opened;
    let lost = 0;
    let wrong = 0;
    const found = new Set<string>();
    try {
      for await (const { id, plaintext } of vault.scan("memory")) {
        found.add(id);
        const number = this.#stored.get(id) ?? this.#open.get(id);
        if (number === undefined ? !this.#removed.has(id) : fromUtf8(plaintext) !== textOf(id, number))
          wrong += 1;
        if (this.#removed.has(id)) lost += 1;
      }
      for (const id of this.#stored.keys()) if (!found.has(id) && !this.#removing.has(id)) lost += 1;
      const { damage, readOnly } = vault.health;
      const isDamaged = damage.damaged.length > 0 || damage.missingCount !== 0 || readOnly !== undefined;
      return { lost, wrong, isDamaged, passphrase, generations: await countGenerations(directory) };
    } finally {
      await door.close();
    }
  }

  async #openWithEither(directory: string) {
    for (const passphrase of this.#passphrases) {
      try {
        const opened = await openAt(directory, passphrase);
        this.#passphrases = [passphrase];
        return { opened, passphrase };
      } catch (error) {
        if (!hasCode(error, "WRONG_PASSPHRASE")) throw error;
      }
    }
    throw new Error("no passphrase opens the vault");
  }

  #line(line: string): void {
    const [what, id = "", number = ""] = line.split(" ");
    if (what === "w") this.#open.set(id, Number(number));
    if (what === "W") {
      this.#stored.set(id, Number(number));
      this.acknowledged += 1;
    }
    if (what === "d") this.#removing.add(id);
    if (what === "D") {
      this.#stored.delete(id);
      this.#removed.add(id);
      this.acknowledged += 1;
    }
    if (what === "p") this.#passphrases = [this.#lastPassphrase, Number(id)];
    if (what === "P") this.#passphrases = [Number(id)];
    if (what === "G") this.purges += 1;
    if (what === "R") this.refusals.push(id);
  }
}

async function countGenerations(directory: string): Promise<number> {
  return (await readdir(directory)).filter((name) => name.startsWith("store.")).length;
}
