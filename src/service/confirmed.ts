/** Asks for a confirmation and checks the token of one: the step before anything that removes more than one thing. */
import type { MethodName } from "../protocol/method-table.ts";
import type { ConfirmationRequired, ConfirmationText, Confirmations } from "../policy/confirmations.ts";

export interface ConfirmedCall extends ConfirmationText {
  readonly client: string;
  readonly method: MethodName;
  readonly params: Readonly<Record<string, unknown>> & { readonly confirmationToken?: string | undefined };
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
  async require(call: ConfirmedCall): Promise<ConfirmationRequired | undefined> {
    const { description, targetCount } = call;
    const token = call.params.confirmationToken;
    if (token === undefined) return this.#confirmations.request(call, { description, targetCount });
    await this.#confirmations.redeem(call, token);
    return undefined;
  }
}
