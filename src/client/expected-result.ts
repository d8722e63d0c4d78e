import { KeepsakeError } from "../base/errors.ts";
import { resultReader } from "../protocol/client-view.ts";
import type { MethodName } from "../protocol/method-table.ts";

/**
 * What reads the answer to a call: exactly the shape of the table, nothing more.
 *
 * @returns a function that throws INVALID_RESULT; the message says nothing of the value
 */
export async function expectedResult(method: MethodName): Promise<(value: unknown) => unknown> {
  const read = await resultReader(method);
  return (value) => {
    const result = read(value);
    if (result !== undefined) return result;
    throw new KeepsakeError(
      "INVALID_RESULT",
      `the result of ${method} does not have the shape of the protocol`,
    );
  };
}
