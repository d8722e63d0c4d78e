/**
 * A key or passphrase in memory: bytes that their owner wipes, and that print as `[secret]` wherever they end up.
 * Never turn the bytes into a string: a string cannot be wiped and leaves copies in the heap.
 */
export class Secret {
  #bytes: Uint8Array | undefined;

  /** Takes ownership of `bytes`: they are wiped with this secret. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The live bytes, valid until `wipe`. Callers must not keep them.
   *
   * @throws Error when the secret was wiped: a programming mistake
   */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new Error("secret used after it was wiped");
    return this.#bytes;
  }

  get length(): number {
    return this.bytes.length;
  }

  get isWiped(): boolean {
    return this.#bytes === undefined;
  }

  /** Overwrites the bytes with zeros. Safe to call twice. */
  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** Runs `use` and wipes the secret afterwards, whatever happens. */
export async function withSecret<T>(secret: Secret, use: (secret: Secret) => Promise<T> | T): Promise<T> {
  try {
    return await use(secret);
  } finally {
    secret.wipe();
  }
}
