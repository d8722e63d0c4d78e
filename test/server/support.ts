/** A server on a real socket with a service that tests script, and a raw client that can break every rule. */
import type { KeepsakeError } from "../../src/base/errors.ts";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { createLogger, newTraceId } from "../../src/base/logger.ts";
import { Secret } from "../../src/base/secret.ts";
import type { ClientIdentity } from "../../src/policy/clients.ts";
import type { RateLimits } from "../../src/policy/rate-limits.ts";
import { createRateLimits } from "../../src/policy/rate-limits.ts";
import { checkScope } from "../../src/policy/clients.ts";
import type { FrameKind } from "../../src/protocol/frame.ts";
import { FrameDecoder, encodeFrame } from "../../src/protocol/frame.ts";
import { PROTOCOL_VERSIONS, newNonce, proveClient } from "../../src/protocol/hello-proofs.ts";
import type { Transcript } from "../../src/protocol/hello-proofs.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import type { Connections } from "../../src/server/connections.ts";
import { createConnections } from "../../src/server/connections.ts";
import type { ServerLimits, ServerOptions } from "../../src/server/server-options.ts";
import type { CallContext, Handlers } from "../../src/service/service.ts";

export const NO_RATES: RateLimits = {
  takeBytes: () => 0,
  chargeBytes: () => 0,
  takeRequest: () => undefined,
  take: () => undefined,
  takeAs: () => undefined,
  countRefusal: () => undefined,
  checkRefusals: () => undefined,
};
const UNBOUNDED = { json: 64 << 20, secret: 64 << 20, stream: 64 << 20 };

export type ScriptedHandlers = Partial<
  Record<MethodName, (params: Record<string, unknown>, context: CallContext) => unknown>
>;

export interface ServerSetup extends Partial<Omit<ServerOptions, "limits" | "service">> {
  readonly limits?: Partial<ServerLimits>;
  readonly handlers?: ScriptedHandlers;
  readonly state?: () => "missing" | "sealed" | "open";
  readonly fault?: () => KeepsakeError | undefined;
  /** Clients and what differs from full rights. */
  readonly clients?: Readonly<Record<string, Partial<ClientIdentity>>>;
}

/** How a request or a hello ended, as the audit was told. */
export interface Answered {
  readonly client: string | undefined;
  readonly method: string | undefined;
  readonly code: string | undefined;
}

export interface TestServer {
  readonly path: string;
  readonly connections: Connections;
  readonly log: Record<string, unknown>[];
  readonly answers: Answered[];
  /** Names of methods whose handler ran, in order. */
  readonly ran: string[];
  readonly activity: () => number;
  readonly token: (id: string) => Secret;
  readonly revoke: (id: string) => void;
  readonly dial: () => Promise<RawClient>;
  /** A raw client that has said hello. */
  readonly greet: (id?: string) => Promise<RawClient>;
  readonly close: () => Promise<void>;
}

