/** Asks for a confirmation and checks the token of one: the step before anything that removes more than one thing. */
import type { MethodName } from "../protocol/method-table.ts";
import type { ConfirmationRequired, ConfirmationText, Confirmations } from "../policy/confirmations.ts";

export interface ConfirmedCall extends ConfirmationText {
  readonly client: string;
  readonly method: MethodName;
  readonly params: Readonly<Record<string, unknown>> & {
    readonly confirmationToken?: string | undefined;
    readonly idempotencyKey?: string | undefined;
  };
  /** Ids of everything the call would change now. */
  readonly targets: readonly string[];
}

export class Confirmed {
  readonly #confirmations: Confirmations;

  constructor(confirmations: Confirmations) {
    this.#confirmations = confirmations;
  }

  /**
   * @returns what to answer when the call carries no token; `undefined` when its token holds and it may go on
   * @throws CONFIRMATION_INVALID, CONFIRMATION_STALE
   */
  async require({
    description,
    targetCount,
    ...call
  }: ConfirmedCall): Promise<ConfirmationRequired | undefined> {
    const { confirmationToken: token, idempotencyKey: _key, ...params } = call.params;
    // What is confirmed is what will be done; a caller may draw a new idempotency key for each attempt.
    const confirmable = { ...call, params };
    if (token === undefined) return this.#confirmations.request(confirmable, { description, targetCount });
    await this.#confirmations.redeem(confirmable, token);
    return undefined;
  }
}
