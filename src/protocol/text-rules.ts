/**
 * What schemas ask of a text beyond its length and pattern. Each is a function of its own, so that `scripts/plain-checks.mjs` can name
 * it in checks that are written without schemas.
 */
/** Of a message or a hint of an error. */
export const MESSAGE_CHARACTERS = 1_024;

export function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

/** @returns the rule, with its limit beside it */
export function bytesAtMost(limit: number): ((text: string) => boolean) & { readonly limit: number } {
  return Object.assign((text: string) => Buffer.byteLength(text, "utf8") <= limit, { limit });
}
