/**
 * What a command is given where somebody can be asked: a connection that opens the vault when a call is refused because it is
 * locked, and makes the call again. It asks once a run; who declines is refused from then on, as off a terminal.
 *
 * Only the connection of `start` asks: what looks at a daemon that runs (status, lock, completion) never does.
 */
import { KeepsakeError, hasCode } from "../base/errors.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import type { Context } from "./context.ts";
import { Declined } from "./asking/agreement.ts";
import type { OpeningForCommand } from "./asking/open-vault.ts";
import { pausingProgress } from "./output/pausing-progress.ts";

interface Asking {
  /** Not with `--no-input`. */
  readonly isAsking: boolean;
  /** Through such a program, as the command does for what it asks itself. */
  readonly pinentry: boolean;
}

export function openingContext(context: Context, { isAsking, pinentry }: Asking): Context {
  const { ask } = context;
  // What stands on standard input is no answer to a question.
  let isInputTaken = false;
  let opening: Promise<void> | undefined;
  let own: Context;
  const { progress, whileAsking } = pausingProgress(context.progress);
  const openLocked = (client: KeepsakeClient, isKept = false) => {
    if (isInputTaken) return context.openLocked(client);
    opening ??= whileAsking(() => askFor(client, own, { isKept, pinentry }));
    return opening;
  };
  own = withChanges(context, {
    input: {
      isTerminal: context.input.isTerminal,
      bytes: () => {
        isInputTaken = true;
        return context.input.bytes();
      },
    },
    ...(ask === undefined || !isAsking
      ? { ask: undefined }
      : {
          progress,
          openLocked,
          connect: async (how: "start" | "running") => {
            const client = await context.connect(how);
            return how === "start" ? openingClient(client, openLocked) : client;
          },
        }),
  });
  return own;
}

/** @throws VAULT_SEALED when the person declines */
async function askFor(client: KeepsakeClient, context: Context, how: OpeningForCommand): Promise<void> {
  const { openForCommand } = await import("./asking/open-vault.ts");
  const status = await client.call("vault.status", {}, { signal: context.signal });
  if (status.state === "open") return;
  await openForCommand(client, status, context, how).catch((error: unknown) => {
    throw error instanceof Declined ? new KeepsakeError("VAULT_SEALED") : error;
  });
}

function openingClient(
  client: KeepsakeClient,
  openLocked: (client: KeepsakeClient, isKept?: boolean) => Promise<void>,
): KeepsakeClient {
  const call: KeepsakeClient["call"] = async (method, params, options = {}) => {
    // A stream can be sent once.
    if (options.stream !== undefined) {
      const { state } = await client.call("vault.status", {}, pick(options));
      if (state === "sealed") await openLocked(client);
    }
    try {
      return await client.call(method, params, options);
    } catch (error) {
      // And so can a secret, which is wiped by now.
      const isOnce = options.stream !== undefined || (options.secrets ?? []).length > 0;
      if (!hasCode(error, "VAULT_SEALED") || isOnce) throw error;
      await openLocked(client, method === "memory.save" && !("supersedes" in params));
      return client.call(method, params, options);
    }
  };
  return {
    call,
    get isConnected() {
      return client.isConnected;
    },
    close: () => client.close(),
  };
}

function pick({ signal }: { readonly signal?: AbortSignal }) {
  return signal === undefined ? {} : { signal };
}

/** A copy in which what is found out late stays so. */
function withChanges(context: Context, changes: Partial<Context>): Context {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(context)) as Context;
  return Object.defineProperties(copy, Object.getOwnPropertyDescriptors(changes));
}
