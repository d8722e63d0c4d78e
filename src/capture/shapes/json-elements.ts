/**
 * A JSON document of any size, a value at a time: the elements of an array, or the document itself when it is none. Of a document
 * that is cut or damaged the elements before are given, and what there is of the one that is hit.
 */
import { TokenParser, TokenType, Tokenizer } from "@streamparser/json";
import { attempt } from "../../base/attempt.ts";
import type { Reading } from "../reading.ts";

/** Of one element; what is larger ends the reading. Of small values in it the memory is 25 times as much. */
const MAX_ELEMENT_BYTES = 32 << 20;
/** Of what stands in what; deeper nesting is no conversation, and costs more memory than it has bytes. */
const MAX_DEPTH = 1_000;
const OPENING_BRACKET = 0x5b;

/** @param onHit - called before what there is of the element that is hit */
export async function* jsonElements(
  { chunks, onSkip }: Pick<Reading, "chunks" | "onSkip">,
  onHit?: () => void,
): AsyncGenerator {
  let document: JsonDocument | undefined;
  let held = 0;
  for await (const chunk of chunks) {
    // NUL bytes are what a crash leaves of a block that was never written.
    const bytes = chunk.includes(0) ? chunk.filter((byte) => byte !== 0) : chunk;
    document ??= startDocument(bytes);
    if (document === undefined) continue;
    const isSound = document.write(bytes);
    const values = document.take();
    yield* values;
    held = values.length === 0 ? held + bytes.length : 0;
    if (!isSound || held > MAX_ELEMENT_BYTES) {
      onSkip(isSound ? "too-long" : "not-json");
      onHit?.();
      if (!isSound) yield* document.closeAll();
      return;
    }
  }
  if (document === undefined || document.isWhole) return;
  onSkip("not-json");
  onHit?.();
  yield* document.closeAll();
}

/** @returns `undefined` while there is nothing but white space */
function startDocument(bytes: Uint8Array): JsonDocument | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = text.toString("latin1").search(/[^\s\xef\xbb\xbf]/);
  return first === -1 ? undefined : new JsonDocument(text[first] === OPENING_BRACKET);
}

const CLOSING: Readonly<Partial<Record<TokenType, TokenType>>> = {
  [TokenType.LEFT_BRACE]: TokenType.RIGHT_BRACE,
  [TokenType.LEFT_BRACKET]: TokenType.RIGHT_BRACKET,
};

class JsonDocument {
  readonly #tokenizer = new Tokenizer();
  readonly #parser: TokenParser;
  /** What closes each open object and array, the outermost first. */
  readonly #open: TokenType[] = [];
  #last: TokenType | undefined;
  #isKey = false;
  #values: unknown[] = [];

  constructor(isArray: boolean) {
    this.#parser = new TokenParser({ paths: [isArray ? "$.*" : "$"], keepStack: false });
    this.#parser.onValue = ({ value }) => {
      this.#values.push(value);
    };
    this.#tokenizer.onToken = ({ token, value }) => this.#take(token, value);
  }

  get isWhole(): boolean {
    return this.#parser.isEnded;
  }

  /** Whether it is sound so far. */
  write(bytes: Uint8Array): boolean {
    return attempt(() => (this.#tokenizer.write(bytes), true)) ?? false;
  }

  /** The values that are complete since the last call. */
  take(): readonly unknown[] {
    const taken = this.#values;
    this.#values = [];
    return taken;
  }

  /** Closes what is open; the values that this completes. */
  closeAll(): readonly unknown[] {
    attempt(() => {
      const isInObject = () => this.#open.at(-1) === TokenType.RIGHT_BRACE;
      if (this.#last === TokenType.COMMA && isInObject()) this.#take(TokenType.STRING, "");
      if (this.#isKey) this.#take(TokenType.COLON, ":");
      const isInElement = this.#open.length > 1;
      if (this.#last === TokenType.COLON || (this.#last === TokenType.COMMA && isInElement))
        this.#take(TokenType.NULL, null);
      for (let close = this.#open.at(-1); close !== undefined; close = this.#open.at(-1))
        this.#take(close, undefined);
    });
    return this.take();
  }

  #take(token: TokenType, value: unknown): void {
    if (this.#open.length > MAX_DEPTH && CLOSING[token] !== undefined)
      throw new RangeError("nested too deep");
    this.#parser.write({ token, value } as Parameters<TokenParser["write"]>[0]);
    const isInObject = this.#open.at(-1) === TokenType.RIGHT_BRACE;
    this.#isKey =
      token === TokenType.STRING &&
      isInObject &&
      (this.#last === TokenType.LEFT_BRACE || this.#last === TokenType.COMMA);
    const closing = CLOSING[token];
    if (closing !== undefined) this.#open.push(closing);
    else if (token === this.#open.at(-1)) this.#open.pop();
    this.#last = token;
  }
}
