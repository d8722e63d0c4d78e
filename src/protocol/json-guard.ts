/**
 * JSON from a peer that may be hostile: nesting and the number of values are measured on the bytes, before `JSON.parse`
 * builds anything, and what is not UTF-8 is refused instead of replaced. A repeated key keeps its last value and `__proto__`
 * becomes an ordinary property, which the strict schemas then refuse; neither reaches a prototype. Source: RFC 8259.
 */
import { fromUtf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

export interface JsonCaps {
  /** Arrays and objects that may lie inside each other: `LIMITS.jsonDepth` unless given. */
  readonly maxDepth?: number;
  /** Members and elements of all objects and arrays together: `LIMITS.jsonValues` unless given. */
  readonly maxValues?: number;
}

/**
 * Parses the body of a JSON frame.
 *
 * @throws MALFORMED_REQUEST; the message quotes nothing of the input
 */
export function parseJson(
  bytes: Uint8Array,
  { maxDepth = LIMITS.jsonDepth, maxValues = LIMITS.jsonValues }: JsonCaps = {},
): unknown {
  checkShape(bytes, maxDepth, maxValues);
  try {
    return JSON.parse(fromUtf8(bytes)) as unknown;
  } catch {
    throw new KeepsakeError("MALFORMED_REQUEST", "the frame does not hold JSON in UTF-8");
  }
}

/**
 * Stops at the first bracket or value too many. Each array or object has at most one value more than it has commas. Bytes of
 * UTF-8 sequences never look like brackets, commas, quotes or backslashes.
 */
function checkShape(bytes: Uint8Array, maxDepth: number, maxValues: number): void {
  let depth = 0;
  let values = 0;
  let isInString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (isInString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) {
      isInString = true;
    } else if (byte === COMMA) {
      values++;
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      values++;
      depth++;
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth--;
    }
    if (depth > maxDepth) throw shapeError(`JSON may be nested at most ${maxDepth} deep`);
    if (values > maxValues) throw shapeError(`JSON may hold at most ${maxValues} values`);
  }
}

function shapeError(message: string): KeepsakeError {
  return new KeepsakeError("MALFORMED_REQUEST", message);
}
