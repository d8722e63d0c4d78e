/**
 * `timed-engine.ts <folder>`: an engine of its own over a new vault, which notes when a request arrived, when its batch went to the
 * store and was there, and when the answer went out. Everything is the product's but the store and the socket, which are watched.
 */
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import { ClientFolder } from "../../src/daemon/client-folder.ts";
import { checkScope } from "../../src/policy/clients.ts";
import { createConfirmations } from "../../src/policy/confirmations.ts";
import { createRateLimits } from "../../src/policy/rate-limits.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import { createRedaction } from "../../src/redaction/redact.ts";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import { createConnections } from "../../src/server/connections.ts";
import { createService } from "../../src/service/create-service.ts";
import { levelStoreOpener } from "../../src/store/level-store.ts";
import type { RecordStore, StoreOpener } from "../../src/store/record-store.ts";
import { createVaultDoor } from "../../src/vault/create-vault-door.ts";
import { now } from "./now.ts";

/** Of one request, in milliseconds of the machine's clock. */
export interface EngineMarks {
  readonly arrivedAt: number;
  /** Its batch, of this many bytes, is handed to the store. */
  handedAt: number;
  syncedAt: number;
  answeredAt: number;
  bytes: number;
}

export interface Opened {
  readonly path: string;
  /** Of the client `cli`, in base64. */
  readonly token: string;
}

process.umask(0o077);
const folder = process.argv[2];
if (folder === undefined) throw new Error("no folder is given");
const marks: EngineMarks[] = [];

const places = { vault: join(folder, "vault"), clients: join(folder, "clients"), socket: join(folder, "s") };
mkdirSync(places.vault);
mkdirSync(places.clients);
const clock = systemClock;
const logger = { log: () => {} };
const registry = new ClientFolder({ folder: places.clients, clock, logger });
await registry.add({ id: "cli", scopes: SCOPES, projects: undefined });
const door = await createVaultDoor({
  directory: places.vault,
  clock,
  logger,
  kdf: { derive: (given, salt) => Promise.resolve(new Secret(hmacSha256(salt, given.bytes))) },
  kdfPolicy: { passes: 3, parallelism: 1, minMemoryKiB: 64 << 10, maxMemoryKiB: 64 << 10, targetMs: 0 },
  keychain: {
    get: () => Promise.resolve(undefined),
    set: () => Promise.resolve(),
    remove: () => Promise.resolve(false),
  },
  inboxToken: () => Promise.resolve(new Uint8Array(32).fill(7)),
  opener: watched(levelStoreOpener({ syncLiveLog: process.platform === "darwin" })),
});
const rateLimits = createRateLimits(clock);
const service = createService({
  door,
  index: searchIndexFactory,
  registry,
  confirmations: createConfirmations(clock),
  rateLimits,
  clock,
  logger,
  version: "0.0.0-bench",
  lock: () => {},
  onOpen: () => {},
  keychainFault: () => undefined,
  keepOpen: () => {},
  locksAt: () => undefined,
  lastRequestAt: () => clock.monotonic(),
  auditKeptMs: () => Promise.resolve(Infinity),
  loadRedaction: createRedaction,
  briefSize: () => Promise.resolve("full"),
});
const connections = createConnections({
  service,
  audit: service.audit,
  registry,
  checkScope,
  rateLimits,
  logger,
  clock,
  onActivity: () => {},
});
createServer({ pauseOnConnect: true }, (socket) => {
  watch(socket);
  connections.serve(socket);
}).listen(places.socket, () => void tellOpened());

process.on("message", () => process.send?.(marks.splice(0)));
process.on("disconnect", () => process.exit());

async function tellOpened(): Promise<void> {
  const found = await registry.find("cli");
  if (found === undefined) throw new Error("the client is not there");
  const token = Buffer.from(found.token.bytes).toString("base64");
  process.send?.({ path: places.socket, token } satisfies Opened);
}

function watch(socket: Socket): void {
  socket.on("data", () => {
    marks.push({ arrivedAt: now(), handedAt: NaN, syncedAt: NaN, answeredAt: NaN, bytes: 0 });
  });
  const write = socket.write.bind(socket) as (...given: readonly unknown[]) => boolean;
  socket.write = (...given: readonly unknown[]) => {
    const mark = marks.at(-1);
    if (mark !== undefined) mark.answeredAt = now();
    return write(...given);
  };
}

function watched(opener: StoreOpener): StoreOpener {
  return { ...opener, open: async (...given) => timing(await opener.open(...given)) };
}

function timing(store: RecordStore): RecordStore {
  const batch = store.batch.bind(store);
  store.batch = async (operations) => {
    const mark = marks.at(-1);
    const isFirst = mark !== undefined && Number.isNaN(mark.handedAt);
    if (isFirst) {
      mark.handedAt = now();
      mark.bytes = operations.reduce(
        (sum, each) => sum + each.key.length + (each.type === "put" ? each.value.length : 0),
        0,
      );
    }
    await batch(operations);
    if (isFirst) mark.syncedAt = now();
  };
  return store;
}
