/**
 * Secrets in a text, and the text without them.
 *
 *   text ─ keywords, in one pass ─> rules that have one of them, at that place alone ─> spans ─ joined where they overlap ─> replaced
 *
 * What a rule costs at one place has a bound, since every repetition in it has one; so a text costs what its length says, whoever
 * wrote it. Pure: what is loaded is kept by whoever made it.
 */
import { LIMITS } from "../base/limits.ts";
import type { Found } from "./found.ts";
import { seeingThrough } from "./hidden-characters.ts";
import { KeywordFinder } from "./keyword-finder.ts";
import { entropyOf } from "./looks.ts";
import { holdsMark, markOf, withShortMarks } from "./marks.ts";
import { namedValueAt } from "./named-values.ts";
import { privateKeyAt } from "./private-keys.ts";
import { CALL_RULES } from "./rules/call-rules.ts";
import { COMMAND_RULES } from "./rules/command-rules.ts";
import { HEADER_RULES } from "./rules/header-rules.ts";
import { isDocumented } from "./rules/documented.ts";
import { keptRules } from "./rules/read-kept-rules.ts";
import { PLACE_RULES } from "./rules/place-rules.ts";
import { REMOTE_RULES } from "./rules/remote-rules.ts";
import type { Rule } from "./rules/rule.ts";
import { SENTENCE_RULES } from "./rules/sentence-rules.ts";
import { SHAPE_RULES } from "./rules/shape-rules.ts";
import { TOKEN_RULES } from "./rules/token-rules.ts";
import { WEBHOOK_RULES } from "./rules/webhook-rules.ts";
import { scansOf } from "./scans.ts";
import { NAME_ENDINGS } from "./secret-names.ts";

