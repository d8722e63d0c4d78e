/** A hook that reaches no daemon: what it captures is there, sealed, once, and nobody else may do the same. */
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealAlone } from "../../src/hooks/seal-alone.ts";
import { ensureInboxToken } from "../../src/platform/inbox-token.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import type { Places } from "../../src/platform/places.ts";
import type { Params } from "../../src/protocol/method-table.ts";
import { decodeCaptured } from "../../src/service/memories/captured-turn.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import { DROP_FOLDER, MAX_DROP_FILES } from "../../src/vault/written/drop-file.ts";
import { plantedSecrets, standsIn } from "../redaction/support/made-secrets.ts";
import { toldLookAlikes } from "../redaction/support/told-look-alikes.ts";
import { passphrase, VaultHome, work } from "../vault/support/vault-home.ts";
import { addClient, captureOf } from "./support.ts";

let home: VaultHome;
let places: Places;
let folder: string;

beforeEach(async () => {
  home = await VaultHome.make();
  places = resolvePlaces({ KEEPSAKE_HOME: home.root });
  folder = join(places.vault, DROP_FOLDER);
  await addClient(places);
});
afterEach(() => home.remove());

/** As the daemon has it. */
const inboxToken = () => ensureInboxToken(places.inboxToken);
const door = () => home.door({ inboxToken });

async function makeVault(): Promise<void> {
  const { door: made } = await home.create({ inboxToken });
  await made.close();
}

/** One round of a drain; what nobody vouches for is told. */
async function drained(from: KeepsakeDoor): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id, plaintext, isAuthored } of from.inbox()) {
    const { turn } = decodeCaptured(plaintext);
    ids.push(isAuthored ? turn.messageId : `${turn.messageId}, by nobody`);
    await from.opened().write([{ type: "drained", id }]);
  }
  await from.settleInbox();
  return ids;
}

async function dropped(): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

