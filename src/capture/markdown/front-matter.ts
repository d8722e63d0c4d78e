/**
 * YAML front matter at the very start of a Markdown file: its title and its tags count, all else in it is about the file. Text
 * between two thematic breaks looks alike: only what reads as YAML, keys and what belongs to them, is no text.
 */
import { parseDocument } from "yaml";
import { removeEveryPair } from "../text/private-text.ts";
import { LIMITS } from "../../base/limits.ts";

export interface FrontMatter {
  /** Of the document, in UTF-16 units; 0 for none. */
  readonly length: number;
  /** What is text all the same, without its fences: YAML that is broken. */
  readonly text: string;
  readonly title: string | undefined;
  readonly tags: readonly string[];
}

const NONE: FrontMatter = { length: 0, text: "", title: undefined, tags: [] };
/** What may be front matter: between two lines of hyphens at the very start. */
const FENCED_START = /^---[ \t]*\r?\n([^]*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/;
/** Quoted, or of one or two words: a sentence may have a colon, too. */
const YAML_KEY =
  /^(?:"[^"]+"[ \t]*|'[^']+'[ \t]*|[\p{L}\p{N}_][\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)?):(?:[ \t]|$)/u;
/** What goes on or closes: indented, an entry of a list, the end of one in brackets. */
const YAML_MORE = /^(?:[ \t]|-(?:[ \t]|$)|[\]}])/;
/** Nobody writes more of it by hand. */
const MAX_CHARACTERS = 64 << 10;
const MAX_ALIASES = 10;

/** Nothing closes it, and a key follows: else it is a thematic break. */
const UNCLOSED_START = /^---[ \t]*\r?\n(?=([^\r\n]*))/;

/** Broken YAML is text, as everything else, but its fences are none. What is private is cut before anything is read as YAML. */
export function readFrontMatter(document: string): FrontMatter {
  const [opening = "", next = ""] = FENCED_START.test(document) ? [] : (UNCLOSED_START.exec(document) ?? []);
  if (YAML_KEY.test(next)) return { ...NONE, length: opening.length };
  const [whole = "", inside = ""] = FENCED_START.exec(document) ?? [];
  const lines = inside.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  // Comments alone may as well be headings.
  if (lines.length === 0 && inside.trim() !== "") return NONE;
  const looksLikeYaml = lines.every(
    (line, index) => YAML_KEY.test(line) || (index > 0 && YAML_MORE.test(line)),
  );
  if (!looksLikeYaml || inside.length > MAX_CHARACTERS) return NONE;
  if (lines.length === 0) return { ...NONE, length: whole.length };
  const shown = removeEveryPair(inside);
  if (shown === "") return { ...NONE, length: whole.length };
  const fields = parseFields(shown);
  // A line of words above a fence would be a heading.
  if (fields === undefined) return { ...NONE, length: whole.length, text: `${shown.trimEnd()}\n\n` };
  const title = wordOf(fields["title"])?.replaceAll(/\s+/gu, " ").trim().slice(0, LIMITS.headingCharacters);
  return {
    length: whole.length,
    text: "",
    title: title?.toWellFormed() || undefined,
    tags: tagsOf(fields["tags"]),
  };
}

function parseFields(yaml: string): Readonly<Record<string, unknown>> | undefined {
  const document = parseDocument(yaml, { uniqueKeys: false, logLevel: "silent" });
  if (document.errors.length > 0) return undefined;
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMap ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** A list, or words with commas or spaces between them; a hash in front is none of the tag. What is over a cap is left out. */
function tagsOf(value: unknown): readonly string[] {
  const listed: readonly unknown[] = Array.isArray(value) ? value : (wordOf(value)?.split(/[\s,]+/u) ?? []);
  const tags = listed.flatMap((each) => {
    const tag = wordOf(each)
      ?.replace(/^\s*#/u, "")
      .trim()
      .replaceAll(/[\s,]+/gu, "-");
    return tag && tag.length <= LIMITS.tagCharacters && tag.isWellFormed() ? [tag] : [];
  });
  return [...new Set(tags)].slice(0, LIMITS.tags);
}

function wordOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
