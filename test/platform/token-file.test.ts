import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TokenFile } from "../../src/platform/token-file.ts";
import { encodeTokenFile, readTokenFile } from "../../src/platform/token-file.ts";

const file: TokenFile = {
  id: "claude-code",
  token: Uint8Array.from({ length: 32 }, (_, index) => index),
  scopes: ["read", "write"],
  projects: ["/home/u/p"],
  created: Date.UTC(2026, 10, 20),
};
const unsafe = expect.objectContaining({ code: "UNSAFE_PATH" });

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-token-"));
  path = join(folder, "claude-code.json");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const write = (content: string | Uint8Array) => writeFile(path, content, { mode: 0o600 });

describe("token files", () => {
  it("come back as they were written, with and without projects", async () => {
    await write(encodeTokenFile(file));
    expect(await readTokenFile(path)).toEqual(file);
    await write(encodeTokenFile({ ...file, projects: undefined }));
    expect(await readTokenFile(path)).toEqual({ ...file, projects: undefined });
  });

  it("have one frozen spelling", () => {
    expect(new TextDecoder().decode(encodeTokenFile(file))).toMatchInlineSnapshot(`
      "{
        "version": 1,
        "id": "claude-code",
        "token": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "scopes": [
          "read",
          "write"
        ],
        "projects": [
          "/home/u/p"
        ],
        "created": "2026-11-20T00:00:00.000Z"
      }
      "
    `);
  });

  it("are undefined when there is none", async () => {
    expect(await readTokenFile(path)).toBeUndefined();
  });

  it.each<[string, (entry: Record<string, unknown>) => unknown]>([
    ["another version", (entry) => ({ ...entry, version: 2 })],
    ["another id than its name", (entry) => ({ ...entry, id: "cli" })],
    ["an id that is a path", (entry) => ({ ...entry, id: "../x" })],
    ["a short token", (entry) => ({ ...entry, token: "AAAA" })],
    ["a token of 33 bytes", (entry) => ({ ...entry, token: Buffer.alloc(33).toString("base64") })],
    ["a token that is not canonical base64", (entry) => ({ ...entry, token: `${"A".repeat(42)}B=` })],
    ["no scope", (entry) => ({ ...entry, scopes: [] })],
    ["an empty list of projects, which could be taken for all", (entry) => ({ ...entry, projects: [] })],
    ["an unknown field", (entry) => ({ ...entry, admin: true })],
    ["a missing field", ({ created: _created, ...entry }) => entry],
    ["no object", () => null],
  ])("are refused with %s", async (_what, change) => {
    const entry = JSON.parse(new TextDecoder().decode(encodeTokenFile(file))) as Record<string, unknown>;
    await write(JSON.stringify(change(entry)));
    await expect(readTokenFile(path)).rejects.toEqual(unsafe);
  });

  it("are refused when they are not JSON, not UTF-8, or open to others", async () => {
    await write("{");
    await expect(readTokenFile(path)).rejects.toEqual(unsafe);
    await write(Uint8Array.of(0xff, 0xfe));
    await expect(readTokenFile(path)).rejects.toEqual(unsafe);
    await write(encodeTokenFile(file));
    await chmod(path, 0o640);
    await expect(readTokenFile(path)).rejects.toEqual(unsafe);
  });

  it("never show what is in them when they are refused", async () => {
    await write(`{"version": 1, "token": "canary-token"}`);
    await expect(readTokenFile(path)).rejects.not.toThrow(/canary/);
  });
});
