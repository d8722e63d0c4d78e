/** Handlers by which the person answers what waits for them. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { WaitingCall, WaitingCalls } from "../../policy/waiting-calls.ts";
import type { Handlers } from "../service.ts";

type ConfirmMethods = Extract<keyof Handlers, `confirm.${string}`>;
type Shown = Result<"confirm.list">["waiting"][number];

/** @param requireOpen - throws VAULT_SEALED, VAULT_MISSING: what waits is about memories */
export function confirmHandlers(
  waiting: WaitingCalls,
  requireOpen: () => unknown,
): Pick<Handlers, ConfirmMethods> {
  return {
    "confirm.list": async ({ id }) => {
      requireOpen();
      const calls = waiting.list().filter((call) => id === undefined || call.id === id);
      return { waiting: calls.map((call) => ({ ...shown(call), ...(id !== undefined && proposed(call)) })) };
    },
    "confirm.answer": async ({ id, agree }) => {
      requireOpen();
      if (!waiting.answer(id, agree)) {
        throw new KeepsakeError("NOT_FOUND", "no request with that id waits for an answer");
      }
      return { id, agreed: agree };
    },
  };
}

function shown({ ageMs, leftMs, params: _params, shown: memories, ...call }: WaitingCall): Shown {
  return {
    ...call,
    ageSeconds: Math.floor(ageMs / 1_000),
    expiresInSeconds: Math.ceil(leftMs / 1_000),
    memories: [...memories],
  };
}

/** What the call would write; other methods have no such members. */
function proposed({ params }: WaitingCall): Pick<Shown, "newText" | "newExpiry"> {
  const { text, expiresAt } = params;
  return {
    ...(typeof text === "string" && { newText: text }),
    ...((typeof expiresAt === "string" || expiresAt === null) && { newExpiry: expiresAt }),
  };
}
