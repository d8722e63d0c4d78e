/**
 * The method table: the single definition of what crosses the socket. Dispatch, the typed client, the MCP tools,
 * `docs/protocol.md` and the table-walking tests derive from it.
 */
import type * as z from "zod";
import type { MethodDefinition } from "./method.ts";
import { auditMethods } from "./methods/audit-methods.ts";
import { clientMethods } from "./methods/client-methods.ts";
import { confirmMethods } from "./methods/confirm-methods.ts";
import { dataMethods } from "./methods/data-methods.ts";
import { keyMethods } from "./methods/key-methods.ts";
import { memoryForgetMethods } from "./methods/memory-forget-methods.ts";
import { memoryReadMethods } from "./methods/memory-read-methods.ts";
import { memoryWriteMethods } from "./methods/memory-write-methods.ts";
import { scrubMethods } from "./methods/scrub-methods.ts";
import { vaultMethods } from "./methods/vault-methods.ts";

const table = mergeDistinct(
  memoryWriteMethods,
  memoryReadMethods,
  memoryForgetMethods,
  scrubMethods,
  vaultMethods,
  keyMethods,
  clientMethods,
  confirmMethods,
  dataMethods,
  auditMethods,
);

type Table = typeof memoryWriteMethods &
  typeof memoryReadMethods &
  typeof memoryForgetMethods &
  typeof scrubMethods &
  typeof vaultMethods &
  typeof keyMethods &
  typeof clientMethods &
  typeof confirmMethods &
  typeof dataMethods &
  typeof auditMethods;
export type MethodName = keyof Table;
/** Parameters as a caller writes them: defaults may be left out. */
export type ParamsInput<M extends MethodName> = z.input<Table[M]["params"]>;
/** Parameters as a handler sees them. */
export type Params<M extends MethodName> = z.output<Table[M]["params"]>;
export type Result<M extends MethodName> = z.output<Table[M]["result"]>;

export const METHODS = table as unknown as Table & Readonly<Record<MethodName, MethodDefinition>>;
/** For what walks the table. */
export const METHOD_NAMES = Object.keys(table) as readonly MethodName[];

/** Whether a string names a method. Inherited names such as `__proto__` do not. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(table, name);
}

/** @throws Error at start when two groups define the same method */
export function mergeDistinct(
  ...groups: readonly Readonly<Record<string, unknown>>[]
): Readonly<Record<string, unknown>> {
  const merged = new Map<string, unknown>();
  for (const [name, definition] of groups.flatMap((group) => Object.entries(group))) {
    if (merged.has(name)) throw new Error(`method ${name} is defined twice`);
    merged.set(name, definition);
  }
  return Object.fromEntries(merged);
}
