/** Entries that are counted as they are written, and names that are numbered as they first occur. */
import { NO_NAME } from "../catalogue/names.ts";
import { ByteWriter } from "./byte-writer.ts";

/** Entries of one kind: their count comes before them. */
export class CountedEntries {
  readonly #entries = new ByteWriter();
  #count = 0;

  /** Bytes of the entries. */
  get length(): number {
    return this.#entries.length;
  }

  /** Where one more entry is to be written. */
  add(): ByteWriter {
    this.#count += 1;
    return this.#entries;
  }

  /** Moves everything since the last call behind what is in `into`. */
  moveTo(into: ByteWriter): void {
    into.varint(this.#count);
    into.raw(this.#entries.take());
    this.#count = 0;
  }
}

/** Writes the name that a code of the index stands for; `row` is the first that has it. */
type Spell = (code: number, into: ByteWriter, row: number) => void;

/** Names by their number in the checkpoint, from 1 on; those that are new are spelled. */
export class NumberedNames {
  /** Spellings of names that are new since they were moved last. */
  readonly spellings = new CountedEntries();
  readonly #numbers = new Map<number, number>();
  readonly #spell: Spell;

  constructor(spell: Spell) {
    this.#spell = spell;
  }

  /** The number of the name with this code in the index; 0 for none. */
  numberOf(code: number, row: number): number {
    if (code === NO_NAME) return 0;
    const known = this.#numbers.get(code);
    if (known !== undefined) return known;
    this.#spell(code, this.spellings.add(), row);
    this.#numbers.set(code, this.#numbers.size + 1);
    return this.#numbers.size;
  }
}
