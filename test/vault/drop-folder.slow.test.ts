import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { DropFolder } from "../../src/vault/folder/drop-folder.ts";
import { decodeDropFile, MAX_DROP_FILE_BYTES } from "../../src/vault/written/drop-file.ts";
import { weightOfEntries } from "../../src/vault/written/inbox-layout.ts";
import { drop, dropOf } from "./support/drops.ts";
import { VaultHome } from "./support/vault-home.ts";

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(() => home.remove());

describe("a look into the folder", () => {
  it("reads no more than the whole inbox may take, and the rest the next time", async () => {
    const { door } = await home.create();
    await door.close();
    // The largest bucket of padding that fits into a file.
    const bytes = await dropOf(home.directory, ["x".repeat(MAX_DROP_FILE_BYTES - (33 << 10))]);
    const fitting = Math.floor(LIMITS.inboxBytes / weightOfEntries(decodeDropFile(bytes)!));
    for (let file = 0; file < fitting + 2; file += 1) await drop(home.directory, bytes);
    const drops = new DropFolder(home.directory, home.clock, home.log);
    let read = 0;
    const visit = () => Promise.resolve(void (read += 1));
    const isEveryOne = await drops.each(() => true, visit);
    expect([isEveryOne, read]).toEqual([false, fitting]);
    const isTheRest = await drops.each(() => false, visit);
    expect([isTheRest, read]).toEqual([true, fitting + 2]);
    expect(drops.counts).toMatchObject({ turns: fitting + 2, setAside: 0 });
    expect(home.log.lines).toEqual([]);
  });
});
