/**
 * The records on a line of a transcript. As a rule the line is one JSON object. A crash or two writers at once leave lines with blocks
 * of NUL bytes, with the torn beginning of a record before a whole one, or with two records: of those, every object that is
 * whole and stands in no other whole one.
 *
 * One walk over the text: braces and brackets are matched outside of strings. Where something stands that no JSON has there, the
 * text was torn, and the walk begins anew at the brace nearest before: the torn record's open string has swallowed it.
 * No brace lies between that one and the place, so the whole is linear in the text.
 */
import { attempt } from "../../base/attempt.ts";
import { isFields } from "./fields.ts";
import type { Fields } from "./fields.ts";

/** Stands for bytes that are no UTF-8. */
const NOT_UTF8 = "\uFFFD";
/** Deeper nesting is no record of a host. */
const MAX_DEPTH = 1_000;

/** Every record of a line. @param isUtf8 - otherwise what was no UTF-8 is replaced in the text, and no record of that is kept */
export function wholeRecords(text: string, isUtf8: boolean): readonly Fields[] {
  return [...spansOf(text)].flatMap(([start, end]) => {
    const found = text.slice(start, end);
    if (!isUtf8 && found.includes(NOT_UTF8)) return [];
    const record = attempt<unknown>(() => JSON.parse(found.replaceAll("\0", "")));
    return isFields(record) ? [record] : [];
  });
}

/** Outside of strings: white space and NUL bytes, marks of structure, numbers and the three words; sticky. */
// eslint-disable-next-line no-control-regex
const BETWEEN = /[\s\0,:\-+.\d]+|[eE](?=[+\-\d])|true|false|null/y;
/** The inside of a string with its closing mark; sticky. No control character is in one. */
// eslint-disable-next-line no-control-regex
const STRING_REST = /[^"\\\u0000-\u001f]*(?:\\[^\u0000-\u001f][^"\\\u0000-\u001f]*)*/y;

type Span = readonly [start: number, end: number];

/** Places of the outermost objects that are closed. */
function* spansOf(text: string): Generator<Span> {
  for (let begun = text.indexOf("{"); begun !== -1;) {
    const { closed, torn } = walk(text, begun);
    yield* closed;
    if (torn === undefined) return;
    const nearest = text.lastIndexOf("{", torn);
    const isNew = nearest > begun && nearest >= (closed.at(-1)?.[1] ?? 0);
    begun = isNew ? nearest : text.indexOf("{", Math.max(torn, begun + 1));
  }
}

/** @returns what is closed from there on, and the place where no JSON goes on, if there is one */
function walk(text: string, begun: number): { readonly closed: readonly Span[]; readonly torn?: number } {
  const closed: Span[] = [];
  /** How many were closed when it was opened: they stand in a whole one once it is closed too. */
  const open: { readonly start: number; readonly closing: string; readonly before: number }[] = [];
  for (let at = begun; at < text.length;) {
    const next = step(text, at);
    const mark = text.charAt(at);
    if (next === undefined || open.length > MAX_DEPTH) return { closed, torn: at };
    if (mark === "{" || mark === "[")
      open.push({ start: at, closing: mark === "{" ? "}" : "]", before: closed.length });
    else if (mark === "}" || mark === "]") {
      const opened = open.pop();
      if (opened?.closing !== mark) return { closed, torn: at };
      closed.length = opened.before;
      if (mark === "}") closed.push([opened.start, next]);
    }
    at = next;
  }
  return { closed };
}

/** Where the mark, number, word or string at that place ends; `undefined` where no JSON has what stands there. */
function step(text: string, at: number): number | undefined {
  switch (text.charAt(at)) {
    case "{":
    case "}":
    case "[":
    case "]":
      return at + 1;
    case '"': {
      STRING_REST.lastIndex = at + 1;
      STRING_REST.test(text);
      const end = STRING_REST.lastIndex;
      return text.charAt(end) === '"' ? end + 1 : undefined;
    }
    default:
      BETWEEN.lastIndex = at;
      return BETWEEN.test(text) ? BETWEEN.lastIndex : undefined;
  }
}