describe("sealing alone", () => {
  it("leaves what a locked daemon would have stored, for the next one to take in", async () => {
    await makeVault();
    const [started] = [Date.now()];
    const capture = captureOf("m1", "m2");
    await sealAlone(places, capture, "claude-code");
    const [name] = await dropped();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, name!))).mode & 0o777).toBe(0o600);
    const daemon = await door();
    expect([daemon.waiting("turns"), await dropped()]).toEqual([2, []]);
    await daemon.unlock({ kind: "passphrase", secret: passphrase() }, work());
    const found = [];
    for await (const { plaintext, isAuthored } of daemon.inbox())
      found.push([decodeCaptured(plaintext), isAuthored]);
    const { project, session, turns } = capture;
    const expected = turns.map((turn) => [
      { project, session, source: "claude-code", receivedAt: expect.any(Number) as number, turn },
      true,
    ]);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found).toHaveLength(2);
    const [first] = found.map(([turn]) => turn as { readonly receivedAt: number });
    expect(first!.receivedAt).toBeGreaterThanOrEqual(started);
  });

  it.each([[["write"]], [["capture"]], [["read", "write", "forget"]]])(
    "is for whom the daemon lets capture: %j",
    async (scopes) => {
      await makeVault();
      await addClient(places, scopes);
      await sealAlone(places, captureOf("m1"), "claude-code");
      expect(await dropped()).toHaveLength(1);
    },
  );

  it("has room beside what the daemon never takes in, however large that says it is", async () => {
    await makeVault();
    await mkdir(folder, { mode: 0o700 });
    const planted = (number: number) => join(folder, `${String(number).padStart(32, "0")}.entries`);
    await writeFile(planted(1), "", { mode: 0o600 });
    await truncate(planted(1), 50 * 2 ** 30);
    await symlink(planted(1), planted(2));
    await mkdir(planted(3));
    for (let number = 10; number < 10 + 130; number += 1) {
      await writeFile(planted(number), "");
      await chmod(planted(number), 0o644);
      await truncate(planted(number), 2 << 20);
    }
    await sealAlone(places, captureOf("m1"), "claude-code");
    const daemon = await door();
    expect(daemon.waiting("turns")).toBe(1);
  });

  it("leaves no word of it in any file", async () => {
    await makeVault();
    await sealAlone(places, captureOf("m1", "m2"), "claude-code");
    const files = await readdir(home.root, { recursive: true, withFileTypes: true });
    let looked = 0;
    for (const file of files.filter((each) => each.isFile())) {
      const path = join(file.parentPath, file.name);
      expect(path).not.toContain("canary");
      const bytes = await readFile(path);
      expect(bytes.includes("canary")).toBe(false);
      expect(bytes.includes("größer")).toBe(false);
      looked += 1;
    }
    expect(looked).toBeGreaterThan(8);
  });

  it("seals no secret: not in what was said, nor in who said it, and leaves what only looks like one", async () => {
    await makeVault();
    const planted = plantedSecrets(120, 9_001);
    const harmless = toldLookAlikes(170, 9_002).slice(0, 60);
    const [turn] = captureOf("m").turns;
    const texts = [...planted.map(({ text }) => text), ...harmless];
    const turns = texts.map((text, number) => ({ ...turn!, messageId: `m${number}`, text }));
    const speaker = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R";
    await sealAlone(
      places,
      { ...captureOf(), turns: [{ ...turns[0]!, speaker }, ...turns.slice(1)] },
      "claude-code",
    );
    const daemon = await door();
    await daemon.unlock({ kind: "passphrase", secret: passphrase() }, work());
    const sealed: string[] = [];
    const plain: string[] = [];
    for await (const { plaintext } of daemon.inbox()) {
      plain.push(Buffer.from(plaintext).toString("utf8"));
      sealed.push(decodeCaptured(plaintext).turn.text);
    }
    expect(sealed).toHaveLength(turns.length);
    const whole = [...sealed, ...plain].join("\n");
    expect(planted.filter(({ secret }) => standsIn(secret, whole))).toEqual([]);
    expect(whole).not.toContain(speaker);
    expect(harmless.filter((text) => !sealed.includes(text))).toEqual([]);
  });

  it("of fifty at once, which find no token, leaves each turn once and all of them by the same author", async () => {
    await makeVault();
    await rm(places.inboxToken, { force: true });
    const ids = Array.from({ length: 50 }, (_, number) => `m${number}`);
    await Promise.all(ids.map((id) => sealAlone(places, captureOf(id), "claude-code")));
    expect(await dropped()).toHaveLength(50);
    expect((await readdir(places.config)).toSorted()).toEqual(["clients", "inbox.token"]);
    const daemon = await door();
    await daemon.unlock({ kind: "passphrase", secret: passphrase() }, work());
    expect([...(await drained(daemon))].toSorted()).toEqual(ids.toSorted());
  });

  it("loses nothing while a daemon that it does not reach takes in and changes the pair without end", async () => {
    await makeVault();
    const daemon = await door();
    const vault = await daemon.unlock({ kind: "passphrase", secret: passphrase() }, work());
    const ids = Array.from({ length: 60 }, (_, number) => `m${number}`);
    let isOver = false;
    const seen: string[] = [];
    const draining = (async () => {
      for (let rounds = 0; !isOver || rounds < 2; rounds += isOver ? 1 : 0) {
        seen.push(...(await drained(daemon)));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const epoch = () => vault.state.keyring.content.inbox.epoch;
    const before = epoch();
    for (let from = 0; from < ids.length; from += 6) {
      await Promise.all(
        ids.slice(from, from + 6).map((id) => sealAlone(places, captureOf(id), "claude-code")),
      );
    }
    isOver = true;
    await draining;
    expect(epoch()).toBeGreaterThan(before);
    // The same message by two entries is one memory.
    expect([...new Set(seen)].toSorted()).toEqual(ids.toSorted());
    expect([await dropped(), daemon.inboxCounts()]).toEqual([
      [],
      { bytes: 0, setAside: 0, dropsSetAside: 0 },
    ]);
  });
});

describe("is refused, and leaves nothing", () => {
  const sparse = async (name: string, size: number) => {
    await writeFile(join(folder, name), "", { mode: 0o600 });
    await truncate(join(folder, name), size);
  };
  const named = (number: number) => `${number.toString(16).padStart(32, "0")}.entries`;

  const cases: readonly (readonly [string, string, () => unknown])[] = [
    ["a client without a token", "HELLO_FAILED", () => rm(join(places.clients, "claude-code.json"))],
    ["a client without the scope", "SCOPE_DENIED", () => addClient(places, ["read", "forget"])],
    ["a client of other projects", "PROJECT_DENIED", () => addClient(places, ["capture"], ["/other"])],
    [
      "no vault",
      "VAULT_MISSING",
      () => rm(places.vault, { recursive: true }).then(() => mkdir(places.vault, { mode: 0o700 })),
    ],
    ["a vault's folder that others may look into", "UNSAFE_PATH", () => chmod(places.vault, 0o755)],
    ["a keyring that others may read", "UNSAFE_PATH", () => chmod(join(places.vault, "keyring.a"), 0o644)],
    ["a token that others may read", "UNSAFE_PATH", () => chmod(places.inboxToken, 0o640)],
    [
      "a drop folder that others may look into",
      "UNSAFE_PATH",
      () => mkdir(folder).then(() => chmod(folder, 0o755)),
    ],
    [
      "a drop folder that is a link",
      "UNSAFE_PATH",
      async () => {
        await mkdir(join(home.root, "elsewhere"), { mode: 0o700 });
        await symlink(join(home.root, "elsewhere"), folder);
      },
    ],
    [
      "a keyring that is damaged in both copies",
      "KEYRING_DAMAGED",
      async () => {
        for (const copy of ["a", "b"]) await truncate(join(places.vault, `keyring.${copy}`), 100);
      },
    ],
    [
      "a folder that is full by its bytes",
      "INBOX_FULL",
      async () => {
        await mkdir(folder, { mode: 0o700 });
        for (let number = 0; number < 127; number += 1) await sparse(named(number), 2 << 20);
        await sparse(named(127), (2 << 20) - 300);
      },
    ],
    [
      "a folder that is full by its files",
      "INBOX_FULL",
      async () => {
        await mkdir(folder, { mode: 0o700 });
        for (let number = 0; number < MAX_DROP_FILES; number += 1)
          await writeFile(join(folder, named(number)), "", { mode: 0o600 });
      },
    ],
  ];
  it.each(cases)("%s: %s", async (_name, code, spoil) => {
    await makeVault();
    await inboxToken();
    await spoil();
    const before = [await dropped(), (await readdir(home.root, { recursive: true })).length];
    await expect(sealAlone(places, captureOf("m1"), "claude-code")).rejects.toMatchObject({ code });
    expect([await dropped(), (await readdir(home.root, { recursive: true })).length]).toEqual(before);
  });

  it.each<readonly [string, Params<"memory.capture">]>([
    ["no turns", { ...captureOf("m"), turns: [] }],
    ["a time that is none", { ...captureOf(), turns: [{ ...captureOf("m").turns[0]!, at: "yesterday" }] }],
    ["a key that nobody could check", { ...captureOf("m"), idempotencyKey: "0123456789" }],
    ["a field that is none", { ...captureOf("m"), more: 1 } as Params<"memory.capture">],
  ])("bad input: %s", async (_name, capture) => {
    await makeVault();
    await expect(sealAlone(places, capture, "claude-code")).rejects.toMatchObject({ code: "INVALID_PARAMS" });
    expect(await dropped()).toEqual([]);
  });

  it("a client by the name of a path", async () => {
    await makeVault();
    await expect(sealAlone(places, captureOf("m1"), "../clients/claude-code")).rejects.toMatchObject({
      code: "HELLO_FAILED",
    });
  });

  it("more than a file may hold", async () => {
    await makeVault();
    const text = "x".repeat(60 << 10);
    const turns = Array.from({ length: 40 }, (_, number) => ({ ...captureOf(`m${number}`).turns[0]!, text }));
    const capture = { ...captureOf("m"), turns };
    await expect(sealAlone(places, capture, "claude-code")).rejects.toMatchObject({ code: "INBOX_FULL" });
    expect(await dropped()).toEqual([]);
  });

  it("a vault that was taken away meanwhile leaves no folder in its place", async () => {
    await makeVault();
    const aside = join(home.root, "aside");
    const sealing = sealAlone(places, captureOf("m1"), "claude-code");
    const taking = (async () => {
      while ((await dropped()).length === 0) await new Promise((resolve) => setImmediate(resolve));
      await mkdir(aside);
      for (const copy of ["keyring.a", "keyring.b"])
        await rename(join(places.vault, copy), join(aside, copy));
    })();
    const outcome = await sealing.then(
      () => "kept",
      (error: { code: string }) => error.code,
    );
    await taking;
    expect(["kept", "VAULT_MISSING"]).toContain(outcome);
    expect((await dropped()).length).toBe(outcome === "kept" ? 1 : 0);
  });
});
