/**
 * Small numbers that stand for conversations in columns. A session is one conversation within its project; a memory
 * without a session is a conversation of its own, without a name.
 */
import { uint8Column } from "../arrays/column.ts";

interface NamedSession {
  readonly key: string;
  readonly name: string;
  uses: number;
}

export class SessionCodes {
  readonly #codes = new Map<string, number>();
  readonly #named = new Map<number, NamedSession>();
  readonly #free: number[] = [];
  /** By code: 1 for a session with a name. */
  readonly #isNamed = uint8Column(61);
  #span = 0;
  /** The session taken last: turns come one after the other. */
  #last: { readonly project: number; readonly code: number; readonly named: NamedSession } | undefined;

  /** One more than the highest code. */
  get span(): number {
    return this.#span;
  }

  /** The code of a session in a project (by its code) with one more use; a new one when `session` is undefined. */
  take(project: number, session: string | undefined): number {
    if (session === undefined) return this.#create();
    const last = this.#last;
    if (last !== undefined && last.project === project && last.named.name === session) {
      last.named.uses++;
      return last.code;
    }
    const key = `${project} ${session}`;
    const code = this.#codes.get(key) ?? this.#create();
    const named = this.#named.get(code) ?? { key, name: session, uses: 0 };
    named.uses++;
    this.#named.set(code, named);
    this.#codes.set(key, code);
    this.#isNamed.array[code] = 1;
    this.#last = { project, code, named };
    return code;
  }

  /** The code of a session without a use: until the next sweep it has to be used. */
  note(project: number, session: string): number {
    const code = this.take(project, session);
    this.release(code);
    return code;
  }

  /** One more use of a session that has a code; memories that stand alone have their code to themselves. */
  use(code: number): void {
    const named = this.#last?.code === code ? this.#last.named : this.#named.get(code);
    if (named !== undefined) named.uses++;
  }

  isNamed(code: number): boolean {
    return this.#isNamed.array[code] === 1;
  }

  /** One use less. The name of a session stays until the next sweep. */
  release(code: number): void {
    const named = this.#named.get(code);
    if (named === undefined) this.#free.push(code);
    else named.uses--;
  }

  /** The name of a session; undefined for a memory that stands alone. */
  name(code: number): string | undefined {
    return this.#named.get(code)?.name;
  }

  /** Whether a session in a project (by its code) has a memory. */
  isUsed(project: number, session: string): boolean {
    const code = this.#codes.get(`${project} ${session}`);
    return code !== undefined && (this.#named.get(code)?.uses ?? 0) > 0;
  }

  /** All sessions of that name, one for each project it occurs in. */
  codesNamed(name: string): number[] {
    return [...this.#named].filter(([, named]) => named.name === name).map(([code]) => code);
  }

  /** Forgets the names of sessions without a use. */
  sweep(): void {
    this.#last = undefined;
    for (const [code, { key, uses }] of this.#named) {
      if (uses > 0) continue;
      this.#named.delete(code);
      this.#codes.delete(key);
      this.#isNamed.array[code] = 0;
      this.#free.push(code);
    }
  }

  #create(): number {
    const code = this.#free.pop() ?? this.#span++;
    this.#isNamed.reserve(code + 1);
    return code;
  }
}
