/**
 * Every handler with its call on record around it: what is to be there before it does anything is written first, and
 * what changed something is on record before the answer.
 */
import type { MethodDefinition } from "../../protocol/method.ts";
import type { MethodName } from "../../protocol/method-table.ts";
import { METHOD_NAMES, METHODS } from "../../protocol/method-table.ts";
import type { CallContext, Handlers } from "../service.ts";
import { RecordedCall } from "./recorded-call.ts";

type AnyHandler = (params: unknown, context: CallContext) => Promise<object>;

/** Calls whose `record` is not of the trail, such as those of tests, go as they are. */
export function auditedHandlers(handlers: Handlers): Handlers {
  const wrapped = METHOD_NAMES.map((name) => [name, audited(name, handlers[name] as AnyHandler)] as const);
  return Object.fromEntries(wrapped) as unknown as Handlers;
}

function audited(name: MethodName, handler: AnyHandler): AnyHandler {
  const { onRecord, stream }: MethodDefinition = METHODS[name];
  return async (params, context) => {
    const { record } = context;
    if (!(record instanceof RecordedCall)) return handler(params, context);
    if (onRecord !== undefined) await record.begin(onRecord === "before");
    const inputs = stream === undefined ? context : { ...context, stream: record.counting(context.stream) };
    const result = await handler(params, inputs);
    await record.done(result, onRecord === "before" || onRecord === "after");
    return result;
  };
}
