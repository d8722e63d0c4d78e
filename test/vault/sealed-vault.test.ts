import { expect, it } from "vitest";
import { SealedVault } from "../../src/vault/sealed-vault.ts";
import type { VaultDeps } from "../../src/vault/vault-deps.ts";

it("says of a keyring that cannot be read for a reason nobody knows that it is internal, and is not missing", async () => {
  const cause = new Error("EIO");
  const keyringFile = { read: () => Promise.reject(cause) };
  const sealed = new SealedVault({ keyringFile } as unknown as VaultDeps);
  await sealed.look();
  expect(sealed.fault).toMatchObject({ code: "INTERNAL", cause });
  expect(sealed.state).toBe("sealed");
  expect(() => sealed.keyring).toThrow(cause);
});
