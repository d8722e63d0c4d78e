/**
 * Writes `src/protocol/client-view.ts` anew, without schemas: what it exports as plain data, and each of its schemas as the function
 * that zod's own compiler makes of it. Loading and building the schemas takes longer than a program like `keepsake status` runs.
 *
 * zod compiles with `new Function`; here that is watched, so that the source and the constants can be written down. A constant that
 * is not known here ends the build.
 */
import { join } from "node:path";
import { build } from "esbuild";
import { loadSources } from "./load-sources.mjs";

const VIEW = "src/protocol/client-view.ts";

/**
 * An esbuild plugin that puts the written view in the place of the one in `src`.
 *
 * @param {string} root - the project's folder
 * @returns {Promise<import("esbuild").Plugin>}
 */
export async function plainChecks(root) {
  const { view, results } = await writeView(root);
  const parts = await partsOfZod(root);
  const folder = join(root, "src", "protocol");
  return {
    name: "plain-checks",
    setup: ({ onLoad, onResolve }) => {
      onLoad({ filter: /[\\/]protocol[\\/]client-view\.ts$/ }, () => ({
        contents: view,
        loader: "js",
        resolveDir: folder,
      }));
      onResolve({ filter: /^plain-check:/ }, ({ path }) => ({ path, namespace: "plain-check" }));
      onLoad({ filter: /^plain-check:parts$/, namespace: "plain-check" }, () => ({ contents: parts }));
      onLoad({ filter: /^plain-check:/, namespace: "plain-check" }, ({ path }) => ({
        contents: results.get(path.slice("plain-check:".length)),
        loader: "js",
        resolveDir: folder,
      }));
    },
  };
}

/** @param {string} root */
async function writeView(root) {
  const { SCHEMAS, METHOD_FACTS, core, rules, isErrorCode, isWritableTime } = await loadSources(root, [
    `export { METHOD_FACTS, SCHEMAS } from "./${VIEW}";`,
    'export * as rules from "./src/protocol/text-rules.ts";',
    'export { isErrorCode } from "./src/base/errors.ts";',
    'export { isWritableTime } from "./src/base/clock.ts";',
    'export * as core from "zod/v4/core";',
  ]);
  const known = new Map([
    [core.INVALID, "INVALID"],
    [core.util.codePointLength, "codePointLength"],
    [core.util.isPlainObject, "isPlainObject"],
    [Object.prototype.propertyIsEnumerable, "Object.prototype.propertyIsEnumerable"],
    [rules.isWellFormed, "isWellFormed"],
    [isWritableTime, "isWritableTime"],
    [isErrorCode, "isErrorCode"],
  ]);
  const written = (schema) => {
    const { parser, made } = compiled(core, schema);
    return sourceOf(parser, made, known);
  };
  const imports = [
    'import { bytesAtMost, isWellFormed } from "./text-rules.ts";',
    'import { isWritableTime } from "../base/clock.ts";',
    'import { isErrorCode } from "../base/errors.ts";',
    'import { codePointLength, isPlainObject } from "plain-check:parts";',
    'const INVALID = Symbol.for("zod.compile.invalid");',
  ];
  const results = Object.entries(SCHEMAS.methods).map(([name, { result }]) => [
    name,
    [...imports, `export const read = ${written(result)};`].join("\n"),
  ]);
  const values = Object.entries(SCHEMAS.values).map(
    ([name, schema]) => `${JSON.stringify(name)}: () => ${written(schema)}`,
  );
  const loaders = results.map(
    ([name]) => `${JSON.stringify(name)}: () => import(${JSON.stringify(`plain-check:${name}`)})`,
  );
  const view = [
    ...imports,
    `const VALUES = {\n${values.join(",\n")}\n};`,
    "const made = new Map();",
    "const checkOf = (name) => { const check = made.get(name) ?? VALUES[name](); made.set(name, check); return check; };",
    `const MESSAGE = ${written(SCHEMAS.daemonMessage)};`,
    `const RESULTS = {\n${loaders.join(",\n")}\n};`,
    `export const METHOD_FACTS = ${JSON.stringify(METHOD_FACTS)};`,
    "const orUndefined = (read) => (value) => { const found = read(value); return found === INVALID ? undefined : found; };",
    "export const isValid = (name, value) => checkOf(name)(value) !== INVALID;",
    "export const daemonMessageIn = orUndefined(MESSAGE);",
    "export const resultReader = async (method) => orUndefined((await RESULTS[method]()).read);",
  ].join("\n");
  return { view, results: new Map(results) };
}

/** The few functions of zod that its checks call, without the rest of the module that they are in. */
async function partsOfZod(root) {
  const util = join(root, "node_modules", "zod", "v4", "core", "util.js");
  const contents = `export { codePointLength, isPlainObject } from ${JSON.stringify(util)};`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

/**
 * What zod makes of a schema: reads a value, and returns what is read or `INVALID`.
 *
 * @returns {{ readonly parser: Function; readonly made: ReadonlyMap<unknown, { names: string[]; body: string; constants: unknown[] }> }}
 */
function compiled(core, schema) {
  const original = globalThis.Function;
  const made = new Map();
  globalThis.Function = function watched(...parts) {
    const make = original(...parts);
    return (...constants) => {
      const result = make(...constants);
      made.set(result, { names: parts.slice(0, -1), body: parts.at(-1), constants });
      return result;
    };
  };
  try {
    return { parser: core.compileFn(schema), made };
  } finally {
    globalThis.Function = original;
  }
}

/** The source of a function that was made, as an expression. @throws Error where it leads to something that is not known */
function sourceOf(wanted, made, known) {
  const { names, body, constants } = made.get(wanted);
  const values = constants.map((value) => {
    if (value instanceof RegExp) return String(value);
    if (value instanceof Set) return `new Set(${JSON.stringify([...value])})`;
    if (made.has(value)) return sourceOf(value, made, known);
    if (known.has(value)) return known.get(value);
    if (typeof value === "function" && "limit" in value) return `bytesAtMost(${value.limit})`;
    // Called for what a promise answers, and no rule of ours does.
    if (typeof value === "function" && value.name === "throwAsync") return "() => {}";
    throw new Error(`a check asks something that is not known: ${String(value)}`);
  });
  return `((${names.join(", ")}) => { ${body} })(${values.join(", ")})`;
}
