/** What the machine itself costs, measured in the same run: every figure is also given as a multiple of its floor. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import argon2 from "argon2";
import { sample } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

/** Appends 512 bytes to a file and syncs it. */
export function openAppendFloor(folder: string) {
  const file = openSync(join(folder, "append-floor"), "a", 0o600);
  const bytes = new Uint8Array(512);
  return {
    append: async () => {
      writeSync(file, bytes);
      fdatasyncSync(file);
    },
    close: () => closeSync(file),
  };
}

const ECHO_SERVER = `
const net = require("node:net");
net.createServer((socket) => socket.pipe(socket)).listen(process.argv[1], () => process.stdout.write("ready"));
`;

/** A server in another Node process that echoes, and a connection to it. */
export interface Echo {
  /** Of its socket. */
  readonly path: string;
  /** Sends 200 bytes and waits for them. */
  readonly roundTrip: () => Promise<void>;
  readonly stop: () => void;
}

/** @param folder - for its socket */
export async function startEcho(folder: string): Promise<Echo> {
  const path = join(folder, `echo-${randomBytes(6).toString("hex")}.sock`);
  const server = spawn(process.execPath, ["-e", ECHO_SERVER, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout, "data");
  const socket = createConnection(path);
  const message = new Uint8Array(200);
  /** Round trips under way, the oldest first. */
  const waiting: (() => void)[] = [];
  let received = 0;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.length;
    for (; received >= message.length; received -= message.length) waiting.shift()?.();
  });
  return {
    path,
    roundTrip: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.write(message);
      }),
    stop: () => {
      socket.destroy();
      server.kill();
    },
  };
}

/** A round trip of 200 bytes over a UNIX socket to another Node process that echoes them. */
export async function echoFloor(folder: string): Promise<Summary> {
  const echo = await startEcho(folder);
  await sample(200, echo.roundTrip);
  const measured = await sample(2_000, echo.roundTrip);
  echo.stop();
  return measured;
}

/** The key derivation alone, with the vault's own parameters. */
export function argonFloor(kdf: {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}): Promise<Summary> {
  return sample(5, () =>
    argon2.hash(Buffer.from("a passphrase"), {
      raw: true,
      type: argon2.argon2id,
      memoryCost: kdf.memoryKiB,
      timeCost: kdf.passes,
      parallelism: kdf.parallelism,
      hashLength: 32,
      salt: Buffer.alloc(16, 1),
    }),
  );
}
