/**
 * Frames, the unit of everything on the socket:
 *
 *     length(4, big-endian) ‖ type(1) ‖ body(length bytes)
 *
 * Type 0 is UTF-8 JSON, type 1 raw secret bytes, type 2 a chunk of a stream (an empty one ends it). The cap is checked
 * from the header, before a byte of the body is kept. Whatever the decoder was given is wiped behind it, so that the
 * socket's read buffers keep no secret and no memory.
 */
import { concatBytes, readUint32, uint32 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { secretBytes } from "../base/secret.ts";

export const FRAME_HEADER_BYTES = 5;
export const FRAME_TYPES = { json: 0, secret: 1, stream: 2 } as const;
export type FrameKind = keyof typeof FRAME_TYPES;

export interface Frame {
  readonly kind: FrameKind;
  /** A buffer of its own; the receiver of a secret frame wipes it. */
  readonly body: Uint8Array;
}

/** The longest body of each kind, in bytes. */
export type FrameCaps = Readonly<Record<FrameKind, number>>;

/** One frame as bytes, a copy of `body`: whoever sends a secret wipes both. */
export function encodeFrame(kind: FrameKind, body: Uint8Array): Uint8Array {
  return concatBytes(uint32(body.length), Uint8Array.of(FRAME_TYPES[kind]), body);
}

/**
 * Cuts a byte stream into frames, however it is chunked. Holds at most one body, whose size the cap bounds. After it
 * threw, the stream has no frame boundary any more and the connection must end.
 */
export class FrameDecoder {
  /** May change between two frames, such as when the hello is done. */
  caps: FrameCaps;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #kind: FrameKind = "json";
  #body: Uint8Array | undefined;
  #bodyFilled = 0;

  constructor(caps: FrameCaps) {
    this.caps = caps;
  }

  /** Whether the last chunk ended inside a frame. */
  get isPartial(): boolean {
    return this.#headerFilled > 0;
  }

  /**
   * The frames that `chunk` completes. Takes the chunk over and wipes it, also when the caller stops early.
   *
   * @throws MALFORMED_FRAME on an unknown type or an empty JSON frame, FRAME_TOO_LARGE
   */
  *push(chunk: Uint8Array): Generator<Frame, void, undefined> {
    try {
      let offset = 0;
      while (offset < chunk.length) {
        if (this.#body === undefined) {
          offset += this.#fillHeader(chunk, offset);
          if (this.#headerFilled < FRAME_HEADER_BYTES) return;
          this.#body = this.#allocateBody();
        }
        const part = chunk.subarray(offset, offset + this.#body.length - this.#bodyFilled);
        this.#body.set(part, this.#bodyFilled);
        this.#bodyFilled += part.length;
        offset += part.length;
        if (this.#bodyFilled === this.#body.length) yield this.#finishFrame(this.#body);
      }
    } finally {
      chunk.fill(0);
    }
  }

  /** Forgets and wipes the partial frame. */
  wipe(): void {
    this.#body?.fill(0);
    this.#reset();
  }

  #fillHeader(chunk: Uint8Array, offset: number): number {
    const part = chunk.subarray(offset, offset + FRAME_HEADER_BYTES - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    return part.length;
  }

  #allocateBody(): Uint8Array {
    const length = readUint32(this.#header, 0);
    const kind = kindOf(this.#header[4]);
    if (length > this.caps[kind]) {
      throw new KeepsakeError("FRAME_TOO_LARGE", `a ${kind} frame may hold at most ${this.caps[kind]} bytes`);
    }
    if (kind === "json" && length === 0) throw new KeepsakeError("MALFORMED_FRAME", "a JSON frame is empty");
    this.#kind = kind;
    return secretBytes(length);
  }

  #finishFrame(body: Uint8Array): Frame {
    const kind = this.#kind;
    this.#reset();
    return { kind, body };
  }

  #reset(): void {
    this.#headerFilled = 0;
    this.#body = undefined;
    this.#bodyFilled = 0;
  }
}

function kindOf(type: number | undefined): FrameKind {
  if (type === FRAME_TYPES.json) return "json";
  if (type === FRAME_TYPES.secret) return "secret";
  if (type === FRAME_TYPES.stream) return "stream";
  throw new KeepsakeError("MALFORMED_FRAME", "the type of a frame must be 0, 1 or 2");
}
