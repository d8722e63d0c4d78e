/**
 * Typed arrays that grow by a quarter, so that a million rows waste little and no single growth copies for long. The hot loops
 * of the search read `array` straight, which is why it is public; only `reserve` and a dictionary that tightens replace it.
 */

type Numbers = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

const GROWTH = 1.25;

/** One column of a table. `array` is replaced when it grows: take it anew after every `reserve`. */
export class Column<T extends Numbers> {
  array: T;
  readonly #make: (length: number) => T;

  /** @param capacity - to start with; columns of one table take different ones, so that they grow at different rows */
  constructor(make: (length: number) => T, capacity: number) {
    this.#make = make;
    this.array = make(capacity);
  }

  /** Makes room for `length` numbers; new ones are zero. */
  reserve(length: number): void {
    if (length <= this.array.length) return;
    const grown = this.#make(Math.max(length, Math.ceil(this.array.length * GROWTH)));
    grown.set(this.array);
    this.array = grown;
  }
}

export const float64Column = (capacity: number): Column<Float64Array> =>
  new Column((length) => new Float64Array(length), capacity);
export const int32Column = (capacity: number): Column<Int32Array> =>
  new Column((length) => new Int32Array(length), capacity);
export const uint32Column = (capacity: number): Column<Uint32Array> =>
  new Column((length) => new Uint32Array(length), capacity);
export const uint16Column = (capacity: number): Column<Uint16Array> =>
  new Column((length) => new Uint16Array(length), capacity);
export const uint8Column = (capacity: number): Column<Uint8Array> =>
  new Column((length) => new Uint8Array(length), capacity);
