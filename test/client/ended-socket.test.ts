import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { greet, openSocket } from "../../src/client/open-client.ts";

it("notices at once that a connection ended before it said hello on it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kse-"));
  const server = createServer((accepted) => accepted.destroy()).listen(join(folder, "s"));
  await once(server, "listening");
  const socket = await openSocket(join(folder, "s"));
  await once(socket.resume(), "close");
  // Whoever waited for the hello would wait for an hour.
  const greeting = greet(socket, { client: "cli", token: new Secret(new Uint8Array(32)) }, 3_600_000);
  await expect(greeting).rejects.toEqual(expect.objectContaining({ code: "DAEMON_UNREACHABLE" }));
  server.close();
  await rm(folder, { recursive: true });
});

it("survives a connection that is reset before it said hello on it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kse-"));
  const server = createServer({ pauseOnConnect: true }, (accepted) =>
    setTimeout(() => accepted.destroy(), 50),
  ).listen(join(folder, "s"));
  await once(server, "listening");
  const socket = await openSocket(join(folder, "s"));
  // Bytes the other end never reads make its end a reset.
  socket.write("unread");
  await new Promise((resolve) => {
    socket.once("close", resolve).resume();
  });
  const greeting = greet(socket, { client: "cli", token: new Secret(new Uint8Array(32)) });
  await expect(greeting).rejects.toEqual(expect.objectContaining({ code: "DAEMON_UNREACHABLE" }));
  server.close();
  await rm(folder, { recursive: true });
});
