import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepsake, refuse } from "./harness.ts";
import type { Setting } from "./harness.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "keepsake-setup-cli-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const CREATED = "2026-11-29T09:00:00.000Z";
const cli = { id: "cli", scopes: ["read", "admin"] as const, created: CREATED };

/** A daemon that keeps its clients. */
function clients(...there: readonly string[]) {
  const ids = new Set(there);
  const added: unknown[] = [];
  const known = (id: string) => ({ ...cli, id, scopes: [...cli.scopes] });
  return {
    added,
    ids,
    answers: {
      "client.list": () => ({ clients: ["cli", ...ids].map(known) }),
      "client.add": (params: { id: string }) => {
        added.push(params);
        ids.add(params.id);
        return { client: known(params.id), created: true };
      },
      "client.revoke": ({
        id,
        confirmationToken,
      }: {
        id: string;
        confirmationToken?: string | undefined;
      }) => {
        if (confirmationToken === undefined) {
          return {
            status: "confirmation_required" as const,
            operation: "client.revoke",
            description: "revoke one client",
            targetCount: 1,
            confirmationToken: "t".repeat(43),
            expiresInSeconds: 300,
          };
        }
        ids.delete(id);
        return { status: "revoked" as const, id };
      },
    } satisfies Setting["answers"],
  };
}

const run = (argv: readonly string[], setting: Setting = {}) =>
  keepsake(["setup", ...argv], { ...setting, environment: { HOME: home } });

const cursorFile = () => join(home, ".cursor", "mcp.json");

