/** JSON objects that another program wrote: nothing of their shape is known before it was looked at. */
import { attempt } from "../../base/attempt.ts";
import { EARLIEST_TIME, LATEST_TIME } from "../../base/clock.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that a text is; `undefined` for anything else. */
export function parseFields(json: string): Fields | undefined {
  const value = attempt<unknown>(() => JSON.parse(json));
  return isFields(value) ? value : undefined;
}

/** The object under a name; an empty one when there is none. */
export function fieldsIn(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : {};
}

export function listIn(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}

/** The text under the first of the names that holds one that is not empty. */
export function textIn(fields: Fields, ...names: readonly string[]): string | undefined {
  const found = names.map((name) => fields[name]).find((value) => typeof value === "string" && value !== "");
  return found as string | undefined;
}

/** Milliseconds since the epoch of what is written as ISO 8601, or as a number of the given unit; `undefined` when it is no time. */
export function timeIn(fields: Fields, name: string, msPerUnit = 1): number | undefined {
  const value = fields[name];
  const time =
    typeof value === "string" ? Date.parse(value) : typeof value === "number" ? value * msPerUnit : NaN;
  return time >= EARLIEST_TIME && time <= LATEST_TIME ? Math.trunc(time) : undefined;
}

/** The texts of a message, which is one text or blocks of several kinds. */
export function textsIn(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  return blocksIn(content, "text").flatMap(({ text }) => (typeof text === "string" ? [text] : []));
}

/** The blocks of one kind in a message. */
export function blocksIn(content: unknown, type: string): readonly Fields[] {
  if (!Array.isArray(content)) return [];
  return content.filter((block: unknown): block is Fields => isFields(block) && block["type"] === type);
}
