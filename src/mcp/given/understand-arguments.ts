/**
 * The arguments of a tool as models give them, and as the tool means them. What models get wrong and can only mean one thing is
 * taken as that; what a tool does not know is left out and named in the answer; what is wrong is refused with what to give
 * instead. No value is ever repeated.
 *
 * Where an argument chooses memories by its fields, one field less would choose more: there nothing is left out.
 */
import * as z from "zod";
import { KeepsakeError } from "../../base/errors.ts";
import { faultText, quotedNames } from "./argument-faults.ts";
import { nextStep } from "./argument-shapes.ts";
import { meantNames } from "./given-names.ts";
import type { Slips } from "./given-names.ts";
import { bare, isObject, meantValue, objectOf } from "./given-values.ts";

export interface TakesArguments<S extends z.ZodObject> {
  readonly input: S;
  readonly slips?: Slips;
  /** The argument that chooses memories by its fields; models give those beside it, too. */
  readonly choosesBy?: string;
}

export interface Understood<T> {
  readonly args: T;
  /** What was left out or changed, in clauses. */
  readonly remarks: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

/** Where an empty text is a value: of no project. */
const MEANT_EMPTY = "project";
/** Where white space is no argument left empty. */
const NEVER_BLANK = "text";

/** @throws INVALID_PARAMS */
export function understandArguments<S extends z.ZodObject>(
  { input, slips = {}, choosesBy }: TakesArguments<S>,
  given: unknown,
): Understood<z.output<S>> {
  const object = objectOf(given ?? {});
  if (!isObject(object)) throw refusalError("the arguments must be an object", undefined);
  const own = Object.keys(input.shape);
  const choice = choosesBy === undefined ? undefined : bare(input.shape[choosesBy]);
  const fields = choice instanceof z.ZodObject ? choice : undefined;
  const { values, unknown } = meantNames([...own, ...Object.keys(fields?.shape ?? {})], slips, object);
  const remarks: string[] = [];
  const meant: Record<string, unknown> = {};
  for (const name of own) {
    const schema = input.shape[name] as z.ZodType;
    const { value, remark } = meantValue(name, schema, values.get(name));
    if (remark !== undefined) remarks.push(remark);
    if (value !== undefined && !isLeftEmpty(name, schema, value, values.get(name))) meant[name] = value;
  }
  if (choosesBy !== undefined && fields !== undefined) {
    const beside = Object.fromEntries([...values].filter(([name]) => Object.hasOwn(fields.shape, name)));
    const chosen = chosenBy(choosesBy, fields, slips, meant[choosesBy], beside);
    if (chosen !== undefined && unknown.length > 0)
      throw refusalError(
        `there is no argument ${quotedNames(unknown)}, and leaving it out could choose more`,
        choosesBy,
      );
    meant[choosesBy] = chosen;
  }
  if (unknown.length > 0) remarks.push(`left out, as there is no such argument: ${quotedNames(unknown)}`);
  const parsed = input.safeParse(meant, { reportInput: true });
  if (parsed.success) return { args: parsed.data, remarks };
  const { issues } = parsed.error;
  const left = unknown.length > 0 ? [`there is no argument ${quotedNames(unknown)}`] : [];
  throw refusalError([...issues.map(faultText), ...left].join(", "), issues[0]?.path.findLast(isName));
}

/**
 * The fields of a choice, those that stand beside it included; `undefined` when there are none, which would choose everything.
 *
 * @throws INVALID_PARAMS for a field that is unknown, empty, `null` beside others, or there twice
 */
function chosenBy(
  name: string,
  { shape }: z.ZodObject,
  slips: Slips,
  given: unknown,
  beside: Values,
): Values | undefined {
  if (given !== undefined && !isObject(given)) throw refusalError(`${name} must be an object`, name);
  const { values, unknown } = meantNames(Object.keys(shape), slips, given ?? {});
  const isSaid = (field: string) => (beside[field] ?? values.get(field) ?? null) !== null;
  const twice = Object.keys(beside).filter((field) => values.has(field) && isSaid(field));
  if (unknown.length > 0) throw refusalError(`${name} has no argument ${quotedNames(unknown)}`, name);
  if (twice.length > 0) throw refusalError(`${twice.join(", ")} is there twice`, name);
  const fields: Record<string, unknown> = {};
  const all = [...values, ...Object.entries(beside)];
  const none = all.filter(([, value]) => value === null).map(([field]) => field);
  if (none.length > 0 && none.length < all.length)
    throw refusalError(`${none.map((field) => `${name}.${field}`).join(", ")} says nothing (null)`, none[0]);
  for (const [field, value] of all) {
    const schema = shape[field] as z.ZodType;
    const read = meantValue(field, schema, value).value;
    const isEmpty = isLeftEmpty(field, schema, read, value) || (Array.isArray(read) && read.length === 0);
    if (isEmpty) throw refusalError(`${name}.${field} is empty`, field);
    if (read !== undefined) fields[field] = read;
  }
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** Whether an optional argument is there without a value, as hosts fill in forms. */
function isLeftEmpty(name: string, schema: z.ZodType, value: unknown, given: unknown): boolean {
  if (!(schema instanceof z.ZodOptional) || name === MEANT_EMPTY || typeof given !== "string") return false;
  return given === "" || (given.trim() === "" && (name !== NEVER_BLANK || Array.isArray(value)));
}

function refusalError(message: string, argument: string | undefined): KeepsakeError {
  const hint = argument === undefined ? undefined : nextStep(argument);
  return new KeepsakeError("INVALID_PARAMS", message, hint === undefined ? {} : { hint });
}

function isName(part: PropertyKey): part is string {
  return typeof part === "string";
}
