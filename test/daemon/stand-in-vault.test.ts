import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeStandIn } from "../../src/daemon/stand-in-vault.ts";
import type { Places } from "../../src/platform/places.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keepsake-stand-in-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A folder with something in it called `vault`, and the place of a copy beside it. */
function folderWithVault(name: string): string {
  const vault = join(root, name, "vault");
  mkdirSync(vault, { recursive: true });
  chmodSync(join(root, name), 0o700);
  writeFileSync(join(vault, "keyring.a"), "sealed");
  return vault;
}

const at = (vault: string) => ({ vault }) as Places;

describe("removing what a daemon of a read-only vault left", () => {
  it("takes away a copy in a private folder of this user", async () => {
    const vault = folderWithVault("copy");
    await removeStandIn(at(vault));
    expect(existsSync(vault)).toBe(false);
  });

  it("touches nothing behind a link that somebody put in its place", async () => {
    const vault = folderWithVault("theirs");
    symlinkSync(join(root, "theirs"), join(root, "link"));
    await removeStandIn(at(join(root, "link", "vault")));
    expect(existsSync(join(vault, "keyring.a"))).toBe(true);
  });

  it("touches nothing in a folder that others may write to, and minds none that is not there", async () => {
    const vault = folderWithVault("open");
    chmodSync(join(root, "open"), 0o777);
    await removeStandIn(at(vault));
    expect(existsSync(vault)).toBe(true);
    await removeStandIn(at(join(root, "nowhere", "vault")));
  });
});
