import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { openClient } from "../../src/client/open-client.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import { encodeTokenFile } from "../../src/platform/token-file.ts";
import { RawClient, closeServer } from "../server/support.ts";
import { TOKEN, answerHello } from "./support.ts";

test("waits longer for a daemon that it started and that has not ended than for one that is there", async () => {
  const { home, places } = await placesWithToken();
  const daemonPath = join(home, "daemon.mjs");
  await writeFile(daemonPath, "setTimeout(() => {}, 60_000);");
  const opening = openClient({ client: "cli", places, daemonPath, environment: { HOME: home } });
  opening.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, LIMITS.daemonAnswerMs + 500));
  const server = createServer((socket) => void answerHello(new RawClient(socket))).listen(places.socket);
  const client = await opening;
  expect(client.isConnected).toBe(true);
  client.close();
  await closeServer(server);
  await rm(home, { recursive: true, force: true });
});

test("waits longer for a daemon that says it has no engine yet", async () => {
  const { home, places } = await placesWithToken();
  const readyAt = performance.now() + LIMITS.daemonAnswerMs + 500;
  const server = createServer((socket) => {
    const peer = new RawClient(socket);
    const late = { id: null, error: { code: "TIMEOUT", message: "no engine came in time" } };
    if (performance.now() >= readyAt) void answerHello(peer);
    else setTimeout(() => peer.sendJson(late), 1_000);
  }).listen(places.socket);
  const client = await openClient({ client: "cli", places });
  expect(client.isConnected).toBe(true);
  client.close();
  await closeServer(server);
  await rm(home, { recursive: true, force: true });
});

async function placesWithToken() {
  const home = await mkdtemp(join(tmpdir(), "keepsake-slow-"));
  const places = resolvePlaces({ KEEPSAKE_HOME: home });
  for (const folder of [places.run, places.clients]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = { id: "cli", token: TOKEN, scopes: ["read"], projects: undefined, created: 0 };
  await writeFile(join(places.clients, "cli.json"), encodeTokenFile(file), { mode: 0o600 });
  return { home, places };
}