describe("setup", () => {
  it("lists every host, whether it is found and what would change", async () => {
    mkdirSync(join(home, ".cursor"));
    mkdirSync(join(home, ".codex"));
    writeFileSync(join(home, ".codex", "config.toml"), "broken =");
    const { exit, out } = await run([]);
    expect(exit).toBe(0);
    expect(out.split("\n").filter(Boolean)).toHaveLength(8);
    expect(out).toMatch(/^cursor +found +not set up +"keepsake setup cursor" changes 2 files$/m);
    expect(out).toMatch(/^codex +found .*config\.toml is not valid TOML; look at line 1/m);
    expect(out).toMatch(/^gemini +not found +not set up$/m);
    const { out: json } = await run(["--json"]);
    const rows = JSON.parse(json) as { host: string; state: string; found: boolean }[];
    expect(rows.map(({ host, state, found }) => [host, state, found])).toContainEqual([
      "codex",
      "broken",
      true,
    ]);
  });

  it("shows, asks, adds a client with what a host needs, and does it", async () => {
    mkdirSync(join(home, ".cursor"));
    writeFileSync(cursorFile(), '{\n  "x": "of-the-person"\n}\n');
    const { answers, added } = clients();
    const { exit, out, err, questions } = await run(["cursor"], { answers, typed: [true] });
    expect([exit, questions]).toEqual([0, ["Set Cursor up like this?"]]);
    expect(out).toContain(`add ${cursorFile()}\n+   "mcpServers": {\n`);
    expect(out).not.toContain("of-the-person");
    expect(added).toEqual([{ id: "cursor", scopes: ["read", "write", "capture", "forget"] }]);
    expect(err).toContain("hint: start Cursor anew");
    const launcher = join(home, ".config", "keepsake", "bin", "keepsake");
    expect(JSON.parse(readFileSync(cursorFile(), "utf8"))).toEqual({
      x: "of-the-person",
      mcpServers: { keepsake: { command: launcher, args: ["mcp", "--client", "cursor"] } },
    });
    const again = await run(["cursor"], { answers, typed: [] });
    expect([again.exit, again.out, again.questions]).toEqual([0, "Cursor is set up already\n", []]);
  });

  it("changes nothing when the person says no, when nobody can be asked, and in a dry run", async () => {
    const { answers, ids } = clients();
    const no = await run(["vscode"], { answers, typed: [false] });
    expect([no.exit, no.err]).toEqual([130, expect.stringContaining("nothing was changed") as string]);
    const nobody = await run(["vscode"], { answers });
    expect([nobody.exit, nobody.err]).toEqual([
      2,
      expect.stringContaining("give --yes to go ahead") as string,
    ]);
    const dry = await run(["vscode", "--dry-run", "--json"], { answers });
    expect(JSON.parse(dry.out)).toMatchObject({ status: "planned", files: [{ does: "create" }] });
    expect(existsSync(join(home, ".config"))).toBe(false);
    expect(ids.size).toBe(0);
  });

  it("changes nothing where the daemon does not answer", async () => {
    const { exit } = await run(["opencode", "--yes"], { isStopped: true });
    expect(exit).toBe(3);
    expect(existsSync(join(home, ".config"))).toBe(false);
  });

  it("refuses a file that it cannot read, and says what to do", async () => {
    mkdirSync(join(home, ".cursor"));
    writeFileSync(cursorFile(), "{");
    const { answers, ids } = clients();
    const { exit, err } = await run(["cursor", "--yes"], { answers });
    expect([exit, ids.size, readFileSync(cursorFile(), "utf8")]).toEqual([2, 0, "{"]);
    expect(err).toContain("mcp.json is not valid JSON");
    expect(err).toContain("hint: nothing was changed");
  });

  it("takes back what it did, and asks about the client apart", async () => {
    mkdirSync(join(home, ".cursor"));
    writeFileSync(cursorFile(), "{ }\n");
    const { answers, ids } = clients();
    await run(["cursor", "--yes"], { answers });
    const kept = await run(["cursor", "--remove"], { answers, typed: [true, false] });
    expect([kept.exit, ids.has("cursor")]).toEqual([0, true]);
    expect(kept.out).toContain(`put back byte for byte: ${cursorFile()}`);
    expect(readFileSync(cursorFile(), "utf8")).toBe("{ }\n");
    const { out, exit } = await run(["cursor", "--remove", "--yes", "--json"], { answers });
    expect([exit, JSON.parse(out)]).toEqual([
      0,
      { host: "cursor", status: "unchanged", files: [], client: "revoked" },
    ]);
    expect(ids.has("cursor")).toBe(false);
  });

  it("says how to bring in what there is where nobody can be asked, and where the vault is locked", async () => {
    mkdirSync(join(home, ".claude", "projects", "p"), { recursive: true });
    writeFileSync(
      join(home, ".claude", "projects", "p", "s.jsonl"),
      readFileSync("test/fixtures/claude-code/lantern.jsonl"),
    );
    const { answers } = clients();
    const nobody = await run(["claude-code", "--yes"], { answers });
    expect(nobody.err).toContain('run "keepsake setup claude-code --import"');
    const sealed = await run(["claude-code", "--import"], {
      answers: {
        ...answers,
        "memory.projects": refuse("VAULT_SEALED"),
        "data.import": refuse("VAULT_SEALED"),
      },
    });
    expect(sealed.err).toContain('run "keepsake unlock", then');
  });

  it("names the nearest host, and needs one for what it does", async () => {
    const near = await run(["cluade-code"]);
    expect([near.exit, near.err]).toEqual([
      2,
      expect.stringContaining("did you mean claude-code?") as string,
    ]);
    expect((await run(["--remove"])).exit).toBe(2);
    expect((await run(["codex", "--import", "--no-import"])).exit).toBe(2);
  });
});

describe("init", () => {
  it("offers each host that is there", async () => {
    mkdirSync(join(home, ".cursor"));
    const { answers, ids } = clients();
    const typed = ["four random words here", "four random words here", true, true];
    const { questions, err } = await keepsake(["init", "--no-recovery"], {
      answers: {
        ...answers,
        "vault.status": () => ({
          version: "1",
          pid: 1,
          waiting: 0,
          keychain: false,
          state: "missing" as const,
        }),
        "vault.create": () => ({
          vaultId: "v",
          kdf: { memoryKiB: 65_536, passes: 3, parallelism: 2, milliseconds: 900 },
        }),
      },
      typed,
      isTerminal: true,
      environment: { HOME: home },
    });
    expect(questions.slice(-2), err).toEqual([
      "Set up Cursor, so that it remembers?",
      "Set Cursor up like this?",
    ]);
    expect(ids.has("cursor")).toBe(true);
  });
});
