/** Calls that go on record as those of the server do, and what is on record of them. */
import { codeOf } from "../../../src/base/errors.ts";
import { newTraceId } from "../../../src/base/logger.ts";
import type { ErrorCode } from "../../../src/base/errors.ts";
import type { MethodName, ParamsInput, Result } from "../../../src/protocol/method-table.ts";
import { parseParams } from "../../../src/protocol/validate.ts";
import type { CallOptions, Harness } from "../harness.ts";
import { CLI } from "../harness.ts";

export type Listed = Result<"audit.list">["entries"][number];

export async function recorded<M extends MethodName>(
  harness: Harness,
  method: M,
  params: ParamsInput<M>,
  options: CallOptions = {},
): Promise<Result<M>> {
  const { client = CLI } = options;
  const record = harness.service.audit.admitted({
    client,
    method,
    params: parseParams(method, params),
    bytesIn: 100,
  });
  try {
    const result = await harness.call(method, params, { ...options, record });
    record.answered({ code: undefined, bytesOut: 50 });
    return result;
  } catch (error) {
    record.answered({ code: codeOf(error), bytesOut: 0 });
    throw error;
  }
}

export function refuse(
  harness: Harness,
  code: ErrorCode,
  { client, method }: { client?: string; method?: MethodName | "hello" } = {},
): void {
  harness.service.audit.refused({ client, method, code, traceId: newTraceId(), bytesIn: 10 });
}

/** Newest first. */
export async function onRecord(
  harness: Harness,
  query: ParamsInput<"audit.list"> = {},
): Promise<readonly Listed[]> {
  const entries: Listed[] = [];
  for (;;) {
    const below = entries.at(-1)?.sequence;
    const page = await harness.call("audit.list", {
      limit: 1_000,
      ...query,
      ...(below !== undefined && { below }),
    });
    entries.push(...page.entries);
    if (!page.more) return entries;
  }
}

/** The same as `method outcome code`, oldest first. */
export async function told(
  harness: Harness,
  query: ParamsInput<"audit.list"> = {},
): Promise<readonly string[]> {
  const entries = await onRecord(harness, query);
  return entries
    .map(({ method = "-", outcome, code }) =>
      [method, outcome, ...(code === undefined ? [] : [code])].join(" "),
    )
    .toReversed();
}
