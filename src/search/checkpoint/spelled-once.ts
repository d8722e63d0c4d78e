/** Names that are numbered as they first occur and spelled only there; 0 stands for none. */
import type { ByteReader } from "./byte-reader.ts";

export class SpelledOnce<T> {
  readonly #spell: (body: ByteReader) => T;
  readonly #names: (T | undefined)[] = [undefined];

  constructor(spell: (body: ByteReader) => T) {
    this.#spell = spell;
  }

  /** Reads a number, and the spelling behind it where it is new. @throws Error when a number has no spelling */
  read(body: ByteReader): T | undefined {
    const number = body.varint();
    if (number === this.#names.length) this.#names.push(this.#spell(body));
    if (number >= this.#names.length) throw new Error("a name has no spelling");
    return this.#names[number];
  }
}
