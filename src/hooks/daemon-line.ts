/**
 * The daemon as hooks reach it: the hello and single calls, without the schemas of the protocol, which take longer to load than a hook
 * may run. The proofs are those of every client: what is not the daemon gets nothing.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../base/clock.ts";
import { KeepsakeError, hasCode, isErrorCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { systemErrorCode } from "../base/logger.ts";
import type { Secret } from "../base/secret.ts";
import { startTimer } from "../base/timer.ts";
import { fieldsIn, isFields, textIn } from "../capture/shapes/fields.ts";
import type { Fields } from "../capture/shapes/fields.ts";
import { FramedSocket } from "../client/framed-socket.ts";
import { exchangeProofs } from "../client/hello-exchange.ts";
import { findDaemonPath, startDaemon } from "../client/start-daemon.ts";
import { checkSocketPath } from "../platform/socket-path.ts";
import { encodeFrame } from "../protocol/frame.ts";
import { parseJson } from "../protocol/json-guard.ts";
import type { MethodName, ParamsInput } from "../protocol/method-table.ts";

const RETRY_MS = 25;

export interface LineOptions {
  readonly socket: string;
  readonly client: string;
  /** 32 bytes; the caller wipes it. */
  readonly token: Secret;
  /** When to give up, as `monotonicMs` says it. */
  readonly until: number;
}

export class DaemonLine {
  readonly #socket: FramedSocket;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: Fields) => void; reject: (error: unknown) => void }
  >();
  #lastId = 0;

  constructor(socket: Socket) {
    this.#socket = new FramedSocket(socket, { json: LIMITS.helloFrameBytes, secret: 0, stream: 0 });
    this.#socket.listen({
      onFrame: ({ body }) => this.#onAnswer(parseJson(body, { maxValues: Infinity })),
      onClosed: () => {
        for (const { reject } of this.#waiting.values()) reject(new KeepsakeError("DAEMON_UNREACHABLE"));
      },
    });
  }

  /** @returns what the daemon answers, not looked at @throws KeepsakeError of the daemon; DAEMON_UNREACHABLE, TIMEOUT */
  async call<M extends MethodName>(method: M, params: ParamsInput<M>, until: number): Promise<Fields> {
    const message = await this.#ask(method, params, until);
    if (isFields(message["error"])) throw refusalError({ code: codeIn(message) });
    return fieldsIn(message, "result");
  }

  close(): void {
    this.#socket.destroy();
  }

  /** @throws DAEMON_UNTRUSTED, and what refuses the hello */
  async greet({ client, token, until }: LineOptions): Promise<void> {
    const ask = async (method: string, params: object) => {
      const message = await this.#ask(method, params, until);
      return isFields(message["error"])
        ? { error: { code: codeIn(message) } }
        : { result: message["result"] };
    };
    await exchangeProofs(ask, { client, token }, refusalError);
    this.#socket.allow({ json: LIMITS.frameBytes, secret: 0, stream: 0 });
  }

  /** @returns the whole answer */
  async #ask(method: string, params: object, until: number): Promise<Fields> {
    const id = ++this.#lastId;
    const body = Buffer.from(JSON.stringify({ id, method, params }));
    let cancelTimer = () => {};
    try {
      return await new Promise<Fields>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        const giveUp = () => reject(new KeepsakeError("TIMEOUT"));
        cancelTimer = startTimer(Math.max(1, until - monotonicMs()), giveUp);
        if (this.#socket.isOpen) void this.#socket.send(encodeFrame("json", body));
        else reject(new KeepsakeError("DAEMON_UNREACHABLE"));
      });
    } finally {
      cancelTimer();
      this.#waiting.delete(id);
    }
  }

  #onAnswer(message: unknown): void {
    if (!isFields(message)) throw new KeepsakeError("INVALID_RESULT");
    // An answer to nothing that was asked is one to all of it.
    for (const [id, { resolve }] of this.#waiting)
      if (message["id"] === null || message["id"] === id) resolve(message);
  }
}

function codeIn(message: Fields): string {
  return textIn(fieldsIn(message, "error"), "code") ?? "";
}

/** Of what the daemon says only the code is needed. */
function refusalError({ code }: { readonly code: string }): KeepsakeError {
  return new KeepsakeError(isErrorCode(code) ? code : "INVALID_RESULT");
}

/**
 * Reaches the daemon, starting it when there is none.
 *
 * @throws what the last attempt failed with
 */
export async function openLine(options: LineOptions): Promise<DaemonLine> {
  let isStarted = false;
  for (;;) {
    let socket: Socket | undefined;
    try {
      socket = await connected(options.socket);
      const line = new DaemonLine(socket);
      await line.greet(options);
      return line;
    } catch (error) {
      socket?.destroy();
      const isAbsent = ["ENOENT", "ECONNREFUSED"].includes(systemErrorCode(error) ?? "");
      const mayPass = isAbsent || hasCode(error, "DAEMON_UNREACHABLE", "TOO_MANY_CONNECTIONS");
      if (!mayPass || monotonicMs() + RETRY_MS >= options.until) throw error;
      const daemon = isAbsent && !isStarted ? findDaemonPath(import.meta.url) : undefined;
      if (daemon !== undefined) await startDaemon(daemon);
      isStarted ||= isAbsent;
    }
    // Many hooks at once do not all come back at the same moment.
    await sleep(RETRY_MS + Math.random() * RETRY_MS);
  }
}

async function connected(path: string): Promise<Socket> {
  checkSocketPath(path);
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.on("error", reject);
    socket.once("connect", () => resolve(socket));
  });
}
