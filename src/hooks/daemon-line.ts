/**
 * The daemon as hooks reach it: the hello and single calls, without the schemas of the protocol, which take longer to load than a hook
 * may run. The proofs are those of every client: what is not the daemon gets nothing.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { KeepsakeError, hasCode, isErrorCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { systemErrorCode } from "../base/logger.ts";
import type { Secret } from "../base/secret.ts";
import { startTimer } from "../base/timer.ts";
import { fieldsIn, isFields, textIn } from "../capture/shapes/fields.ts";
import type { Fields } from "../capture/shapes/fields.ts";
import { FramedSocket } from "../client/framed-socket.ts";
import { findDaemonPath, startDaemon } from "../client/start-daemon.ts";
import { checkSocketPath } from "../platform/socket-path.ts";
import { encodeFrame } from "../protocol/frame.ts";
import {
  BYTES_32,
  HELLO_METHOD,
  HELLO_PROOF_METHOD,
  PROTOCOL_VERSIONS,
  isDaemonProof,
  newNonce,
  proveClient,
} from "../protocol/hello-proofs.ts";
import { parseJson } from "../protocol/json-guard.ts";
import type { MethodName, ParamsInput } from "../protocol/method-table.ts";

const RETRY_MS = 25;

export interface LineOptions {
  readonly socket: string;
  readonly client: string;
  /** 32 bytes; the caller wipes it. */
  readonly token: Secret;
  /** When to give up, as `performance.now` says it. */
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
    return this.#ask(method, params, until);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** @throws DAEMON_UNTRUSTED, and what refuses the hello */
  async greet({ client, token, until }: LineOptions): Promise<void> {
    const clientNonce = newNonce();
    const opening = { versions: PROTOCOL_VERSIONS, client, nonce: clientNonce };
    const { version, nonce, proof } = await this.#ask(HELLO_METHOD, opening, until);
    if (!isSpoken(version) || !is32Bytes(nonce) || !is32Bytes(proof))
      throw new KeepsakeError("DAEMON_UNTRUSTED");
    const versions = PROTOCOL_VERSIONS;
    const transcript = { versions, version, client, clientNonce, daemonNonce: nonce };
    if (!(await isDaemonProof(token, transcript, proof))) throw new KeepsakeError("DAEMON_UNTRUSTED");
    await this.#ask(HELLO_PROOF_METHOD, { proof: await proveClient(token, transcript, proof) }, until);
    this.#socket.allow({ json: LIMITS.frameBytes, secret: 0, stream: 0 });
  }

  async #ask(method: string, params: object, until: number): Promise<Fields> {
    const id = ++this.#lastId;
    const body = Buffer.from(JSON.stringify({ id, method, params }));
    let cancelTimer = () => {};
    try {
      return await new Promise<Fields>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        const giveUp = () => reject(new KeepsakeError("TIMEOUT"));
        cancelTimer = startTimer(Math.max(1, until - performance.now()), giveUp);
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
    const { id, error } = message;
    if (isFields(error)) {
      const code = textIn(error, "code") ?? "";
      const refusal = new KeepsakeError(isErrorCode(code) ? code : "INVALID_RESULT");
      for (const [each, { reject }] of this.#waiting) if (id === null || id === each) reject(refusal);
    } else if (typeof id === "number") this.#waiting.get(id)?.resolve(fieldsIn(message, "result"));
  }
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
      if (!mayPass || performance.now() + RETRY_MS >= options.until) throw error;
      const daemon = isAbsent && !isStarted ? findDaemonPath(import.meta.url) : undefined;
      if (daemon !== undefined) startDaemon(daemon);
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

function isSpoken(version: unknown): version is number {
  return typeof version === "number" && PROTOCOL_VERSIONS.includes(version);
}

function is32Bytes(value: unknown): value is string {
  return typeof value === "string" && BYTES_32.test(value);
}