export interface Redacted {
  readonly text: string;
  /** How many were replaced, by kind; empty: none. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** Gives a text with `[redacted: kind]` in place of each secret. */
export type Redact = (text: string) => Redacted;

/** Finds what stands where a keyword ends. */
type Finder = (text: string, end: number) => Found | undefined;

const BEFORE = 300;
/** In place of marks, where these make a text too long; the last is no longer than any secret. */
const SHORT_MARKS = ["***", "*"] as const;
const NONE: ReadonlyMap<string, number> = new Map();
/** What a token goes on with, once it is known to be one. */
const REST = /(?:[A-Za-z0-9_+/~-]|={1,2}(?=[A-Za-z0-9_])|\.(?=[A-Za-z0-9_-]{8}))*={0,2}/y;
/** Also of an address; shorter ones end where its next part begins. */
const REST_OF_LONG = /(?:[A-Za-z0-9_+/~-]|%(?:2B|2F|3D)|={1,2}(?=[A-Za-z0-9_]))*={0,2}/iy;
const LONG = 100;
/** What ends a word though it ends in a letter or digit: escapes of programs, addresses and mails, and colours of terminals. */
const ESCAPE =
  // oxlint-disable-next-line no-control-regex -- colours begin with one
  /(?:\\[abefnrtv0]|\\x[\da-f]{2}|\\u[\da-f]{4}|%[\da-f]{2}|=[\da-f]{2}|(?:\u001b|\\u001b|\\x1b|\\e|\\033)\[[\d;]{0,12}[a-z])$/i;
const MAX_ESCAPE = 20;

/** @internal Where several of them know a secret, the first names it. */
export const OWN_RULES = [
  COMMAND_RULES,
  REMOTE_RULES,
  CALL_RULES,
  PLACE_RULES,
  SENTENCE_RULES,
  SHAPE_RULES,
  HEADER_RULES,
  WEBHOOK_RULES,
  TOKEN_RULES,
].flat();

/** Loads the rules: some milliseconds. */
export function createRedaction(): Redact {
  const byKeyword = new Map<string, Finder[]>();
  const add = (keyword: string, finder: Finder) => {
    const others = byKeyword.get(keyword);
    if (others === undefined) byKeyword.set(keyword, [finder]);
    else others.push(finder);
  };
  for (const keyword of ["-----begin ", "private-lines:"])
    add(keyword, (text, end) => withKind("private key", privateKeyAt(text, end - keyword.length)));
  for (const rule of [...OWN_RULES, ...keptRules()])
    for (const keyword of rule.keywords) add(keyword, finderOf(rule, keyword));
  const finders = [...byKeyword.values()];
  const words = new KeywordFinder([...byKeyword.keys()]);
  const names = new KeywordFinder(NAME_ENDINGS);
  const find = seeingThrough((part) =>
    [...spansIn(part, words, finders), ...scansOf(part), ...namedIn(part, names)].filter(
      ({ start, end }) => !isDocumented(part.slice(start, end)),
    ),
  );
  return (text) => redact(text, find);
}

function spansIn(
  text: string,
  words: KeywordFinder,
  finders: readonly (readonly Finder[])[],
): readonly Found[] {
  const spans: Found[] = [];
  words.find(text, (word, end) => {
    if (isIn(spans.at(-1), end)) return;
    for (const finder of finders[word]!) {
      const found = finder(text, end);
      if (found === undefined) continue;
      spans.push(found);
      return;
    }
  });
  return spans;
}

function namedIn(text: string, names: KeywordFinder): readonly Found[] {
  const spans: Found[] = [];
  names.find(text, (name, end) => {
    if (isIn(spans.at(-1), end)) return;
    const found = namedValueAt(text, name, end);
    if (found !== undefined) spans.push(found);
  });
  return spans;
}

/** What ends within a secret is not looked at. Between a word and the secret that it tells of another one may stand. */
function isIn(last: Found | undefined, end: number): boolean {
  return last !== undefined && end > last.start && end <= last.end;
}

function redact(given: string, find: (text: string) => readonly Found[]): Redacted {
  const named = replaced(given, find);
  // Names are longer than short secrets are: a text full of these could no longer be stored.
  let { text } = named;
  for (const short of SHORT_MARKS)
    if (named.kinds.size > 0 && Buffer.byteLength(text) > LIMITS.textBytes)
      text = withShortMarks(named.text, short);
  return { ...named, text };
}

function replaced(given: string, find: (text: string) => readonly Found[]): Redacted {
  const spans = joined(find(given));
  if (spans.length === 0) return { text: given, kinds: NONE };
  const kinds = new Map<string, number>();
  let [text, at] = ["", 0];
  for (const { kind, start, end } of spans) {
    text += `${given.slice(at, start)}${markOf(kind)}`;
    at = end;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return { text: text + given.slice(at), kinds };
}

/** What lies over another is one with it, named after what was found first: by its own look before what was found by a name. */
function joined(found: readonly Found[]): readonly Found[] {
  const ranked = found.map((span, rank) => ({ ...span, rank }));
  ranked.sort((one, other) => one.start - other.start || one.rank - other.rank);
  const spans: typeof ranked = [];
  for (const span of ranked) {
    const last = spans.at(-1);
    if (last === undefined || span.start >= last.end) {
      spans.push(span);
      continue;
    }
    const { kind, rank } = span.rank < last.rank ? span : last;
    spans[spans.length - 1] = { kind, rank, start: last.start, end: Math.max(last.end, span.end) };
  }
  return spans;
}

function withKind(kind: string, span: Omit<Found, "kind"> | undefined): Found | undefined {
  return span && { kind, ...span };
}

function finderOf(rule: Rule, keyword: string): Finder {
  const { kind, lead, written, entropy = 0, isSecret, isInWords } = rule;
  let pattern: RegExp | undefined;
  return (text, end) => {
    const word = end - keyword.length;
    if (written !== undefined && !text.startsWith(written, word)) return undefined;
    const start = lead === undefined ? word : leadOf(text, word, lead);
    if (isInWords === undefined && isInsideWord(text, start)) return undefined;
    pattern ??= new RegExp(rule.pattern, `dy${rule.flags ?? ""}`);
    pattern.lastIndex = start;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const group = match.findLastIndex((each) => each !== undefined);
    const secret = match[group]!;
    const [from] = match.indices![group]!;
    if (entropy > 0 && entropyOf(secret) < entropy) return undefined;
    if (holdsMark(secret) || isSecret?.(secret, wordsBefore(text, from)) === false) return undefined;
    return { kind, start: from, end: endOf(text, from, secret.length) };
  };
}

/** Without marks, whose words tell of nothing that follows. */
function wordsBefore(text: string, at: number): string {
  return withShortMarks(text.slice(Math.max(0, at - BEFORE), at), "");
}

/** A token that is longer than its rule looks. */
function endOf(text: string, from: number, length: number): number {
  const end = from + length;
  if (!/[\w%+/-]/.test(text[end - 1]!)) return end;
  const rest = length < LONG ? REST : REST_OF_LONG;
  rest.lastIndex = end;
  return end + (rest.exec(text)?.[0].length ?? 0);
}

function leadOf(text: string, at: number, { characters, most }: NonNullable<Rule["lead"]>): number {
  let start = at;
  while (start > 0 && at - start < most && characters.test(text[start - 1]!)) start -= 1;
  return start;
}

function isInsideWord(text: string, at: number): boolean {
  if (at === 0 || !/[A-Za-z0-9]/.test(text[at - 1]!)) return false;
  return !ESCAPE.test(text.slice(Math.max(0, at - MAX_ESCAPE), at));
}
