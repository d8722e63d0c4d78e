/** The pair changes at the one moment that counts: after the keyring was read, before the file is there. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { sealAlone } from "../../src/hooks/seal-alone.ts";
import type * as filesModule from "../../src/platform/private-files.ts";
import { ensureInboxToken } from "../../src/platform/inbox-token.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import { decodeCaptured } from "../../src/service/memories/captured-turn.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import { passphrase, VaultHome, work } from "../vault/support/vault-home.ts";
import { addClient, captureOf, HOOK_CLIENT } from "./support.ts";

const { before } = vi.hoisted(() => ({ before: [] as (() => Promise<void>)[] }));

vi.mock("../../src/platform/private-files.ts", async (original) => {
  const real = await original<typeof filesModule>();
  return {
    ...real,
    replacePrivateFile: async (path: string, bytes: Uint8Array) => {
      if (path.includes("/drop/")) await before.shift()?.();
      await real.replacePrivateFile(path, bytes);
    },
  };
});

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
  before.length = 0;
});
afterEach(() => home.remove());

/** Takes in everything that waits; ids of the messages. */
async function drain(door: KeepsakeDoor): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let last = -1; last < ids.length;) {
    last = ids.length;
    for await (const { id, plaintext } of door.inbox()) {
      if (plaintext.length > 9) ids.push(decodeCaptured(plaintext).turn.messageId);
      await door.opened().write([{ type: "drained", id }]);
    }
    await door.settleInbox();
  }
  return ids;
}

it.each([
  ["once", 1],
  ["three times", 3],
])(
  "what was sealed to a pair that went %s is sealed anew, and the first file removed",
  async (_name, times) => {
    const places = resolvePlaces({ KEEPSAKE_HOME: home.root });
    await addClient(places);
    const { door, vault } = await home.create({ inboxToken: () => ensureInboxToken(places.inboxToken) });
    for (let change = 0; change < times; change += 1) {
      before.push(async () => {
        await door.capture([utf8("other")]);
        await drain(door);
      });
    }
    const first = vault.state.keyring.content.inbox.epoch;
    await sealAlone(places, captureOf("m1", "m2"), HOOK_CLIENT);
    expect(vault.state.keyring.content.inbox.epoch).toBe(first + times);
    expect(await readdir(join(places.vault, "drop"))).toHaveLength(1);
    expect(await drain(door)).toEqual(expect.arrayContaining(["m1", "m2"]));
    expect(door.inboxCounts()).toMatchObject({ setAside: 0, dropsSetAside: 0 });
  },
);

it("gives up when the pair never stays, and says so", async () => {
  const places = resolvePlaces({ KEEPSAKE_HOME: home.root });
  await addClient(places);
  const { door } = await home.create({ inboxToken: () => ensureInboxToken(places.inboxToken) });
  for (let change = 0; change < 60; change += 1) {
    before.push(async () => {
      await door.capture([utf8("other")]);
      await drain(door);
    });
  }
  await expect(sealAlone(places, captureOf("m1"), HOOK_CLIENT)).rejects.toMatchObject({ code: "BUSY" });
});

it("the vault is another one by then: nothing stays behind that the first one's key would have opened", async () => {
  const places = resolvePlaces({ KEEPSAKE_HOME: home.root });
  await addClient(places);
  const inboxToken = () => ensureInboxToken(places.inboxToken);
  const { door } = await home.create({ inboxToken });
  await door.close();
  const sealed = await home.door({ inboxToken });
  before.push(async () => {
    const { recoveryKey } = await sealed.create(passphrase(), { recovery: false, setAside: true }, work());
    recoveryKey?.wipe();
  });
  // The folder that it was to be written to was set aside with the vault.
  await expect(sealAlone(places, captureOf("m1"), HOOK_CLIENT)).rejects.toMatchObject({
    code: "WRITE_FAILED",
  });
  await sealAlone(places, captureOf("m1"), HOOK_CLIENT);
  expect(await drain(sealed)).toEqual(["m1"]);
});
