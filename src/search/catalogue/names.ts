/**
 * Names and the small numbers that stand for them in columns: projects, sessions, speakers, sets of tags. A name is kept
 * while something uses it; once unused it stays only until the next sweep, and then its number may stand for another.
 */

/** Stands for "no name". */
export const NO_NAME = 0;

export class Names {
  readonly #codes = new Map<string, number>();
  /** By code; code 0 is no name. */
  readonly #names: (string | undefined)[] = [undefined];
  readonly #uses: number[] = [0];
  readonly #free: number[] = [];

  /** The code of a name, new if need be, with one more use. */
  take(name: string): number {
    const code = this.#codes.get(name) ?? this.#create(name);
    this.#uses[code] = this.uses(code) + 1;
    return code;
  }

  /** The code of a name, new if need be, without a use: until the next sweep it has to be used. */
  note(name: string): number {
    const code = this.take(name);
    this.release(code);
    return code;
  }

  /** One more use of a name that has a code. */
  use(code: number): void {
    if (code !== NO_NAME) this.#uses[code] = this.uses(code) + 1;
  }

  /** One use less. */
  release(code: number): void {
    if (code !== NO_NAME) this.#uses[code] = this.uses(code) - 1;
  }

  /** The code of a name in use, or undefined. */
  find(name: string): number | undefined {
    const code = this.#codes.get(name);
    return code !== undefined && this.uses(code) > 0 ? code : undefined;
  }

  name(code: number): string | undefined {
    return this.#names[code];
  }

  uses(code: number): number {
    return this.#uses[code] ?? 0;
  }

  /** One more than the highest code. */
  get span(): number {
    return this.#names.length;
  }

  /** Codes in use, with their names. */
  *entries(): Iterable<readonly [code: number, name: string]> {
    for (const [name, code] of this.#codes) if (this.uses(code) > 0) yield [code, name];
  }

  /** Forgets names without a use. */
  sweep(): void {
    for (const [name, code] of this.#codes) {
      if (this.uses(code) > 0) continue;
      this.#codes.delete(name);
      this.#names[code] = undefined;
      this.#free.push(code);
    }
  }

  #create(name: string): number {
    const copy = Buffer.from(name, "utf16le").toString("utf16le");
    const code = this.#free.pop() ?? this.#names.length;
    this.#codes.set(copy, code);
    this.#names[code] = copy;
    this.#uses[code] = 0;
    return code;
  }
}
