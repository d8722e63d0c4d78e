/** A client of the socket whose daemon is a table of answers; remembers what it was asked. */
import { KeepsakeError } from "../../../src/base/errors.ts";
import type { CallOptions, KeepsakeClient } from "../../../src/client/keepsake-client.ts";
import type { MethodName, Params, ParamsInput, Result } from "../../../src/protocol/method-table.ts";
import { METHODS } from "../../../src/protocol/method-table.ts";

export type Answers = {
  [M in MethodName]?: (params: Params<M>) => Result<M> | Promise<Result<M>>;
};

export interface Asked {
  readonly method: MethodName;
  readonly params: Record<string, unknown>;
}

export class FakeClient implements KeepsakeClient {
  readonly asked: Asked[] = [];
  readonly answers: Answers;
  isConnected = true;

  constructor(answers: Answers) {
    this.answers = answers;
  }

  async call<M extends MethodName>(
    method: M,
    params: ParamsInput<M>,
    options: CallOptions = {},
  ): Promise<Result<M>> {
    const checked = METHODS[method].params.safeParse(params);
    if (!checked.success) throw new KeepsakeError("INVALID_PARAMS");
    this.asked.push({ method, params });
    options.signal?.throwIfAborted();
    const answer = this.answers[method] as ((params: unknown) => Promise<unknown>) | undefined;
    if (answer === undefined) throw new KeepsakeError("UNKNOWN_METHOD");
    return METHODS[method].result.parse(await answer(checked.data)) as Result<M>;
  }

  close(): void {
    this.isConnected = false;
  }
}
