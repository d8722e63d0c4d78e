/**
 * What the record of calls adds to a save: the service over a store on this disk, every save fsynced, calls on record and
 * not on record in turns. `node scripts/run-ts.mjs scripts/bench-audit.ts [SAVES]`
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createKeychain } from "../src/keys/keychain.ts";
import { createVaultDoor } from "../src/vault/create-vault-door.ts";
import { argon2id } from "../src/crypto/argon2.ts";
import { CLI, Harness, PASSPHRASE } from "../test/service/harness.ts";
import { systemClock } from "../src/base/clock.ts";
import { createLogger } from "../src/base/logger.ts";

process.umask(0o077);
const saves = Number(process.argv[2] ?? 400);
const root = await mkdtemp(join(tmpdir(), "keepsake-audit-"));
const directory = join(root, "vault");
await mkdir(directory, { mode: 0o700 });
const door = await createVaultDoor({
  directory,
  clock: systemClock,
  logger: createLogger(() => {}, systemClock),
  kdf: argon2id,
  kdfPolicy: { passes: 3, parallelism: 1, minMemoryKiB: 64 << 10, maxMemoryKiB: 64 << 10, targetMs: 0 },
  keychain: createKeychain(),
  inboxToken: () => Promise.resolve(new Uint8Array(32)),
});
const harness = new Harness({ realDoor: door });
await harness.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
const cpu: Record<"with" | "without", number[]> = { with: [], without: [] };
const times: Record<"with" | "without", number[]> = { with: [], without: [] };
for (let count = -50; count < saves * 2; count += 1) {
  const text = `note ${count} ${"words of a usual length ".repeat(8)}`;
  const kind = count % 2 === 0 ? "with" : "without";
  const startedAt = performance.now();
  const usedAt = process.cpuUsage();
  const call = { client: CLI, method: "memory.save" as const, params: { text }, bytesIn: 200 };
  const record = kind === "with" ? harness.service.audit.admitted(call) : undefined;
  await harness.call("memory.save", { text }, record === undefined ? {} : { record });
  record?.answered({ code: undefined, bytesOut: 80 });
  const { user, system } = process.cpuUsage(usedAt);
  if (count < 0) continue;
  times[kind].push(performance.now() - startedAt);
  cpu[kind].push((user + system) / 1_000);
}
const at = (list: number[], part: number) =>
  list.toSorted((one, other) => one - other)[Math.floor(list.length * part)] ?? 0;
for (const part of [0.5, 0.95]) {
  const [without, more] = [at(times.without, part), at(times.with, part)];
  process.stdout.write(
    `p${part * 100}: ${without.toFixed(3)} ms without, ${more.toFixed(3)} ms with, ${((more / without - 1) * 100).toFixed(1)} % more\n`,
  );
}
process.stdout.write(
  `processor time: p50 ${at(cpu.without, 0.5).toFixed(3)} ms without, ${at(cpu.with, 0.5).toFixed(3)} ms with\n`,
);
await harness.service.close();
await rm(root, { recursive: true });
