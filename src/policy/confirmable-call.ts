/** A call that needs a confirmation: what it would do, what is answered, and what the confirmation is bound to. */
import { encodeParts, toHex, utf8 } from "../base/bytes.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { canonicalParams } from "./canonical-params.ts";

/** A call that needs a confirmation, and what it would change now. */
export interface ConfirmableCall {
  readonly client: string;
  readonly method: MethodName;
  /** As the handler sees them; `confirmationToken` is left out of the binding. */
  readonly params: Readonly<Record<string, unknown>> & { readonly confirmationToken?: string | undefined };
  /** Ids of everything the call would change; order and repetition do not matter. */
  readonly targets: Iterable<string>;
}

/** What a person reads before confirming: numbers and fixed words, never stored text. */
export interface ConfirmationText {
  /** One phrase, such as "forget 3 memories with all versions". */
  readonly description: string;
  readonly targetCount: number;
}

export interface ConfirmationRequired extends ConfirmationText {
  readonly status: "confirmation_required";
  readonly operation: MethodName;
  /** Absent: the person has to agree in a terminal. */
  readonly confirmationToken?: string;
  readonly expiresInSeconds: number;
}

export interface CallDigests {
  readonly binding: string;
  readonly targets: string;
}

export async function digestsOf({ client, method, params, targets }: ConfirmableCall): Promise<CallDigests> {
  const payload = canonicalParams(params, ["confirmationToken"]);
  return {
    binding: await digest(encodeParts(utf8(client), utf8(method), payload)),
    targets: await digest(utf8(JSON.stringify([...new Set(targets)].toSorted()))),
  };
}

/** SHA-256, hexadecimal. */
export async function digest(bytes: Uint8Array): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))));
}