export async function startServer(setup: ServerSetup = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "keepsake-server-"));
  const path = join(folder, "s");
  const log: Record<string, unknown>[] = [];
  const answers: Answered[] = [];
  const ran: string[] = [];
  const tokens = new Map<string, Uint8Array>();
  const identities = new Map<string, ClientIdentity>();
  for (const [id, change] of Object.entries(setup.clients ?? { cli: {} })) {
    tokens.set(id, crypto.getRandomValues(new Uint8Array(32)));
    identities.set(id, { id, scopes: SCOPES, projects: undefined, created: 0, ...change });
  }
  let revoked: (id: string) => void = () => {};
  let activity = 0;
  const handlers = Object.fromEntries(
    Object.entries(setup.handlers ?? {}).map(([method, handler]) => [
      method,
      async (params: Record<string, unknown>, context: CallContext) => {
        ran.push(method);
        return handler(params, context);
      },
    ]),
  );
  const connections = createConnections({
    service: {
      handlers: handlers as unknown as Handlers,
      state: setup.state ?? (() => "open"),
      fault: setup.fault ?? (() => undefined),
    },
    registry: {
      find: (id) => {
        const identity = identities.get(id);
        const token = tokens.get(id);
        return Promise.resolve(
          identity && token ? { identity, token: new Secret(Uint8Array.from(token)) } : undefined,
        );
      },
      onRevoked: (listener) => {
        revoked = listener;
      },
    },
    checkScope,
    rateLimits: createRateLimits(systemClock),
    logger: createLogger((line) => void log.push(JSON.parse(line) as Record<string, unknown>), systemClock),
    clock: systemClock,
    onActivity: () => void activity++,
    audit: {
      admitted: ({ client, method }) => ({
        traceId: newTraceId(),
        inBatch: () => [],
        inInbox: () => [],
        confirmed: () => {},
        answered: ({ code }) => void answers.push({ client: client.id, method, code }),
      }),
      refused: ({ client, method, code }) => void answers.push({ client, method, code }),
    },
    ...setup,
    limits: { ...LIMITS, ...setup.limits },
  });
  const listener = createServer({ pauseOnConnect: true }, (socket) => connections.serve(socket));
  await new Promise<void>((resolve) => listener.listen(path, resolve));
  const dial = () => RawClient.dial(path);
  const token = (id: string) => new Secret(Uint8Array.from(tokens.get(id) ?? new Uint8Array(32)));
  return {
    path,
    connections,
    log,
    answers,
    ran,
    activity: () => activity,
    token,
    revoke: (id) => {
      identities.delete(id);
      revoked(id);
    },
    dial,
    greet: async (id = "cli") => {
      const client = await dial();
      await client.hello(token(id), id);
      return client;
    },
    close: async () => {
      await connections.drain();
      await closeServer(listener);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

export interface RawFrame {
  readonly kind: FrameKind;
  readonly body: Uint8Array;
  // eslint-disable-next-line typescript/no-explicit-any
  readonly json: Record<string, any> | undefined;
}

/** Sends any bytes and keeps every frame that comes back. */
export class RawClient {
  readonly socket: Socket;
  readonly frames: RawFrame[] = [];
  readonly closed: Promise<void>;
  #taken = 0;
  #wake: (() => void) | undefined;
  #isClosed = false;
  #nextId = 100;

  static async dial(path: string): Promise<RawClient> {
    const socket = connect({ path });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    return new RawClient(socket);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder(UNBOUNDED);
    socket.on("data", (chunk: Buffer) => {
      for (const { kind, body } of decoder.push(chunk)) {
        const json = kind === "json" ? (JSON.parse(fromUtf8(body)) as Record<string, unknown>) : undefined;
        this.frames.push({ kind, body, json });
      }
      this.#wake?.();
    });
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#isClosed = true;
        this.#wake?.();
        resolve();
      });
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  nextId(): number {
    return this.#nextId++;
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  send(kind: FrameKind, body: Uint8Array | string): void {
    this.sendBytes(encodeFrame(kind, typeof body === "string" ? utf8(body) : body));
  }

  sendJson(value: unknown): void {
    this.send("json", JSON.stringify(value));
  }

  /** The next frame that was not taken yet; `undefined` when the connection ended without one. */
  async next(): Promise<RawFrame | undefined> {
    while (this.frames.length === this.#taken && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.frames[this.#taken++];
  }

  /** The code of the next frame, `"result"` for a result, `"closed"` when there is none. */
  async nextCode(): Promise<string> {
    const frame = await this.next();
    if (frame === undefined) return "closed";
    const code: unknown = frame.json?.["error"]?.code;
    return typeof code === "string" ? code : "result";
  }

  async nextCodes(count: number): Promise<string[]> {
    const codes: string[] = [];
    while (codes.length < count) codes.push(await this.nextCode());
    return codes;
  }

  async request(method: string, params: unknown = {}): Promise<RawFrame | undefined> {
    this.sendJson({ id: this.nextId(), method, params });
    return this.next();
  }

  /** The answer's code, or `"result"`. */
  async ask(method: string, params: unknown = {}): Promise<string> {
    this.sendJson({ id: this.nextId(), method, params });
    return this.nextCode();
  }

  /** The first half of the hello. */
  async openHello(client: string): Promise<{ transcript: Transcript; proof: string; code: string }> {
    const clientNonce = newNonce();
    this.sendJson({
      id: 1,
      method: "hello",
      params: { versions: PROTOCOL_VERSIONS, client, nonce: clientNonce },
    });
    const reply = await this.next();
    const result = (reply?.json?.["result"] ?? {}) as { version?: number; nonce?: string; proof?: string };
    const transcript: Transcript = {
      versions: PROTOCOL_VERSIONS,
      version: result.version ?? 0,
      client,
      clientNonce,
      daemonNonce: result.nonce ?? "",
    };
    return { transcript, proof: result.proof ?? "", code: String(reply?.json?.["error"]?.code ?? "result") };
  }

  /** The whole hello; returns the code of what it ended with. */
  async hello(token: Secret, client: string): Promise<string> {
    const { transcript, proof, code } = await this.openHello(client);
    if (code !== "result") return code;
    this.sendJson({
      id: 2,
      method: "hello.proof",
      params: { proof: await proveClient(token, transcript, proof) },
    });
    return this.nextCode();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Bytes of a frame header alone. */
export function frameHeader(length: number, type: number): Uint8Array {
  const bytes = new Uint8Array(5);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes[4] = type;
  return bytes;
}

/** A promise that a test resolves by hand. */
export function gate<T = void>(): { readonly opened: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when the handler's signal is aborted, with its reason. */
export function abortOf(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

/** Asks again until `isTrue`, for at most a minute. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  const until = performance.now() + 60_000;
  while (!isTrue()) {
    if (performance.now() > until) throw new Error("it did not become true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
