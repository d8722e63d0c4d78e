/** The real daemon, killed while clients write: engine and front in turn. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { killQuietly, PASSPHRASE, ThrowAwayHome } from "../support/throw-away-home.ts";
import { saved } from "../support/saved.ts";

/** Daemons that are killed at the same time, each in a home of its own. */
const HOMES = 2;
const WRITERS = 4;
const IDS_AT_ONCE = 20;

test("kill -9 of the engine and of the front during writes loses no acknowledged note", async () => {
  const kills = rounds({ short: 40, long: 100 });
  const count = counting("kill -9 of the daemon", kills);
  const homes = Array.from({ length: HOMES }, () => new KilledHome(count));
  const acknowledged = await Promise.all(homes.map((home) => home.killRepeatedly(kills / HOMES)));
  const notes = acknowledged.reduce((sum, each) => sum + each, 0);
  expect(notes).toBeGreaterThan(kills * WRITERS);
  report({
    title: "kill -9 of the real daemon while four clients write",
    done: `${kills / 2} kills of the engine, ${kills / 2} of the front; ${notes} acknowledged notes`,
    outcome: "0 acknowledged lost, 0 wrong, 0 unopenable; the vault verifies",
  });
}, 3_600_000);

class KilledHome {
  readonly #home = new ThrowAwayHome();
  readonly #count: () => void;
  /** Id → text. */
  readonly #acknowledged = new Map<string, string>();
  /** Opens the vault without a second of key derivation each time. */
  #recoveryKey = new Uint8Array();

  constructor(count: () => void) {
    this.#count = count;
    onTestFinished(() => this.#home.remove());
  }

  /** @returns how many notes were acknowledged; all of them are there */
  async killRepeatedly(kills: number): Promise<number> {
    await this.#create();
    for (let kill = 0; kill < kills; kill += 1) {
      await this.#unlock();
      // In turn: a new front knows nothing of engines that crashed, and starts one at once.
      await this.#killWhileWriting(kill % 2 === 0 ? "engine" : "front", kill);
      this.#count();
    }
    await this.#unlock();
    await this.#check();
    return this.#acknowledged.size;
  }

  async #create(): Promise<void> {
    this.#startDaemon();
    const client = await this.#home.connect();
    const secrets = [new Secret(utf8(PASSPHRASE))];
    const onSecret = (secret: Secret) => (this.#recoveryKey = Uint8Array.from(secret.bytes));
    await client.call("vault.create", { recovery: true }, { secrets, onSecret });
    client.close();
  }

  async #unlock(): Promise<void> {
    const client = await this.#home.connect();
    const secrets = [new Secret(Uint8Array.from(this.#recoveryKey))];
    const { damage } = await client.call("vault.unlock", { with: "recovery" }, { secrets });
    expect(damage).toMatchObject({ damagedCount: 0, missingCount: 0 });
    client.close();
  }

  async #killWhileWriting(killed: "engine" | "front", kill: number): Promise<void> {
    const clients = await Promise.all(Array.from({ length: WRITERS }, () => this.#home.connect()));
    const before = this.#acknowledged.size;
    const writing = clients.map((client, writer) => this.#saveUntilGone(client, `${kill} ${writer}`));
    while (this.#acknowledged.size < before + WRITERS * 2) await sleep(2);
    await sleep(Math.random() * 60);
    killQuietly(killed === "engine" ? this.#home.engineId() : this.#home.frontId(), "SIGKILL");
    await Promise.all(writing);
    if (killed === "front") this.#startDaemon();
  }

  /** `remove` of the home ends it. */
  #startDaemon(): void {
    const [command = "", ...args] = this.#home.commandLine("keepsaked", []);
    spawn(command, args, { env: { ...this.#home.env }, cwd: "/", stdio: "ignore" });
  }

  /** Saves one note after the other, so that one is always under way, until the connection is gone. */
  async #saveUntilGone(client: KeepsakeClient, name: string): Promise<void> {
    for (let number = 0; ; number += 1) {
      const text = `note ${name} ${number}`;
      try {
        const { id } = saved(await client.call("memory.save", { text }));
        this.#acknowledged.set(id, text);
      } catch {
        client.close();
        return;
      }
    }
  }

  async #check(): Promise<void> {
    const client = await this.#home.connect();
    const ids = [...this.#acknowledged.keys()];
    for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
      const asked = ids.slice(from, from + IDS_AT_ONCE);
      const { memories, missing } = await client.call("memory.get", { ids: asked });
      expect(missing).toEqual([]);
      for (const { id, text } of memories) expect(text).toBe(this.#acknowledged.get(id));
    }
    expect(await client.call("vault.verify", {})).toMatchObject({ ok: true });
    client.close();
  }
}
