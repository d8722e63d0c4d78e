/**
 * What a client needs of the method table and its schemas. This file asks the schemas. In the programs that are bundled it is written
 * anew: `scripts/plain-checks.mjs` asks it for everything it exports, and has zod's compiler make plain functions of the schemas, since
 * to load and build schemas takes longer than most programs run. Both come to the same (`test/protocol/plain-checks.test.ts`).
 */
import type * as z from "zod";
import type { DaemonMessage } from "./envelope.ts";
import { daemonMessage } from "./envelope.ts";
import type { ClientScope, MethodDefinition } from "./method.ts";
import type { MethodName, Result } from "./method-table.ts";
import { METHODS, METHOD_NAMES } from "./method-table.ts";
import { waitingId } from "./methods/confirm-methods.ts";
import { label, projectName, queryText, recordId, sessionName, slotId, tagList } from "./schemas.ts";

/** What people type, and programs check before they ask the daemon. */
const VALUES = { label, projectName, queryText, recordId, sessionName, slotId, tagList, waitingId };

export interface MethodFacts {
  readonly scope: ClientScope | undefined;
  readonly long: boolean;
  /** For some parameters. */
  readonly takesSecrets: boolean;
}

export const METHOD_FACTS = Object.fromEntries(
  METHOD_NAMES.map((name) => {
    const { scope, long = false, secrets }: MethodDefinition = METHODS[name];
    return [name, { scope, long, takesSecrets: secrets !== undefined }];
  }),
) as Readonly<Record<MethodName, MethodFacts>>;

export function isValid(name: keyof typeof VALUES, value: unknown): boolean {
  return VALUES[name].safeParse(value).success;
}

/** @returns undefined when it is none of the shapes of `envelope.ts` */
export function daemonMessageIn(value: unknown): DaemonMessage | undefined {
  return daemonMessage.safeParse(value).data;
}

/** @returns what reads a result: exactly the shape of the table, or undefined */
export async function resultReader<M extends MethodName>(
  method: M,
): Promise<(value: unknown) => Result<M> | undefined> {
  const { result } = METHODS[method] as { readonly result: z.ZodType };
  return (value) => result.safeParse(value).data as Result<M> | undefined;
}

/** @internal for what writes this file anew */
export const SCHEMAS = { values: VALUES, daemonMessage, methods: METHODS };
