/**
 * A tool's schemas as the MCP SDK takes them (Standard Schema with JSON Schema): what is advertised is strict and says no
 * more than a model needs. What is accepted is more, and decided in `given/`: the SDK hands all arguments through.
 * Source: https://standardschema.dev, JSON Schema 2020-12.
 */
import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import * as z from "zod";

/** What was left out of the arguments or changed. */
const remarks = z.array(z.string()).optional();

/** Advertises what a tool takes; whatever is given is valid here. */
export function toolInput(schema: z.ZodObject): StandardSchemaWithJSON<unknown, { readonly given: unknown }> {
  return {
    "~standard": {
      version: 1,
      vendor: "keepsake",
      validate: (given) => ({ value: { given } }),
      jsonSchema: jsonSchemaOf(schema),
    },
  };
}

/** Advertises what a tool answers, but for the remarks that any answer may have: they would not fit into what lists may cost. */
export function toolOutput(schema: z.ZodObject): StandardSchemaWithJSON<unknown, unknown> {
  const answer = schema.extend({ remarks });
  return {
    "~standard": {
      version: 1,
      vendor: "keepsake",
      validate: (given) => answer["~standard"].validate(given),
      jsonSchema: jsonSchemaOf(schema),
    },
  };
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
