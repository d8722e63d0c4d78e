/** What stands between the name of a secret value and the value: in code, in files, in sentences of some languages. Each is tried where a name ends. */

/** What it is tells how sure it is that a value follows. */
export const ASSIGNED =
  /(?:[_-]?(?:v?\d{1,3}|prod|dev|test|live|main|staging|old|new|prd|stg|b64|base64))?\\{0,7}["'`\]*_]{0,2}[ \t\u00a0]{0,8}(?:\{ get; [^}\n]{0,30}\}[ \t]{0,3})?(?:\?\?=?|\|\|=?|:=|=>|={1,2}|[\uff1a\uff1d]|:(?:[ \t]{0,3}(?:&(?:'static )?)?[A-Za-z]{1,12}(?:<[A-Za-z]{1,12}>)?[ \t]{0,3}=)?)(?:[*_]{1,2}(?=[ \t]))?[ \t\u00a0]{0,8}(?:\n[ \t]{2,12})?(?:[bfrun]?(?=["']))?/iy;
export const IN_LIST = /\\?["']?[ \t]{0,3},[ \t]{0,16}(?=\\?["'])/y;
export const ENTRY = /\\?["']?\s{0,3},?\s{0,40}\\?["']?value\\?["']?[ \t]{0,3}[:=][ \t]{0,3}/iy;
/** `"name": {"sensitive": true, "value": "…"}`, as Terraform prints it. */
export const OUTPUT = /\\?["']\s{0,3}:\s{0,3}\{[^{}]{0,120}?\bvalue\\?["']\s{0,3}:\s{0,3}/y;
export const ELEMENT =
  /:?<\/(?:key|name|dt|td|th|b|strong|label)>:?\s{0,20}(?:<(?:string|value|dd|td|code)>)?|[^<>\n]{0,40}>(?:\s{0,20}<value>)?/iy;
/** `setPassword("…")`, `.apiKey("…")`. */
export const CALL = /\(\s{0,3}(?=\\?["'])/y;
/** `variable "db_password" { … default = "…" }`. */
export const BLOCK = /"[ \t]{1,3}\{[^{}]{0,200}?default[ \t]{0,12}=[ \t]{0,4}/y;
export const OPTION = /(?:=|[ \t]{1,4})/y;
const CHANGED = String.raw`(?:is|was|has been|ist|wurde|is nu) (?:changed|set|reset|updated|gewijzigd|veranderd|ge\u00e4ndert|gesetzt) (?:to|naar|auf)`;
const VERB = String.raw`(?:${CHANGED}|is|was|became|to|ist|lautet|hei(?:\u00df|ss)t|auf|est|c['\u2019]est|es|er|\u00e4r|\u00e9|as|are|naar)(?: now| still| just| jetzt| nun| maintenant| ahora| nu| n\u00e5)?`;
/** Of what the name is: "of the admin", "with scope repo:read". */
const WORDS = String.raw`\*{0,2}(?: (?!is |was )[\w\u00c0-\u024f./@'"\x60()-]{1,40}(?::[\w*.-]{1,40}){0,3}(?<!\.)){0,5}?`;
export const SAID = new RegExp(String.raw`${WORDS}(?:,? ${VERB}[: ]|:)[ \t]{1,3}|${WORDS},? ${VERB} `, "iy");
export const JUST_SAID = /(?:,? (?:is|was|ist|lautet)|:)[: ][ \t]{0,3}/iy;
export const CHANGED_TO = /(?: (?:for|of|on|at|in)(?: \S{1,40}){1,2}?)? (?:to|auf) /iy;
/** `a client secret, …, valid a year`. */
export const IN_COMMAS = /, (?=[^\s]{20,})/y;
/** `a hard-coded password (…)`. */
export const IN_BRACKETS = / \((?=["'`][^\s"'`]{6,60}["'`]\))/y;
/** In the next cell of a table of Markdown, and behind a heading or a colon that ends its line. */
export const NEXT_CELL = /[*_]{0,2} {0,20}\| {0,20}/y;
export const NEXT_LINE =
  /(?:[*_]{0,2}:[*_]{0,2}|(?<=^#{1,6} [^\n]{0,60}))[ \t]{0,3}\n{1,2}(?:```[a-z]{0,10}\n)?[ \t>]{0,4}(?=[^\s=]{6,60}[ \t]*(?:\n|$))/my;
export const BESIDE = / (?=[^\s]{8,})/y;
/** Where words stand as well as values. */
export const TOLD_APART: ReadonlySet<RegExp> = new Set([
  BESIDE,
  CHANGED_TO,
  IN_BRACKETS,
  IN_COMMAS,
  NEXT_CELL,
  NEXT_LINE,
]);
