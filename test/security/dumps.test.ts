/**
 * The memory of every process of the daemon while the vault is open, after a lock and after everything again: ten thousand
 * markers, the passphrase and every key are searched for in all that can be read of it.
 */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { report } from "../support/rounds.ts";
import { ThrowAwayHome } from "../support/throw-away-home.ts";
import type { Needle } from "./support/canaries.ts";
import { drawCanary } from "./support/canaries.ts";
import type { MemorySearch } from "./support/process-memory.ts";
import { searchMemory } from "./support/process-memory.ts";
import { keysOf } from "./support/vault-secrets.ts";

const MARKERS = 10_000;
const SAVED = 100;
const SEARCHED = 60;
const DIGITS = "bcdfghjkmn";
/** Every marker begins with it, so that one search finds a copy of any. */
const stem = drawCanary();
const passphrase = `${drawCanary()} and more`;
const home = new ThrowAwayHome();
const found: Record<string, readonly MemorySearch[]> = {};
let needles: readonly Needle[];

/** A word that exists nowhere else. */
function marker(number: number): string {
  return (
    stem +
    String(number)
      .padStart(5, "0")
      .replaceAll(/\d/g, (digit) => DIGITS[Number(digit)] ?? "")
  );
}

const unlockSecrets = () => ({ secrets: [new Secret(utf8(passphrase))] });

/** Searches the processes that are there now, front first. */
function dump(when: string): void {
  found[when] = home.processIds().map((pid) => searchMemory(pid, needles));
}

async function settled(count: number): Promise<void> {
  while (home.processIds().length < count) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 500));
}

async function* importLines(): AsyncIterable<Uint8Array> {
  for (let number = SAVED; number < MARKERS; number += 1) {
    const entry = { kind: "note", text: `to import: ${marker(number)}`, project: null, tags: [] };
    yield await Promise.resolve(utf8(`${JSON.stringify({ ...entry, at: "2026-05-01T10:00:00Z" })}\n`));
  }
}

async function search(client: KeepsakeClient): Promise<void> {
  for (let turn = 0; turn < SEARCHED; turn += 1) {
    const number = Math.floor((turn * MARKERS) / SEARCHED);
    const { hits } = await client.call("memory.search", { query: marker(number) });
    expect(hits[0]?.text).toContain(marker(number));
  }
}

beforeAll(async () => {
  await home.startDaemon();
  let client = await home.connect();
  await client.call("vault.create", { recovery: false }, unlockSecrets());
  for (let number = 0; number < SAVED; number += 1) {
    await client.call("memory.save", { text: `saved: ${marker(number)}`, tags: [marker(number)] });
  }
  await client.call("data.import", { format: "keepsake" }, { stream: importLines() });
  await search(client);
  const strings = [stem, passphrase].flatMap((text, index) => {
    const name = index === 0 ? "markers" : "passphrase";
    return (["utf8", "utf16le"] as const).map((form) => ({
      name: `${name} in ${form}`,
      bytes: Buffer.from(text, form),
    }));
  });
  needles = [...strings, ...(await keysOf(home.places.vault, passphrase))];
  await settled(3);
  dump("open");
  await client.call("vault.lock", {});
  client.close();
  await settled(2);
  dump("locked");

  client = await home.connect();
  await client.call("vault.unlock", { with: "passphrase" }, unlockSecrets());
  await search(client);
  await client.call("vault.rotate", {});
  needles = [...needles, ...(await keysOf(home.places.vault, passphrase))];
  await settled(3);
  dump("open again");
  await client.call("vault.lock", {});
  client.close();
  await settled(2);
  dump("locked again");
}, 170_000);
afterAll(() => home.remove());

describe("the memory of the daemon's processes", () => {
  test("holds no copy of ten thousand markers, of the passphrase and of any key after a lock", () => {
    for (const when of ["locked", "locked again"]) {
      const processes = found[when] ?? [];
      expect(processes.length).toBeGreaterThanOrEqual(2);
      for (const { bytes, counts } of processes) {
        expect(bytes).toBeGreaterThan(20 << 20);
        expect([when, counts]).toEqual([when, {}]);
      }
    }
    report({
      title: "memory of every process of the daemon after a lock",
      done: `${MARKERS} markers saved, imported and searched for; the passphrase and ${needles.length - 4} keys; front and engine read whole, twice`,
      outcome: "0 copies",
      control: `the same search in the open engine finds ${found["open"]?.[1]?.counts["markers in utf8"]} copies of markers and every data key (own test)`,
    });
  });

  test("of the front and of a waiting engine holds none while the vault is open either", () => {
    for (const when of ["open", "open again"]) {
      const [front, , ...waiting] = found[when] ?? [];
      expect(waiting).toHaveLength(1);
      for (const process of [front, ...waiting]) expect([when, process?.counts]).toEqual([when, {}]);
    }
  });

  test("of the open engine holds markers and keys, which shows that the search works, and not the passphrase", () => {
    const engine = found["open"]?.[1]?.counts ?? {};
    expect(engine["markers in utf8"]).toBeGreaterThan(100);
    for (const key of ["master key", "data key 1", "record key 1"])
      expect([key, engine[key]]).not.toEqual([key, undefined]);
    // The library that derives the wrapping key may leave a copy in memory it has freed.
    for (const name of Object.keys(engine)) expect(name).not.toMatch(/^passphrase/);
  });

  test("is searched so that a process which keeps its passphrase and one key is found out", async () => {
    const key = needles.find(({ name }) => name === "master key")!;
    const script =
      "const kept = []; process.stdin.on('data', (bytes) => { kept.push(Buffer.from(bytes), bytes.toString()); console.log('kept'); });";
    const child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const kept = new Promise((resolve) => child.stdout.once("data", resolve));
      child.stdin.write(Buffer.concat([Buffer.from(passphrase), key.bytes]));
      await kept;
      const { counts } = searchMemory(child.pid!, needles);
      expect(counts["passphrase in utf8"]).toBeGreaterThan(0);
      expect(counts["master key"]).toBeGreaterThan(0);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
