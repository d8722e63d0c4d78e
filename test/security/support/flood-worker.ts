/**
 * A process of its own for each side of a flood, so that one does not wait for the other's turn:
 *
 *   flood KIND SOCKET TOKENFILE MS    floods; prints what came of it as JSON
 *   probe SOCKET TOKENFILE ECHO MS    a client that behaves: a search, an echo, now and then a new hello; prints its times
 *   echo SOCKET                       answers with what it is sent
 */
import { createServer, connect } from "node:net";
import { FLOODS, pause } from "./floods.ts";
import type { RawCredentials } from "./raw-peer.ts";
import { RawPeer, readCredentials } from "./raw-peer.ts";

const HELLO_EVERY_MS = 25;
const REQUEST_EVERY_MS = 4;

const [role, ...args] = process.argv.slice(2);
if (role === "flood") await flood(...(args as [string, string, string, string]));
if (role === "probe") await probe(...(args as [string, string, string, string]));
if (role === "echo")
  createServer((socket) => void socket.on("error", () => undefined).pipe(socket)).listen(args[0]);

async function flood(kind: string, path: string, tokenFile: string, ms: string): Promise<void> {
  const counts: Record<string, number> = {};
  const end = performance.now() + Number(ms);
  const count = (what: string) => void (counts[what] = (counts[what] ?? 0) + 1);
  const isOver = () => performance.now() > end;
  await Promise.race([
    FLOODS[kind]?.({ path, credentials: readCredentials(tokenFile), isOver, count }),
    pause(Number(ms) + 2_000),
  ]);
  say(counts);
}

async function probe(path: string, tokenFile: string, echoPath: string, ms: string): Promise<void> {
  const credentials = readCredentials(tokenFile);
  const peer = await greetAtLast(path, credentials);
  const end = performance.now() + Number(ms);
  const isOver = () => performance.now() > end;
  const requests: number[] = [];
  const echoes: number[] = [];
  const hellos: number[] = [];
  const failures: Record<string, number> = {};
  const echo = connect({ path: echoPath });
  const ask = async () => {
    for (let id = 3; !isOver(); id++) {
      await timed(requests, async () => {
        const code = await peer.ask(id, "memory.search", { query: "note" });
        if (code !== "result") throw new Error(`the client that behaves was answered ${code}`);
      });
      await pause(REQUEST_EVERY_MS);
    }
  };
  const echoing = async () => {
    while (!isOver()) {
      await timed(echoes, () => {
        echo.write(Buffer.alloc(200));
        return new Promise<void>((resolve) => void echo.once("data", () => resolve()));
      });
      await pause(REQUEST_EVERY_MS);
    }
  };
  const greeting = async () => {
    while (!isOver()) {
      const code = await timed(hellos, () => greetOnce(path, credentials));
      if (code !== "result") failures[code] = (failures[code] ?? 0) + 1;
      await pause(HELLO_EVERY_MS);
    }
  };
  await Promise.all([ask(), echoing(), greeting()]);
  say({ requests: summary(requests), echoes: summary(echoes), hellos: summary(hellos), failures });
  process.exit(0);
}

async function greetAtLast(path: string, credentials: RawCredentials): Promise<RawPeer> {
  for (;;) {
    const peer = await RawPeer.greet(path, credentials).catch(() => undefined);
    if (peer !== undefined) return peer;
    await pause(HELLO_EVERY_MS);
  }
}

/** One try, as a client makes it. @returns `"result"`, or what became of it */
async function greetOnce(path: string, credentials: RawCredentials): Promise<string> {
  const peer = await RawPeer.dial(path).catch(() => undefined);
  if (peer === undefined) return "not connected";
  const code = await peer.hello(credentials);
  peer.socket.destroy();
  return code;
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  times.push(performance.now() - from);
  return result;
}

function summary(times: number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
