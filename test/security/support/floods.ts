/** Floods: what hostile programs do to the socket, each until it is told to stop. */
import { randomBytes } from "node:crypto";
import type { RawCredentials } from "./raw-peer.ts";
import { RawPeer, codeIn, frameOf, requestOf } from "./raw-peer.ts";

export interface FloodTarget {
  readonly path: string;
  /** Of a client with the scopes of a host. */
  readonly credentials: RawCredentials;
  readonly isOver: () => boolean;
  /** Counts something that happened: an answer by its code, a connection. */
  readonly count: (what: string) => void;
}

const FRAME_BYTES = 1 << 20;
const CONNECTIONS_OF_A_CLIENT = 8;
const LOOPING_SOCKETS = 100;
const SLOW_SOCKETS = 256;

const largeUnknown = () => `{"id":1,"method":"x","params":[${"{},".repeat(340_000)}{}]}`;
const manyTurns = () =>
  `{"id":1,"method":"memory.capture","params":{"session":"s","turns":[${"{},".repeat(340_000)}{}]}}`;
const manyTexts = () => {
  const text = String.raw`\u00e9`.repeat(10_000);
  const turn = (messageId: number) => ({
    messageId: `${messageId}`,
    role: "user",
    text: "",
    at: "2026-01-01T00:00:00Z",
  });
  const turns = Array.from({ length: 16 }, (_, index) =>
    JSON.stringify(turn(index)).replace('""', `"${text}"`),
  );
  return `{"id":1,"method":"memory.captured","params":{"session":"s","turns":[${turns.join(",")}]}}`;
};

/** With a token: connections that send the same frame as fast as they are read, and come back whenever they are ended. */
function sameFrame(frame: () => Buffer) {
  return async (target: FloodTarget): Promise<void> => {
    const bytes = frame();
    const loop = async () => {
      while (!target.isOver()) {
        const peer = await greetAgain(target);
        if (peer === undefined) continue;
        while (!target.isOver() && !peer.isClosed) {
          await written(peer, bytes);
          for (const message of peer.messages.splice(0)) target.count(codeIn(message));
        }
        peer.socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS_OF_A_CLIENT }, loop));
  };
}

/** Without a token: sockets that connect, do something and connect again. */
function looping(visit: (peer: RawPeer, target: FloodTarget) => Promise<void>, sockets = LOOPING_SOCKETS) {
  return async (target: FloodTarget): Promise<void> => {
    const loop = async () => {
      while (!target.isOver()) {
        const peer = await RawPeer.dial(target.path).catch(() => undefined);
        target.count(peer === undefined ? "not connected" : "connections");
        if (peer === undefined) await pause(1);
        else await visit(peer, target).finally(() => peer.socket.destroy());
      }
    };
    await Promise.all(Array.from({ length: sockets }, loop));
  };
}

/** A hello as whoever has no token can say it. */
async function forgeHello(peer: RawPeer, target: FloodTarget): Promise<void> {
  const opening = await peer.open("cli");
  target.count(typeof opening === "string" ? opening : await peer.prove(randomBytes(32)));
}

export const FLOODS: Readonly<Record<string, (target: FloodTarget) => Promise<void>>> = {
  "unknown methods, 1 MiB of lists": sameFrame(() => frameOf(largeUnknown())),
  "captures of 340,000 turns": sameFrame(() => frameOf(manyTurns())),
  "unknown methods, 1 MiB of texts": sameFrame(() => frameOf(manyTexts())),
  "unknown methods, small": sameFrame(() => requestOf(1, "x")),
  "methods of other scopes": sameFrame(() => requestOf(1, "vault.purge")),
  searches: sameFrame(() => requestOf(1, "memory.search", { query: "flood" })),
  "malformed frames": sameFrame(() => frameOf("{}")),
  "half of 1 MiB": sameFrame(() => frameOf(Buffer.alloc(FRAME_BYTES / 2), 0, FRAME_BYTES)),
  "connections that say nothing": looping(async () => undefined),
  "connections that stay silent": looping((peer) => Promise.race([peer.closed, pause(1_000)])),
  "forged hellos": looping(forgeHello),
  "hellos without a proof": looping(async (peer, target) => {
    const opening = await peer.open("cli");
    target.count(typeof opening === "string" ? opening : "opened");
    await Promise.race([peer.closed, pause(1_000)]);
  }),
  "slow loris": looping(async (peer, target) => {
    const bytes = requestOf(1, "hello", { versions: [1] });
    for (let at = 0; !peer.isClosed && !target.isOver(); at++) {
      peer.send(bytes.subarray(at % bytes.length, (at % bytes.length) + 1));
      await pause(50);
    }
    for (const message of peer.messages) target.count(codeIn(message));
  }, SLOW_SOCKETS),
  "clients that never read": async (target) => {
    const loop = async () => {
      while (!target.isOver()) {
        const peer = await greetAgain(target);
        if (peer === undefined) continue;
        peer.socket.pause();
        const gone = new AbortController();
        peer.socket.once("close", () => gone.abort());
        for (let id = 1; !target.isOver() && !gone.signal.aborted; id++) {
          await Promise.race([written(peer, requestOf(id, "memory.recent", { limit: 100 })), pause(200)]);
        }
        peer.socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS_OF_A_CLIENT }, loop));
  },
};

async function greetAgain({ path, credentials, count }: FloodTarget): Promise<RawPeer | undefined> {
  try {
    const peer = await RawPeer.greet(path, credentials);
    count("connections");
    return peer;
  } catch (error) {
    count(
      error instanceof Error ? `hello: ${"code" in error ? String(error.code) : error.message}` : "hello",
    );
    await pause(1);
    return undefined;
  }
}

/** When the socket has taken it, or is gone. */
function written(peer: RawPeer, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (peer.isClosed) return resolve();
    peer.socket.write(bytes, () => resolve());
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
