/**
 * Reads that are asked for in the same moment, made in one go: the way into the database and back, by a thread of its own,
 * takes much longer than a value.
 */

/** @throws when a value cannot be read */
type ReadOne = (key: Uint8Array) => Promise<Uint8Array | undefined>;
/** In the order of the keys. @throws when any of the values cannot be read */
type ReadMany = (keys: readonly Uint8Array[]) => Promise<readonly (Uint8Array | undefined)[]>;

interface Asked {
  readonly key: Uint8Array;
  readonly answer: (value: Promise<Uint8Array | undefined> | Uint8Array | undefined) => void;
}

export class GatheredReads {
  readonly #readOne: ReadOne;
  readonly #readMany: ReadMany;
  #asked: Asked[] = [];

  constructor(readOne: ReadOne, readMany: ReadMany) {
    this.#readOne = readOne;
    this.#readMany = readMany;
  }

  /** @throws as `readOne` for this key, whatever becomes of the others */
  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((answer) => {
      const count = this.#asked.push({ key, answer });
      if (count === 1) queueMicrotask(() => void this.#read());
    });
  }

  async #read(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const values = asked.length === 1 ? undefined : await this.#valuesOf(asked);
    for (const [index, { key, answer }] of asked.entries()) {
      answer(values === undefined ? this.#readOne(key) : values[index]);
    }
  }

  /** @returns undefined when one of them cannot be read, which must not hide the others */
  async #valuesOf(asked: readonly Asked[]): Promise<readonly (Uint8Array | undefined)[] | undefined> {
    try {
      return await this.#readMany(asked.map(({ key }) => key));
    } catch {
      return undefined;
    }
  }
}
