/**
 * A tool's schemas as the MCP SDK takes them (Standard Schema with JSON Schema): what is advertised is strict and says no
 * more than a model needs; what is accepted also maps the slips models make. Both come from one zod object.
 * Source: https://standardschema.dev, JSON Schema 2020-12.
 */
import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import * as z from "zod";
import { faultText } from "./argument-faults.ts";

/** Other names under which models give an argument. */
export type Slips = Readonly<Record<string, string>>;

type Arguments = Readonly<Record<string, unknown>>;

/** Tools differ in their arguments; the SDK only hands them through. */
export function toolInput<S extends z.ZodObject>(
  schema: S,
  slips: Slips,
): StandardSchemaWithJSON<z.input<S>, z.output<S>> {
  const lists = Object.keys(schema.shape).filter((name) => isList(schema.shape[name]));
  const numbers = Object.keys(schema.shape).filter((name) => isNumber(schema.shape[name]));
  return {
    "~standard": {
      version: 1,
      vendor: "keepsake",
      validate: (given) => {
        const meant = isArguments(given) ? withoutSlips(given, slips, lists, numbers) : given;
        const parsed = schema.safeParse(meant, { reportInput: true });
        if (parsed.success) return { value: parsed.data };
        return { issues: parsed.error.issues.map((fault) => ({ message: faultText(fault) })) };
      },
      jsonSchema: jsonSchemaOf(schema),
    },
  };
}

export function toolOutput<S extends z.ZodObject>(
  schema: S,
): StandardSchemaWithJSON<z.input<S>, z.output<S>> {
  return {
    "~standard": {
      version: 1,
      vendor: "keepsake",
      validate: (given) => schema["~standard"].validate(given),
      jsonSchema: jsonSchemaOf(schema),
    },
  };
}

/**
 * The arguments as the schema names and types them: another name becomes the right one unless that is there too, `null`
 * means left out, one value or a comma-separated string becomes a list, a number in quotes a number.
 */
function withoutSlips(
  given: Arguments,
  slips: Slips,
  lists: readonly string[],
  numbers: readonly string[],
): Arguments {
  const entries = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    if (value === null) return [];
    const right = slips[name];
    const meant = right === undefined || Object.hasOwn(given, right) ? name : right;
    if (lists.includes(meant) && typeof value === "string") return [[meant, commaList(value)]];
    if (numbers.includes(meant) && typeof value === "string" && /^\d{1,9}$/.test(value)) {
      return [[meant, Number(value)]];
    }
    return [[meant, value]];
  });
  return Object.fromEntries(entries);
}

function commaList(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function isArguments(value: unknown): value is Arguments {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bare(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema;
}

function isList(schema: unknown): boolean {
  return bare(schema) instanceof z.ZodArray;
}

function isNumber(schema: unknown): boolean {
  return bare(schema) instanceof z.ZodNumber;
}

function jsonSchemaOf(schema: z.ZodType) {
  const convert = (io: "input" | "output") => () => compactJsonSchema(schema, io);
  return { input: convert("input"), output: convert("output") };
}

/** Patterns, lengths and formats cost tokens and help no model: the daemon checks them and says which was broken. */
function compactJsonSchema(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      for (const keyword of ["pattern", "format", "minLength", "maxLength", "minItems"] as const) {
        delete jsonSchema[keyword];
      }
      if (io === "output") {
        delete jsonSchema.additionalProperties;
        delete jsonSchema.required;
      }
      for (const bound of ["minimum", "maximum"] as const) {
        if (Math.abs(jsonSchema[bound] ?? 0) === Number.MAX_SAFE_INTEGER) delete jsonSchema[bound];
      }
    },
  });
  return json;
}
