import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyVault, removeStandIn } from "../../src/daemon/stand-in-vault.ts";
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

describe("the copy of a vault that may not be written to", () => {
  const modeOf = (path: string) => statSync(path).mode & 0o777;

  /** One whose files are open to everybody, with links in it and what is none of the vault's. */
  function looseVault(): string {
    const vault = folderWithVault("loose");
    mkdirSync(join(vault, "store.1"), { mode: 0o755 });
    for (const name of ["store.1/000001.log", "ballast", "unlock.failures", "notes.md"]) {
      writeFileSync(join(vault, name), `new ${name}`);
    }
    writeFileSync(join(root, "outside"), "somebody else's");
    for (const name of ["anchor", "store.1/CURRENT"]) symlinkSync(join(root, "outside"), join(vault, name));
    for (const name of ["keyring.a", "store.1/000001.log"]) chmodSync(join(vault, name), 0o644);
    return vault;
  }

  it("is private whatever the vault's files are, and follows no link out of it", async () => {
    const copy = folderWithVault("copy");
    await copyVault(looseVault(), copy);
    expect(readdirSync(copy).toSorted()).toEqual(["keyring.a", "store.1", "unlock.failures"]);
    expect(readdirSync(join(copy, "store.1"))).toEqual(["000001.log"]);
    expect([modeOf(join(copy, "keyring.a")), modeOf(join(copy, "store.1/000001.log"))]).toEqual([
      0o600, 0o600,
    ]);
    expect(modeOf(join(copy, "store.1"))).toBe(0o700);
  });

  it("is made anew, but for the count of wrong guesses", async () => {
    const copy = folderWithVault("copy");
    mkdirSync(join(copy, "store.0"));
    writeFileSync(join(copy, "unlock.failures"), "seven");
    await copyVault(looseVault(), copy);
    expect(existsSync(join(copy, "store.0"))).toBe(false);
    expect(readFileSync(join(copy, "store.1/000001.log"), "utf8")).toBe("new store.1/000001.log");
    expect(readFileSync(join(copy, "unlock.failures"), "utf8")).toBe("seven");
  });
});

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
