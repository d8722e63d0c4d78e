/** What stands in place of a secret. */

const WHOLE = String.raw`\[redacted: [^\][\n]{1,60}\]`;
const ONE = new RegExp(WHOLE);
const ALL = new RegExp(WHOLE, "g");
/** Or the beginning of one, where a value ends at a blank. */
const OPEN = /\[redacted(?:: [^\]]*)?$/;
const MAX_LENGTH = 80;

export function markOf(kind: string): string {
  return `[redacted: ${kind}]`;
}

export function holdsMark(value: string): boolean {
  return ONE.test(value);
}

/** As `holdsMark`, of what may have been cut off at a blank. */
export function holdsMarkOrItsBeginning(value: string): boolean {
  return OPEN.test(value) || ONE.test(value);
}

/** Whether `at` is inside a mark. */
export function isInMark(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - MAX_LENGTH), at);
  return before.lastIndexOf("[redacted") > before.lastIndexOf("]");
}

export function withShortMarks(text: string, short: string): string {
  return text.replaceAll(ALL, short);
}
