import { describe, expect, test } from "vitest";
import * as z from "zod";
import { isErrorCode } from "../../src/base/errors.ts";
import type { MethodDefinition } from "../../src/protocol/method.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { METHODS, METHOD_NAMES, isMethodName, mergeDistinct } from "../../src/protocol/method-table.ts";

const definitions = METHOD_NAMES.map((name): [string, MethodDefinition] => [name, METHODS[name]]);

/** Every object schema inside a schema, itself included. */
function objectsIn(schema: z.core.$ZodType, found: z.ZodObject[] = []): z.ZodObject[] {
  if (schema instanceof z.ZodObject) {
    found.push(schema);
    for (const member of Object.values(schema.shape)) objectsIn(member, found);
  } else if (schema instanceof z.ZodArray) objectsIn(schema.element, found);
  else if (schema instanceof z.ZodUnion) for (const option of schema.options) objectsIn(option, found);
  else if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  ) {
    objectsIn(schema.unwrap(), found);
  }
  return found;
}

describe("the method table", () => {
  test.each(definitions)("%s says what it is", (name, definition) => {
    expect(name).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(definition.summary).toMatch(/^[A-Z].*\.$/);
    for (const code of definition.errors) expect(isErrorCode(code)).toBe(true);
    expect(new Set(definition.errors).size).toBe(definition.errors.length);
  });

  test.each(definitions)("%s takes and gives only fields that are named", (_name, { params, result }) => {
    expect(params).toBeInstanceOf(z.ZodObject);
    for (const schema of [...objectsIn(params), ...objectsIn(result)]) {
      expect(schema.def.catchall).toBeInstanceOf(z.ZodNever);
    }
  });

  test("streams only in long methods", () => {
    const streaming = definitions.filter(([, { stream }]) => stream !== undefined);
    expect(streaming.filter(([, { long }]) => long !== true)).toEqual([]);
  });

  test("asks for secrets only where the person at the terminal is", () => {
    const asking = definitions.filter(([, { secrets, secretResult }]) => secrets ?? secretResult);
    expect(asking.filter(([, { scope }]) => scope !== "control" && scope !== "admin")).toEqual([]);
  });

  test("shows models no method with secrets, streams, control or administration", () => {
    const shown = definitions.filter(([, { tool }]) => tool !== undefined);
    const unfit = shown.filter(
      ([, { secrets, secretResult, stream, scope }]) =>
        secrets !== undefined ||
        secretResult !== undefined ||
        stream !== undefined ||
        !["read", "write", "forget"].includes(String(scope)),
    );
    expect(unfit).toEqual([]);
  });

  test("lets only the lock be called without a scope", () => {
    expect(definitions.filter(([, { scope }]) => scope === undefined).map(([name]) => name)).toEqual([
      "vault.lock",
    ]);
  });

  test("shows models seven tools, each once", () => {
    const tools = definitions.flatMap(([, { tool }]) => (tool === undefined ? [] : [tool.name]));
    expect(tools.toSorted()).toEqual([
      "memory_forget",
      "memory_get",
      "memory_recent",
      "memory_save",
      "memory_search",
      "memory_status",
      "memory_update",
    ]);
  });

  test.each<[MethodName, object, readonly string[], boolean]>([
    ["vault.create", {}, ["new"], true],
    ["vault.create", { recovery: false }, ["new"], false],
    ["vault.unlock", { with: "passphrase" }, ["current"], false],
    ["vault.unlock", { with: "recovery" }, ["current"], false],
    ["vault.unlock", { with: "keychain" }, [], false],
    ["vault.rotate", {}, [], false],
    ["vault.rotate", { master: true }, ["current"], true],
    ["vault.rotate", { master: true, recovery: false }, ["current"], false],
    ["key.add", { kind: "passphrase" }, ["new"], false],
    ["key.add", { kind: "recovery" }, [], true],
    ["key.add", { kind: "keychain" }, [], false],
    ["key.change", {}, ["current", "new"], false],
  ])("%s with %j takes the secrets %j, gives one: %s", (name, params, taken, isGiven) => {
    const definition: MethodDefinition = METHODS[name];
    const parsed = definition.params.parse(params);
    expect(definition.secrets?.(parsed) ?? []).toEqual(taken);
    expect(definition.secretResult?.(parsed) ?? false).toBe(isGiven);
  });

  test("knows its own names and no inherited, padded or differently cased one", () => {
    for (const name of METHOD_NAMES) {
      expect(isMethodName(name)).toBe(true);
      for (const other of [name.toUpperCase(), `${name} `, ` ${name}`, `${name}\0`, name.replace(".", "/")]) {
        expect(isMethodName(other)).toBe(false);
      }
    }
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "", "hello"]) {
      expect(isMethodName(name)).toBe(false);
    }
  });

  test("is all its groups together", () => {
    expect(mergeDistinct({ "a.b": 1 }, { "a.c": 2 })).toEqual({ "a.b": 1, "a.c": 2 });
    expect(METHOD_NAMES.length).toBeGreaterThan(20);
  });

  test("does not start when two groups define one method", () => {
    expect(() => mergeDistinct({ "a.b": 1 }, { "a.c": 1, "a.b": 2 })).toThrow("a.b is defined twice");
  });
});
