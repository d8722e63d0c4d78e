/** A lock while the master key is being rotated: the one who asked for the rotation is told, and either key opens. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { codeOf } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { PASSPHRASE, ThrowAwayHome } from "../support/throw-away-home.ts";

/** When the lock comes, after the rotation has begun: a key derivation takes about a second, the rotation two. */
const LOCKED_AFTER_MS = [0, 700, 1_600];
let home: ThrowAwayHome;

beforeAll(async () => {
  home = new ThrowAwayHome();
  await home.init();
});
afterAll(() => home.remove());

test("a lock in the middle of a rotation of the master key answers it with a typed error, and the vault opens", async () => {
  const writer = await home.connect();
  await writer.call("memory.save", { text: "a note that stays" });
  writer.close();
  for (const delay of LOCKED_AFTER_MS) {
    const rotating = await home.connect();
    const locking = await home.connect();
    let hasBegun: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    const rotation = rotating
      .call(
        "vault.rotate",
        { master: true, recovery: false },
        { secrets: [new Secret(utf8(PASSPHRASE))], onProgress: () => hasBegun() },
      )
      .then(() => "rotated", codeOf);
    await begun;
    await sleep(delay);
    await locking.call("vault.lock", {});
    expect(["rotated", "VAULT_SEALED", "CANCELLED"]).toContain(await rotation);
    if (delay === 0) expect(await rotation).not.toBe("rotated");
    for (const client of [rotating, locking]) client.close();
    await home.unlock();
    const reader = await home.connect();
    const { memories } = await reader.call("memory.recent", {});
    expect(memories.map(({ text }) => text)).toEqual(["a note that stays"]);
    reader.close();
  }
});
