/**
 * Schemas of the method table as short types for readers: `{text: text, tags?: tag[] = []}`. Shared schemas appear by
 * name and are explained once; everything else is spelt out, caps included.
 */
import * as z from "zod";
import { LIMITS } from "../../src/base/limits.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import { bytes32 } from "../../src/protocol/handshake.ts";
import { client } from "../../src/protocol/methods/client-methods.ts";
import { slot } from "../../src/protocol/methods/key-methods.ts";
import { damage } from "../../src/protocol/schemas.ts";
import * as shared from "../../src/protocol/schemas.ts";

/** Name and meaning of each shared schema, in the order in which the page explains them. */
export const NAMED_TYPES: readonly (readonly [z.ZodType, string, string])[] = [
  [shared.recordId, "recordId", "26 characters of Crockford's base32 in lower case"],
  [shared.memoryText, "text", `1 to ${LIMITS.textBytes} bytes of UTF-8, well-formed`],
  [shared.noteText, "note", "text that is not only white space"],
  [shared.queryText, "query", `1 to ${LIMITS.queryBytes} bytes of UTF-8, well-formed`],
  [shared.projectName, "project", `1 to ${LIMITS.projectBytes} bytes of UTF-8, no NUL or line end`],
  [shared.sessionName, "session", `1 to ${LIMITS.sessionBytes} bytes of UTF-8`],
  [shared.speakerName, "speaker", `1 to ${LIMITS.speakerCharacters} characters`],
  [shared.tag, "tag", `1 to ${LIMITS.tagCharacters} characters, no white space or comma`],
  [shared.instant, "instant", "ISO 8601 with offset"],
  [shared.idempotencyKey, "idempotencyKey", "8 to 128 of `A-Z a-z 0-9 . _ : -`"],
  [shared.clientId, "clientId", "1 to 32 of `a-z 0-9 -`, not first a hyphen"],
  [shared.slotId, "slotId", "8 of `a-z 0-9`"],
  [shared.label, "label", "at most 64 letters, digits, spaces and `. : - _`"],
  [bytes32, "bytes32", "32 bytes in base64 with padding"],
  [shared.count, "count", "an integer, 0 or more"],
  [shared.confirmationToken, "confirmationToken", "43 characters of base64url"],
  [shared.memory, "memory", "a memory as clients see it"],
  [shared.filter, "filter", "which memories a request looks at"],
  [slot, "slot", "one way to open the vault"],
  [client, "client", "a named program; without `projects` it sees all of them"],
  [damage, "damage", "what does not authenticate or is not there"],
  [shared.confirmationRequired, "confirmationRequired", "nothing was changed; ask again with the token"],
];

const NAMES = new Map<z.core.$ZodType, string>(NAMED_TYPES.map(([schema, name]) => [schema, name]));

/** One schema as a type; a shared one by its name unless it is the one being explained. */
export function renderType(schema: z.core.$ZodType, indent = "", isExplained = false): string {
  const name = NAMES.get(schema);
  if (name !== undefined && !isExplained) return name;
  if (schema instanceof z.ZodObject) return renderObject(schema, indent);
  if (schema instanceof z.ZodArray) return renderArray(schema, indent);
  if (schema instanceof z.ZodNullable) return `${renderType(schema.unwrap(), indent)} | null`;
  if (schema instanceof z.ZodUnion) {
    return schema.options.map((option) => renderType(option, indent)).join(" | ");
  }
  if (schema instanceof z.ZodEnum) return renderEnum(schema.options);
  if (schema instanceof z.ZodLiteral)
    return [...schema.values].map((value) => JSON.stringify(value)).join(" | ");
  if (schema instanceof z.ZodRecord) return `{[name: string]: ${renderType(schema.valueType, indent)}}`;
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodNumber) return renderNumber(schema);
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) return renderString(schema);
  throw new Error(`no rendering for a schema of type ${schema._zod.def.type}`);
}

function renderObject(schema: z.ZodObject, indent: string): string {
  const fields = Object.entries(schema.shape);
  if (fields.length === 0) return "{}";
  const base = NAMED_TYPES.find(([named]) => named instanceof z.ZodObject && extendsObject(schema, named));
  const own =
    base?.[0] instanceof z.ZodObject
      ? fields.filter(([name]) => !Object.hasOwn((base[0] as z.ZodObject).shape, name))
      : fields;
  const inner = `${indent}  `;
  const lines = own.map(([name, member]) => `${inner}${renderField(name, member, inner)}`);
  return `${base === undefined ? "" : `${base[1]} & `}{\n${lines.join("\n")}\n${indent}}`;
}

/** Whether an object has every field of another one, and more. */
function extendsObject(schema: z.ZodObject, base: z.ZodObject): boolean {
  const names = Object.keys(base.shape);
  return (
    Object.keys(schema.shape).length > names.length &&
    names.every((name) => schema.shape[name] === base.shape[name])
  );
}

function renderField(name: string, schema: z.core.$ZodType, indent: string): string {
  if (schema instanceof z.ZodOptional) return `${name}?: ${renderType(schema.unwrap(), indent)}`;
  if (schema instanceof z.ZodDefault) {
    return `${name}?: ${renderType(schema.unwrap(), indent)} = ${JSON.stringify(schema.def.defaultValue)}`;
  }
  return `${name}: ${renderType(schema, indent)}`;
}

function renderArray(schema: z.ZodArray, indent: string): string {
  const bounds = z.toJSONSchema(schema, { unrepresentable: "any" });
  const element = renderType(schema.element, indent);
  const isCompound = / [|&] /.test(element.split("\n")[0] ?? "");
  return `${isCompound ? `(${element})` : element}[]${range(bounds.minItems, bounds.maxItems)}`;
}

function renderEnum(options: readonly (string | number)[]): string {
  if (options.length === SCOPES.length && SCOPES.every((scope) => options.includes(scope))) return "scope";
  return options.map((option) => JSON.stringify(option)).join(" | ");
}

function renderNumber(schema: z.ZodNumber): string {
  const { type, minimum, maximum } = z.toJSONSchema(schema);
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  return `${type === "integer" ? "integer" : "number"}${range(least, most)}`;
}

function renderString(schema: z.ZodType): string {
  const { pattern, minLength, maxLength } = z.toJSONSchema(schema);
  return `string${range(minLength, maxLength)}${pattern === undefined ? "" : ` /${pattern}/`}`;
}

function range(least: number | undefined, most: number | undefined): string {
  if (least === undefined && most === undefined) return "";
  if (least === undefined) return ` (at most ${most})`;
  return most === undefined ? ` (at least ${least})` : ` (${least} to ${most})`;
}
