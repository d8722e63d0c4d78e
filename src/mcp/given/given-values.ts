/**
 * The value of an argument as models give it, and as the schema means it: lists and objects as text, `true` and numbers in
 * quotes, choices in capitals, one value in a list. What is none of these is left as it is, and the schema refuses it.
 */
import * as z from "zod";
import { attempt } from "../../base/attempt.ts";

/** Longer texts are no lists. */
const MAX_LIST_CHARACTERS = 16_384;
const YES: ReadonlySet<unknown> = new Set(["true", "yes", "on", "1", 1]);
const NO: ReadonlySet<unknown> = new Set(["false", "no", "off", "0", 0]);
const WHOLE_NUMBER = /^[+-]?\d{1,15}(?:\.0{1,15})?$/;
const BRACKETS = /^\[(.*)\]$/s;
const BULLET = /^[-*•]\s+/;
const QUOTES = /^(["'`])(.*)\1$/s;
/** What a word does not hold once its own quotation marks are gone: it was cut in two, or is a piece of something else. */
const TORN = /["`{}]|^'/;

export interface MeantValue {
  /** `undefined` for what is not given. */
  readonly value: unknown;
  /** What became of it when it is another than was asked for. */
  readonly remark?: string;
}

/**
 * @param name - of the argument, for the remark
 * @param schema - of the argument
 */
export function meantValue(name: string, schema: z.ZodType, given: unknown): MeantValue {
  const kind = bare(schema);
  if (given === null || given === undefined) return { value: undefined };
  if (kind instanceof z.ZodArray) return { value: listOf(given) };
  const one = Array.isArray(given) && given.length === 1 ? (given[0] as unknown) : given;
  if (kind instanceof z.ZodNumber) return withinBounds(name, kind, numberOf(one));
  if (kind instanceof z.ZodBoolean) return { value: flagOf(one) };
  if (kind instanceof z.ZodEnum) return { value: choiceOf(one, kind.options.map(String)) };
  if (kind instanceof z.ZodObject) return { value: objectOf(one) };
  return { value: one };
}

/** An object, also one that is written as JSON; anything else as it is. */
export function objectOf(given: unknown): unknown {
  if (typeof given !== "string") return given;
  const parsed = attempt(() => JSON.parse(given) as unknown);
  return isObject(parsed) ? parsed : given;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An optional argument without its wrapping. */
export function bare(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema;
}

/** A list, also one that is written as JSON, with commas, a line each, or as its one element; not an object, nor what is torn. */
function listOf(given: unknown): unknown {
  if (typeof given !== "string" || given.length > MAX_LIST_CHARACTERS) return given;
  const text = given.trim();
  const parsed = attempt(() => JSON.parse(text) as unknown);
  if (Array.isArray(parsed)) return parsed;
  const inner = BRACKETS.exec(text)?.[1] ?? text;
  const words = inner
    .split(inner.includes("\n") ? /[\n,]/ : ",")
    .map((part) => part.trim().replace(BULLET, "").replace(QUOTES, "$2"))
    .filter((part) => part !== "");
  return words.some((word) => TORN.test(word)) ? given : words;
}

function numberOf(given: unknown): unknown {
  return typeof given === "string" && WHOLE_NUMBER.test(given.trim()) ? Number(given) : given;
}

/** The nearest number there may be. */
function withinBounds(name: string, { minValue, maxValue }: z.ZodNumber, given: unknown): MeantValue {
  if (typeof given !== "number" || !Number.isInteger(given)) return { value: given };
  if (minValue !== null && given < minValue)
    return { value: minValue, remark: `${name} is ${minValue}, the least there may be` };
  if (maxValue !== null && given > maxValue)
    return { value: maxValue, remark: `${name} is ${maxValue}, the most there may be` };
  return { value: given };
}

function flagOf(given: unknown): unknown {
  const word = typeof given === "string" ? given.trim().toLowerCase() : given;
  if (YES.has(word)) return true;
  return NO.has(word) ? false : given;
}

/** A choice whatever its case, and as one of several: `Notes` is `note`. */
function choiceOf(given: unknown, choices: readonly string[]): unknown {
  if (typeof given !== "string") return given;
  const word = given.trim().toLowerCase();
  return choices.find((choice) => choice === word || `${choice}s` === word) ?? given;
}
