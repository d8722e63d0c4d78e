import { chmod, link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureInboxToken } from "../../src/platform/inbox-token.ts";
import { resolvePlaces } from "../../src/platform/places.ts";

let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keepsake-token-"));
  path = join(root, "config", "inbox.token");
});
afterEach(() => rm(root, { recursive: true }));

describe("the inbox token", () => {
  it("is made where there is none, private, and stays the same", async () => {
    const made = await ensureInboxToken(path);
    expect(made).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, "config"))).mode & 0o777).toBe(0o700);
    expect(await ensureInboxToken(path)).toEqual(made);
    await rm(path);
    expect(await ensureInboxToken(path)).not.toEqual(made);
  });

  it.each<readonly [string, () => Promise<void>]>([
    ["others may read", () => writeFile(path, new Uint8Array(32)).then(() => chmod(path, 0o644))],
    ["is too short", () => writeFile(path, new Uint8Array(31), { mode: 0o600 })],
    ["is empty", () => writeFile(path, "", { mode: 0o600 })],
    ["is too long", () => writeFile(path, new Uint8Array(33), { mode: 0o600 })],
    [
      "is a symbolic link",
      async () => {
        await writeFile(join(root, "elsewhere"), new Uint8Array(32), { mode: 0o600 });
        await symlink(join(root, "elsewhere"), path);
      },
    ],
    [
      "has two names",
      async () => {
        await writeFile(path, new Uint8Array(32), { mode: 0o600 });
        await link(path, join(root, "other"));
      },
    ],
    ["is a folder", () => mkdir(path)],
  ])("is refused by its name when it %s", async (_name, place) => {
    await mkdir(join(root, "config"), { mode: 0o700 });
    await place();
    await expect(ensureInboxToken(path)).rejects.toMatchObject({
      code: "UNSAFE_PATH",
      message: expect.stringContaining(path) as string,
    });
  });

  it("is not made in a folder that others may look into", async () => {
    await mkdir(join(root, "config"), { mode: 0o755 });
    await chmod(join(root, "config"), 0o755);
    await expect(ensureInboxToken(path)).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it.each<readonly [NodeJS.Platform, Record<string, string>]>([
    ["linux", {}],
    ["darwin", {}],
    ["linux", { KEEPSAKE_HOME: "/k" }],
    ["darwin", { KEEPSAKE_HOME: "/k" }],
  ])("is nowhere inside the vault's folder: %s %j", (platform, environment) => {
    const { vault, inboxToken } = resolvePlaces(environment, platform, "/home/me");
    expect(inboxToken.startsWith(`${vault}/`)).toBe(false);
  });
});
