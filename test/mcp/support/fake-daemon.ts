/**
 * A daemon on a real socket in a throw-away home, with the real hello and frames, that answers what a test says: also
 * nothing, or what no daemon would.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { KeepsakeError } from "../../../src/base/errors.ts";
import { createLogger } from "../../../src/base/logger.ts";
import { Secret } from "../../../src/base/secret.ts";
import { Turnstile } from "../../../src/base/turns/turnstile.ts";
import { resolvePlaces } from "../../../src/platform/places.ts";
import { encodeTokenFile } from "../../../src/platform/token-file.ts";
import { parseClientMessage } from "../../../src/protocol/envelope.ts";
import { encodeMessage, toWireError } from "../../../src/protocol/wire.ts";
import type { Request } from "../../../src/protocol/envelope.ts";
import { FrameDecoder, encodeFrame } from "../../../src/protocol/frame.ts";
import { Greeting } from "../../../src/server/greeting.ts";

const CLIENT = "mcp";
const CAPS = { json: 1 << 20, secret: 4096, stream: 1 << 20 };

/** Answers a request; `undefined` never answers. Throws a KeepsakeError to refuse. */
export type Answer = (method: string, params: Record<string, unknown>) => unknown;

export class FakeDaemon {
  readonly home: string;
  readonly asked: { method: string; params: Record<string, unknown> }[] = [];
  answer: Answer;
  /** What stands in a JSON frame instead of an answer. */
  rawBody: ((id: number) => string) | undefined;
  greets = true;
  readonly #token = crypto.getRandomValues(new Uint8Array(32));
  readonly #sockets = new Set<Socket>();
  readonly #path: string;
  #server: Server | undefined;

  constructor(answer: Answer) {
    this.answer = answer;
    this.home = mkdtempSync(join(tmpdir(), "ksm-"));
    const places = resolvePlaces({ KEEPSAKE_HOME: this.home });
    this.#path = places.socket;
    for (const folder of [places.config, places.clients, places.run]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    const file = encodeTokenFile({
      id: CLIENT,
      token: this.#token,
      scopes: ["read", "write", "forget"],
      projects: undefined,
      created: Date.now(),
    });
    writeFileSync(join(places.clients, `${CLIENT}.json`), file, { mode: 0o600 });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  start(): Promise<void> {
    rmSync(this.#path, { force: true });
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    return new Promise((resolve) => server.listen(this.#path, resolve));
  }

  /** Ends like a killed process: every connection breaks, the socket stays behind. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Where the token file lies. */
  get clientsFolder(): string {
    return join(dirname(dirname(this.#path)), "config", "clients");
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    const identity = { id: CLIENT, scopes: [], projects: undefined, created: 0 };
    const find = () => Promise.resolve({ identity, token: new Secret(Uint8Array.from(this.#token)) });
    const greeting = new Greeting({
      registry: { find, onRevoked: () => undefined },
      logger: createLogger(() => {}, systemClock),
      hellos: new Turnstile(1),
    });
    const decoder = new FrameDecoder(CAPS);
    let isGreeted = false;
    const take = async (request: Request) => {
      if (isGreeted) return this.#answer(socket, request);
      if (!this.greets) return undefined;
      const { message, identity: proven } = await greeting.answer(request);
      isGreeted = proven !== undefined;
      return socket.write(encodeFrame("json", encodeMessage(message)));
    };
    socket.on("data", (chunk) => {
      for (const { body } of decoder.push(chunk)) {
        const message = parseClientMessage(body);
        if ("method" in message) void take(message);
      }
    });
  }

  async #answer(socket: Socket, { id, method, params }: Request): Promise<void> {
    const given = params as Record<string, unknown>;
    this.asked.push({ method, params: given });
    if (this.rawBody !== undefined) {
      socket.write(encodeFrame("json", Buffer.from(this.rawBody(id))));
      return;
    }
    try {
      const result = await this.answer(method, given);
      if (result !== undefined) socket.write(encodeFrame("json", encodeMessage({ id, result })));
    } catch (error) {
      const known = error instanceof KeepsakeError ? error : new KeepsakeError("INTERNAL");
      socket.write(encodeFrame("json", encodeMessage({ id, error: toWireError(known) })));
    }
  }
}
