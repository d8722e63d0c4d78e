import { afterEach, expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { VaultHome, passphrase, work } from "./support/vault-home.ts";

const WHY = "its disk is mounted to be read only";
const homes: VaultHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

test("a vault that may not be written to opens, says why, and refuses whatever would write", async () => {
  const home = await VaultHome.make();
  homes.push(home);
  const first = await home.create();
  await first.door.close();

  const sealed = await home.door({ readOnly: WHY });
  const refused = { code: "VAULT_READ_ONLY" };
  await expect(sealed.capture([utf8("a turn")])).rejects.toMatchObject({ ...refused, message: WHY });
  await expect(
    sealed.create(passphrase(), { recovery: false, setAside: true }, work()),
  ).rejects.toMatchObject({ ...refused, message: WHY });

  const vault = await sealed.unlock({ kind: "passphrase", secret: passphrase() }, work());
  expect(vault.health.readOnly).toMatchObject({ ...refused, message: WHY });
  await expect(sealed.capture([utf8("a turn")])).rejects.toMatchObject(refused);
  await expect(vault.repair({ acceptRollback: false }, work())).rejects.toMatchObject(refused);
  await expect(vault.purge(work())).rejects.toMatchObject(refused);
  await expect(sealed.slots.add({ kind: "recovery", label: "" }, work())).rejects.toMatchObject(refused);
});
