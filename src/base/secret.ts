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

/**
 * Zeros for a secret to be written into. They have an ArrayBuffer from the start: V8 keeps short arrays without one on its heap,
 * where the garbage collector, and Node when it needs the buffer after all, leave copies behind that nobody can wipe.
 */
export function secretBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** All parts in order, in bytes made by `secretBytes`; the caller wipes them. */
export function concatSecretBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = secretBytes(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
