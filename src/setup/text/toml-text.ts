/**
 * Puts a server into Codex's `config.toml` as a block of its own at the end, between two comments, and takes it out again.
 * What stood there is read before and after: the rest must mean the same, or nothing is changed.
 *
 * Codex writes into the file too, and may put its tables in front of the comment that ends the block: so only lines of the
 * server's own table are ever taken out.
 */
import { isDeepStrictEqual } from "node:util";
import { TomlError, parse } from "smol-toml";
import type { Splice } from "./splices.ts";
import { applySplice, lineEndOf } from "./splices.ts";

const TABLE = "mcp_servers";
const BEGIN = '# >>> keepsake: written by "keepsake setup", taken out by its --remove';
const END = "# <<< keepsake";

export interface TomlServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Why a text cannot be changed, as the end of a sentence. */
export class TomlFault extends Error {}

type Table = Record<string, unknown>;

/** @param body - without a byte order mark. @throws TomlFault */
export function readToml(body: string): Table {
  try {
    return parse(body, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    const line = error instanceof TomlError ? `; look at line ${error.line}` : "";
    throw new TomlFault(`is not valid TOML${line}`);
  }
}

/** The server of a name; undefined: there is none. */
export function tomlServer(table: Table, name: string): unknown {
  const servers = table[TABLE];
  return isTable(servers) ? servers[name] : undefined;
}

/** @param body - a text without the server. @throws TomlFault */
export function insertServer(body: string, server: TomlServer): Splice {
  const before = readToml(body);
  const lineEnd = lineEndOf(body);
  const gap = body.trim() === "" ? "" : lineEnd;
  const start = body === "" || body.endsWith("\n") ? gap : lineEnd + gap;
  const lines = [
    BEGIN,
    `[${TABLE}.${server.name}]`,
    `command = ${JSON.stringify(server.command)}`,
    `args = [${server.args.map((arg) => JSON.stringify(arg)).join(", ")}]`,
    END,
  ];
  const splice = {
    at: body.length,
    removed: "",
    inserted: start + lines.map((line) => line + lineEnd).join(""),
  };
  const after = readAfter(applySplice(body, splice));
  if (after === undefined || !isSameWithout(after, before, server.name)) {
    throw new TomlFault(`has ${TABLE} as a value in braces; write it as tables of its own`);
  }
  return splice;
}

/** @throws TomlFault when the server's lines cannot be told from others */
export function takeServerOut(body: string, name: string): string {
  const after = readToml(body);
  const header = new RegExp(String.raw`^\s*\[\s*${TABLE}\s*\.\s*(?:"${name}"|${name})\s*[\].]`);
  let isOurs = false;
  const left = body.split(/(?<=\n)/).filter((line) => {
    const bare = line.trim();
    if (bare === BEGIN || bare === END) {
      isOurs = false;
      return false;
    }
    if (/^\s*\[/.test(line)) isOurs = header.test(line);
    return !isOurs;
  });
  const text = left.join("");
  const before = readAfter(text);
  if (before === undefined || !isSameWithout(after, before, name)) {
    throw new TomlFault(
      `has the server ${name} in lines that cannot be told from others; take it out by hand`,
    );
  }
  return text;
}

/** The hooks of a file that the person has reviewed in Codex, by the keys of its own table. */
export function reviewedHooks(body: string): ReadonlySet<string> {
  const { hooks } = readToml(body);
  const state = isTable(hooks) ? hooks["state"] : undefined;
  if (!isTable(state)) return new Set();
  return new Set(Object.keys(state).filter((key) => isTable(state[key]) && "trusted_hash" in state[key]));
}

/** Whether Codex is told to run no hooks. */
export function areHooksOff(body: string): boolean {
  const { features } = readToml(body);
  return isTable(features) && features["hooks"] === false;
}

function readAfter(body: string): Table | undefined {
  try {
    return readToml(body);
  } catch {
    return undefined;
  }
}

/** Whether two files differ by the server alone. */
function isSameWithout(having: Table, lacking: Table, name: string): boolean {
  const servers = having[TABLE];
  if (!isTable(servers) || tomlServer(lacking, name) !== undefined) return false;
  const { [name]: _ours, ...others } = servers;
  const { [TABLE]: _servers, ...rest } = having;
  const expected = TABLE in lacking || Object.keys(others).length > 0 ? { ...rest, [TABLE]: others } : rest;
  return isDeepStrictEqual(plain(expected), plain(lacking));
}

/** Tables of the reader and copies of ours have different prototypes. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
