/**
 * The MCP server's line to the daemon: opened at the first call, closed when it has been idle, opened again when the
 * daemon locked, restarted or dropped it. A call either answers or fails with a code before its deadline; a daemon that
 * hangs or is gone never takes the MCP server with it.
 *
 * A call whose connection broke is made once more when that cannot do harm: a read, or a write with an idempotency key.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError, hasCode } from "../base/errors.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import { METHOD_FACTS } from "../protocol/client-view.ts";
import type { MethodName, ParamsInput, Result } from "../protocol/method-table.ts";
import { ON_CALLING, withoutWords, wordsOnOpening } from "./without-words.ts";
import type { OwnWords } from "./without-words.ts";

/** From a tool call to its answer, starting the daemon included: hosts see an error within 5 s. */
export const CALL_MS = 4_600;
/** Connections are few and shared by every session of a host: an unused one is given back. */
const IDLE_MS = 15_000;
const RETRY_PAUSE_MS = 100;
/** With less time left than this a second attempt could only fail later. */
const MIN_RETRY_MS = 500;

export interface DaemonLink {
  /**
   * @throws KeepsakeError in words of this process, see `withoutWords`; TIMEOUT when there was no answer in time, CANCELLED
   * after `signal`
   */
  call<M extends MethodName>(method: M, params: ParamsInput<M>, signal?: AbortSignal): Promise<Result<M>>;
  /** Drops the connection; a later call opens a new one. */
  close(): void;
}

export interface DaemonLinkDeps {
  /** Connects as this client, starting the daemon when there is none. */
  readonly open: () => Promise<KeepsakeClient>;
  /** Its name. */
  readonly client: string;
  readonly clock: Clock;
}

export function createDaemonLink({ open, client: name, clock }: DaemonLinkDeps): DaemonLink {
  const onOpening = wordsOnOpening(name);
  let client: KeepsakeClient | undefined;
  let opening: Promise<KeepsakeClient> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let calls = 0;

  const drop = () => {
    client?.close();
    client = undefined;
  };

  const connected = (): Promise<KeepsakeClient> => {
    if (client?.isConnected === true) return Promise.resolve(client);
    drop();
    opening ??= open().then(
      (fresh) => {
        opening = undefined;
        client = fresh;
        return fresh;
      },
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };

  const attempt = async <M extends MethodName>(
    method: M,
    params: ParamsInput<M>,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<Result<M>> => {
    const line = await inOwnWords(within(deadline - clock.monotonic(), connected(), signal), onOpening);
    const timeoutMs = Math.max(1, deadline - clock.monotonic());
    const options = { timeoutMs, ...(signal !== undefined && { signal }) };
    return inOwnWords(within(timeoutMs, line.call(method, params, options), signal), ON_CALLING);
  };

  return {
    call: async (method, params, signal) => {
      const deadline = clock.monotonic() + CALL_MS;
      clearTimeout(idle);
      calls++;
      try {
        return await attempt(method, params, deadline, signal);
      } catch (error) {
        const isWorthwhile =
          hasCode(error, "DAEMON_UNREACHABLE") && deadline - clock.monotonic() >= MIN_RETRY_MS;
        if (!isWorthwhile || !isRepeatable(method, params)) throw error;
        await pause(RETRY_PAUSE_MS);
        return await attempt(method, params, deadline, signal);
      } finally {
        calls--;
        if (calls === 0) idle = setTimeout(drop, IDLE_MS).unref();
      }
    },
    close: () => {
      clearTimeout(idle);
      drop();
      opening?.then(
        (fresh) => fresh.close(),
        () => undefined,
      );
    },
  };
}

/** Whether making the call twice does what making it once does. */
function isRepeatable(method: MethodName, params: object): boolean {
  return (
    METHOD_FACTS[method].scope === "read" ||
    ("idempotencyKey" in params && params.idempotencyKey !== undefined)
  );
}

async function inOwnWords<T>(promise: Promise<T>, words: OwnWords): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw withoutWords(error, words);
  }
}

/** The value of `promise`, unless time or `signal` comes first. @throws TIMEOUT, CANCELLED */
async function within<T>(ms: number, promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let stop = () => {};
  const limit = new Promise<never>((_resolve, reject) => {
    const cancel = () => reject(new KeepsakeError("CANCELLED"));
    const timer = setTimeout(() => reject(new KeepsakeError("TIMEOUT")), Math.max(0, ms));
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted === true) cancel();
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    };
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    stop();
  }
}
