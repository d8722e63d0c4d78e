/** Sets of tags and the numbers that stand for them: memories that carry the same tags share one. */
import { Names, NO_NAME } from "./names.ts";

export class TagSets {
  readonly #sets = new Names();
  readonly #tags = new Map<number, readonly string[]>();

  /** The code of a set of tags with one more use; `NO_NAME` for none. Order and repetition do not matter. */
  take(tags: readonly string[]): number {
    if (tags.length === 0) return NO_NAME;
    const sorted = [...new Set(tags)].toSorted();
    const code = this.#sets.take(JSON.stringify(sorted));
    this.#tags.set(code, sorted);
    return code;
  }

  /** The code of a set without a use: until the next sweep it has to be used. */
  note(tags: readonly string[]): number {
    const code = this.take(tags);
    this.release(code);
    return code;
  }

  use(code: number): void {
    this.#sets.use(code);
  }

  release(code: number): void {
    this.#sets.release(code);
  }

  /** The tags of a set, sorted. */
  tags(code: number): readonly string[] {
    return this.#tags.get(code) ?? [];
  }

  /** One more than the highest code. */
  get span(): number {
    return this.#sets.span;
  }

  /** Codes in use with their tags. */
  *entries(): Iterable<readonly [code: number, tags: readonly string[]]> {
    for (const [code] of this.#sets.entries()) yield [code, this.tags(code)];
  }

  /** Forgets sets without a use. */
  sweep(): void {
    this.#sets.sweep();
    for (const code of this.#tags.keys()) if (this.#sets.uses(code) === 0) this.#tags.delete(code);
  }
}
