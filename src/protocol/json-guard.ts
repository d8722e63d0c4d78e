/**
 * JSON from a peer that may be hostile: nesting is measured on the bytes, before `JSON.parse` builds anything, and what
 * is not UTF-8 is refused instead of replaced. A repeated key keeps its last value and `__proto__` becomes an ordinary
 * property, which the strict schemas then refuse; neither reaches a prototype. Source: RFC 8259.
 */
import { fromUtf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Parses the body of a JSON frame.
 *
 * @param maxDepth - arrays and objects that may lie inside each other
 * @throws MALFORMED_REQUEST; the message quotes nothing of the input
 */
export function parseJson(bytes: Uint8Array, maxDepth: number = LIMITS.jsonDepth): unknown {
  if (isNestedDeeperThan(bytes, maxDepth)) {
    throw new KeepsakeError("MALFORMED_REQUEST", `JSON may be nested at most ${maxDepth} deep`);
  }
  try {
    return JSON.parse(fromUtf8(bytes)) as unknown;
  } catch {
    throw new KeepsakeError("MALFORMED_REQUEST", "the frame does not hold JSON in UTF-8");
  }
}

/** Stops at the first bracket too many. Bytes of UTF-8 sequences never look like brackets, quotes or backslashes. */
function isNestedDeeperThan(bytes: Uint8Array, maxDepth: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (isInString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) {
      isInString = true;
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (++depth > maxDepth) return true;
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth--;
    }
  }
  return false;
}
