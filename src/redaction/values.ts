/** Where a value that stands in a text begins and ends: in quotes of every kind, bare, in an element, longer than anybody looks. */
import type { Span } from "./found.ts";

const QUOTED =
  /(?:"{3}([^"\n]{4,400})"{3}|'{3}([^'\n]{4,400})'{3}|\*{2}([^*\s]{4,400})\*{2}|\\{1,7}"([^"\\\n]{1,400})\\{1,7}"|"((?:[^"\\\n]|\\[^\n]){1,400})"|'((?:[^'\\\n]|\\[^\n]){1,400})'|`([^`\n]{1,400})`|\u201c([^\u201d\n]{1,400})\u201d|\u00ab[ \u00a0\u202f]?([^\u00bb\s]{1,400})[ \u00a0\u202f]?\u00bb)/y;
const BARE = /[^\s"'`<>\u201c\u201d]{1,400}/y;
const ELEMENT_TEXT = /([^<>\s]{1,400})<\//y;
/** Longer than the others look: it is followed to its end once it is known to be secret. */
const LONG = /\\{0,7}(?:["'`]([^\s"'`\\<>]{400})|([^\s"'`\\<>&;,]{400}))/y;
/** In quotes, and without: there the next field of an address or of a list begins behind it. */
const REST_OF_QUOTED = /[^\s"'`\\<>]*/y;
const REST_OF_BARE = /[^\s"'`\\<>&;,]*/y;
const MAX_LONG = 400;

export interface Value extends Span {
  readonly isQuoted: boolean;
}

/** In a sentence nobody knows whether a mark is of the password. */
export function endOf(text: string, { start, end, isQuoted }: Value): number {
  const rest = isQuoted ? REST_OF_QUOTED : REST_OF_BARE;
  rest.lastIndex = end;
  let after = end - start < MAX_LONG ? end : end + rest.exec(text)![0].length;
  while (text[after] === "!" || text[after] === "?") after += 1;
  return after;
}

/** Up to the next tag: in a template, such as `<user>:<password>@host`, none follows. */
export function elementAt(text: string, at: number): Value | undefined {
  ELEMENT_TEXT.lastIndex = at;
  const [, said] = ELEMENT_TEXT.exec(text) ?? [];
  return said === undefined ? undefined : { start: at, end: at + said.length, isQuoted: true };
}

export function valueAt(text: string, at: number, isEnvironment: boolean): Value | undefined {
  LONG.lastIndex = at;
  const long = LONG.exec(text)?.[0];
  if (long !== undefined) {
    const end = at + long.length;
    return { start: end - MAX_LONG, end, isQuoted: long.length > MAX_LONG };
  }
  QUOTED.lastIndex = at;
  const quoted = QUOTED.exec(text);
  if (quoted !== null) {
    const value = quoted.slice(1).find((each) => each !== undefined)!;
    const start = at + quoted[0].indexOf(value);
    return { start, end: start + value.length, isQuoted: true };
  }
  BARE.lastIndex = at;
  let bare = BARE.exec(text)?.[0];
  if (bare === undefined) return undefined;
  if (!isEnvironment)
    bare = /^(?:[^;,&]|&(?![\w.-]{1,40}=))*/.exec(bare)![0].replace(/(?:\\[nrt].*|[.,:!?)\]}*\\]+)$/, "");
  else bare = bare.replace(/(?:\\[nrt].*|;.*|[,.\\]+)$/, "");
  return bare === "" ? undefined : { start: at, end: at + bare.length, isQuoted: false };
}
