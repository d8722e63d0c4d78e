import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogFields, Logger } from "../../src/base/logger.ts";
import { ClientFolder } from "../../src/daemon/client-folder.ts";
import { readTokenFile } from "../../src/platform/token-file.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import { FakeClock } from "../support/fake-clock.ts";

const invalid = expect.objectContaining({ code: "INVALID_PARAMS" });
const unsafe = expect.objectContaining({ code: "UNSAFE_PATH" });

let folder: string;
let logged: { event: string; fields: LogFields | undefined }[];
let clients: ClientFolder;
const clock = new FakeClock();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-clients-"));
  logged = [];
  const logger: Logger = { log: (event, fields) => logged.push({ event, fields }) };
  clients = new ClientFolder({ folder, clock, logger });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const claude = { id: "claude-code", scopes: ["read", "write"] as const, projects: ["/a"] };

describe("ClientFolder", () => {
  it("adds a client whose token file is 0600 and is what find gives back", async () => {
    const added = await clients.add(claude);
    expect(added).toEqual({ ...claude, created: clock.now() });
    const path = join(folder, "claude-code.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const found = await clients.find("claude-code");
    expect(found?.identity).toEqual(added);
    expect(found?.token.bytes).toEqual((await readTokenFile(path))?.token);
    expect(found?.token.bytes.some((byte) => byte !== 0)).toBe(true);
  });

  it("refuses a file that limits a client to projects which could add one that is not", async () => {
    await clients.add({ ...claude, scopes: ["read", "admin"] });
    await expect(clients.find("claude-code")).rejects.toEqual(unsafe);
    expect(await clients.list()).toEqual([]);
    await clients.add({ id: "codex", scopes: ["admin"], projects: undefined });
    expect((await clients.find("codex"))?.identity.scopes).toEqual(["admin"]);
  });

  it("gives every client a token of its own", async () => {
    await clients.add(claude);
    await clients.add({ ...claude, id: "codex" });
    const tokens = await Promise.all(["claude-code", "codex"].map((id) => clients.find(id)));
    expect(tokens[0]?.token.bytes).not.toEqual(tokens[1]?.token.bytes);
  });

  it("hands out a copy of the token: wiping one does not wipe the next", async () => {
    await clients.add(claude);
    (await clients.find("claude-code"))?.token.wipe();
    const again = await clients.find("claude-code");
    expect(again?.token.bytes.some((byte) => byte !== 0)).toBe(true);
  });

  it("refuses a name that is taken, also when two ask at once, and keeps the first token", async () => {
    const outcomes = await Promise.allSettled([
      clients.add(claude),
      clients.add(claude),
      clients.add(claude),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    const before = await readFile(join(folder, "claude-code.json"));
    await expect(clients.add({ ...claude, scopes: ["admin"] })).rejects.toEqual(invalid);
    expect(await readFile(join(folder, "claude-code.json"))).toEqual(before);
  });

  it("holds a name whose file is damaged, which is no client until it is revoked and added anew", async () => {
    for (const damaged of ["{}", ""]) {
      await writeFile(join(folder, "claude-code.json"), damaged, { mode: 0o600 });
      expect([await clients.list(), await clients.holds("claude-code")]).toEqual([[], true]);
      expect([await clients.revoke("claude-code"), await clients.holds("claude-code")]).toEqual([
        true,
        false,
      ]);
      await clients.add(claude);
      expect((await clients.find("claude-code"))?.identity.scopes).toEqual(claude.scopes);
      await clients.revoke("claude-code");
    }
    expect(await clients.holds("../claude-code")).toBe(false);
  });

  it("does not write over a file that is not private, and reports it as taken", async () => {
    await symlink(join(folder, "victim"), join(folder, "claude-code.json"));
    await expect(clients.add(claude)).rejects.toEqual(invalid);
    expect(await readdir(folder)).toEqual(["claude-code.json"]);
  });

  it.each(["", "..", "../cli", "a/b", "Cli", "a".repeat(33), "-a", "a\0", "cli.json", "__proto__"])(
    "knows no client %j and writes nothing for it",
    async (id) => {
      expect(await clients.find(id)).toBeUndefined();
      expect(await clients.revoke(id)).toBe(false);
      await expect(clients.add({ ...claude, id })).rejects.toThrow(Error);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it("lists clients by name without a token, and leaves out files nobody can say hello with", async () => {
    await clients.add({ ...claude, id: "codex", projects: undefined });
    await clients.add(claude);
    await writeFile(join(folder, "loose.json"), "{}");
    await chmod(join(folder, "loose.json"), 0o644);
    await writeFile(join(folder, "broken.json"), "{", { mode: 0o600 });
    await writeFile(join(folder, ".claude-code.json.0123456789abcdef.tmp"), "", { mode: 0o600 });
    const list = await clients.list();
    expect(list.map(({ id }) => id)).toEqual(["claude-code", "codex"]);
    expect(JSON.stringify(list)).not.toContain("token");
    expect(logged).toEqual([
      { event: "client-file-refused", fields: { code: "UNSAFE_PATH" } },
      { event: "client-file-refused", fields: { code: "UNSAFE_PATH" } },
    ]);
  });

  it("refuses to find a client whose file is loose or names an unknown scope", async () => {
    await clients.add(claude);
    const path = join(folder, "claude-code.json");
    await chmod(path, 0o640);
    await expect(clients.find("claude-code")).rejects.toEqual(unsafe);
    const changed = (await readFile(path, "utf8")).replace('"read"', '"root"');
    await writeFile(path, changed);
    await chmod(path, 0o600);
    await expect(clients.find("claude-code")).rejects.toEqual(unsafe);
  });

  it("revokes: the file is gone, listeners hear of it once, a second time is false", async () => {
    const heard: string[] = [];
    clients.onRevoked((id) => heard.push(id));
    await clients.add(claude);
    expect(await clients.revoke("claude-code")).toBe(true);
    expect(await clients.revoke("claude-code")).toBe(false);
    expect(await clients.find("claude-code")).toBeUndefined();
    expect(heard).toEqual(["claude-code"]);
    await expect(clients.add(claude)).resolves.toMatchObject({ id: "claude-code" });
  });

  it("makes the cli with every scope when it is missing, and leaves it alone when it is there", async () => {
    await clients.ensureCli();
    const first = await readFile(join(folder, "cli.json"));
    await clients.ensureCli();
    expect(await readFile(join(folder, "cli.json"))).toEqual(first);
    expect((await clients.find("cli"))?.identity).toEqual({
      id: "cli",
      scopes: SCOPES,
      projects: undefined,
      created: clock.now(),
    });
  });

  it("holds at most 64 clients", async () => {
    for (let count = 0; count < 64; count++) await clients.add({ ...claude, id: `client-${count}` });
    await expect(clients.add(claude)).rejects.toEqual(invalid);
  });
});
