/**
 * The other side of the socket, written from `docs/protocol.md` alone: nothing of `src` is imported, so that a mistake
 * there is not made twice. It sends whatever bytes it is told to and keeps what comes back.
 */
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { connect } from "node:net";

const HEADER_BYTES = 5;
const VERSION = 1;

/** A client's name and the 32 bytes of its token. */
export interface RawCredentials {
  readonly client: string;
  readonly token: Uint8Array;
}

/** What JSON frames of the daemon hold. */
export interface RawMessage {
  readonly id?: number | null;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly data?: { retryAfterMs?: number };
  };
}

export interface Opening {
  readonly clientNonce: Uint8Array;
  readonly daemonNonce: Uint8Array;
  readonly proof: Uint8Array;
}

/** `clients/<id>.json` holds the token in base64. */
export function readCredentials(path: string): RawCredentials {
  const { id, token } = JSON.parse(readFileSync(path, "utf8")) as { id: string; token: string };
  return { client: id, token: Buffer.from(token, "base64") };
}

/** length (4 bytes, big-endian) | type (1 byte) | body */
export function frameOf(body: Uint8Array | string, type = 0, length?: number): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(length ?? bytes.length);
  header.writeUInt8(type, 4);
  return Buffer.concat([header, bytes]);
}

export function requestOf(id: number, method: string, params: unknown = {}): Buffer {
  return frameOf(JSON.stringify({ id, method, params }));
}

export class RawPeer {
  readonly socket: Socket;
  readonly messages: RawMessage[] = [];
  /** When the connection is gone; with whatever ended it. Never rejects. */
  readonly closed: Promise<void>;
  isClosed = false;
  #rest = Buffer.alloc(0);
  #taken = 0;
  #wake: () => void = () => undefined;

  /** @throws when the socket takes no connection */
  static async dial(path: string): Promise<RawPeer> {
    const socket = connect({ path });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
    });
    return new RawPeer(socket);
  }

  /** @throws with the code of the refusal as message */
  static async greet(path: string, credentials: RawCredentials): Promise<RawPeer> {
    const peer = await RawPeer.dial(path);
    const code = await peer.hello(credentials);
    if (code === "result") return peer;
    peer.socket.destroy();
    throw new Error(code);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  send(bytes: Uint8Array): void {
    if (!this.isClosed) this.socket.write(bytes);
  }

  /** The next message that was not taken; `undefined` when the connection ended without one. */
  async next(): Promise<RawMessage | undefined> {
    while (this.messages.length === this.#taken && !this.isClosed) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.messages[this.#taken++];
  }

  /** `"result"`, the code of an error, or `"closed"`. */
  async nextCode(): Promise<string> {
    const message = await this.next();
    return message === undefined ? "closed" : codeIn(message);
  }

  async ask(id: number, method: string, params: unknown = {}): Promise<string> {
    this.send(requestOf(id, method, params));
    return this.nextCode();
  }

  /** The first half of the hello. @returns the code of a refusal, or what the daemon said */
  async open(client: string, clientNonce: Uint8Array = randomBytes(32)): Promise<Opening | string> {
    const nonce = Buffer.from(clientNonce).toString("base64");
    this.send(requestOf(1, "hello", { versions: [VERSION], client, nonce }));
    const message = await this.next();
    if (message?.result === undefined) return message === undefined ? "closed" : codeIn(message);
    const bytes = (name: string) => Buffer.from(String(message.result?.[name]), "base64");
    return { clientNonce, daemonNonce: bytes("nonce"), proof: bytes("proof") };
  }

  async prove(proof: Uint8Array): Promise<string> {
    return this.ask(2, "hello.proof", { proof: Buffer.from(proof).toString("base64") });
  }

  /** The whole hello. @returns `"result"` or the code it was refused with */
  async hello(credentials: RawCredentials): Promise<string> {
    const opening = await this.open(credentials.client);
    if (typeof opening === "string") return opening;
    if (!proofOf("daemon", credentials, opening).equals(opening.proof)) return "an impostor";
    return this.prove(proofOf("client", credentials, opening));
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUInt32BE(0);
      if (this.#rest.length < end) break;
      this.messages.push(JSON.parse(this.#rest.toString("utf8", HEADER_BYTES, end)) as RawMessage);
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }
}

export function codeIn(message: RawMessage): string {
  return message.error?.code ?? "result";
}

/** HMAC-SHA256 over the label and every field of the transcript, each behind its length. */
export function proofOf(
  side: "daemon" | "client",
  { client, token }: RawCredentials,
  { clientNonce, daemonNonce, proof }: Opening,
): Buffer {
  const parts: Uint8Array[] = [
    Buffer.from(`keepsake hello ${side}`),
    uint32(VERSION),
    uint32(VERSION),
    Buffer.from(client),
    clientNonce,
    daemonNonce,
    ...(side === "client" ? [proof] : []),
  ];
  const mac = createHmac("sha256", token);
  for (const part of parts) mac.update(uint32(part.length)).update(part);
  return mac.digest();
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
