/** Nothing of what a vault is given stands readable in a file of it, while it is open and when it is closed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { drawCanary, needlesFor, searchFiles } from "../security/support/canaries.ts";
import { VaultHome } from "./support/vault-home.ts";

const canary = { memory: drawCanary(), key: drawCanary(), captured: drawCanary() };
let home: VaultHome;
beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(() => home.remove());

function readable() {
  return searchFiles(home.directory, needlesFor(canary));
}

it("no record, idempotency key or captured turn can be read in a vault's files", async () => {
  const { door, vault } = await home.create();
  await vault.write([
    { type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8(`a note: ${canary.memory}`) },
    { type: "put", keyspace: "idempotency", id: newRecordId(), plaintext: utf8(`a key: ${canary.key}`) },
  ]);
  await door.capture([utf8(`a turn: ${canary.captured}`)]);
  expect(readable().files).toBeGreaterThan(5);
  expect(readable().hits).toEqual([]);
  await door.close();
  await (await home.door()).capture([utf8(`another turn: ${canary.captured}`)]);
  expect(readable().hits).toEqual([]);
});

it("is looked for so that it would be found", () => {
  const folder = mkdtempSync(join(tmpdir(), "keepsake-readable-"));
  try {
    for (const [name, word] of Object.entries(canary)) writeFileSync(join(folder, name), `some ${word} word`);
    expect(searchFiles(folder, needlesFor(canary)).hits).toHaveLength(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
