import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTokenFile } from "../../src/platform/token-file.ts";
import { keepsake, refuse } from "./harness.ts";
import type { Setting } from "./harness.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "keepsake-setup-cli-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const CREATED = "2026-11-29T09:00:00.000Z";
const cli = { id: "cli", scopes: ["read", "admin"] as const, created: CREATED };

const clientFile = (id: string) => join(home, ".config", "keepsake", "clients", `${id}.json`);

/** A daemon that keeps its clients: as files, as the real one does. */
function clients() {
  const ids = new Set<string>();
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
        const { id } = params;
        const token = new Uint8Array(32);
        mkdirSync(dirname(clientFile(id)), { recursive: true, mode: 0o700 });
        const file = { id, token, scopes: ["read"], projects: undefined, created: 0 };
        writeFileSync(clientFile(id), encodeTokenFile(file), { mode: 0o600 });
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
        rmSync(clientFile(id));
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
    expect(out).toMatch(/^codex +found .*config\.toml is not valid TOML; look at line 1$/m);
    writeFileSync(cursorFile(), '{ "mcpServers": { "keepsake": { "command": "/theirs" } } }');
    expect((await run([])).out).toMatch(/^cursor +found +changed by somebody else$/m);
    rmSync(cursorFile());
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
    expect(out).toMatch(/^create \S+\/keepsake\/bin\/keepsake, the program that every host starts$/m);
    expect(out).toMatch(/^add the client cursor, which may read, save and forget in every project$/m);
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

  it.each([
    { environment: { CLAUDE_CONFIG_DIR: "/proc/self/fdinfo" }, host: "claude-code" },
    { environment: { COPILOT_HOME: "/proc/self/task" }, host: "copilot" },
  ])("leaves no client and no launcher of $host where a file cannot be written", async (refused) => {
    const { answers, added } = clients();
    const environment = { HOME: home, ...refused.environment };
    const { exit, err } = await keepsake(["setup", refused.host, "--yes"], { answers, environment });
    expect([exit, added], err).toEqual([1, []]);
    expect(existsSync(join(home, ".config", "keepsake", "bin", "keepsake"))).toBe(false);
    expect(existsSync(join(home, ".local", "state", "keepsake", "setup"))).toBe(false);
  });

  it("takes its files back where the daemon refuses a client", async () => {
    mkdirSync(join(home, ".cursor"));
    writeFileSync(cursorFile(), "{ }\n");
    const answers = { ...clients().answers, "client.add": refuse("INVALID_PARAMS") };
    expect((await run(["cursor", "--yes"], { answers })).exit).toBe(2);
    expect(readFileSync(cursorFile(), "utf8")).toBe("{ }\n");
    expect(existsSync(join(home, ".cursor", "hooks.json"))).toBe(false);
    expect(existsSync(join(home, ".config", "keepsake", "bin", "keepsake"))).toBe(false);
  });

  it.each(["{}", ""])("replaces a client whose file is %j when the person agrees", async (damaged) => {
    const { answers, added } = clients();
    await run(["vscode", "--yes"], { answers });
    writeFileSync(clientFile("vscode"), damaged, { mode: 0o600 });
    const nobody = await run(["vscode"], { answers });
    expect([nobody.exit, added.length, readFileSync(clientFile("vscode"), "utf8")]).toEqual([2, 1, damaged]);
    const no = await run(["vscode"], { answers, typed: [false] });
    expect([no.exit, added.length]).toEqual([130, 1]);
    expect(no.out).toMatch(
      /^replace the client vscode, .*vscode\.json does not hold the token of a client$/m,
    );
    const yes = await run(["vscode"], { answers, typed: [true] });
    expect([yes.exit, added.length, yes.out.endsWith("VS Code is set up\n")]).toEqual([0, 2, true]);
    writeFileSync(clientFile("vscode"), damaged, { mode: 0o600 });
    const removed = await run(["vscode", "--remove", "--yes", "--json"], { answers });
    expect(JSON.parse(removed.out)).toMatchObject({ client: "revoked" });
    expect(existsSync(clientFile("vscode"))).toBe(false);
  });

  it("changes nothing where the token of its client is open to others", async () => {
    const { answers, added } = clients();
    mkdirSync(dirname(clientFile("vscode")), { recursive: true, mode: 0o700 });
    writeFileSync(clientFile("vscode"), "{}");
    chmodSync(clientFile("vscode"), 0o644);
    const { exit, err } = await run(["vscode", "--yes"], { answers });
    expect([exit, added, err]).toEqual([
      1,
      [],
      expect.stringContaining("is open to other users (want mode 0600)") as string,
    ]);
    expect(readdirSync(join(home, ".config"))).toEqual(["keepsake"]);
  });

  it("takes the set-up of another place of keepsake out whole or not at all", async () => {
    const { answers } = clients();
    for (const host of ["claude-code", "cursor", "opencode"]) {
      const there = { answers, environment: { HOME: home, KEEPSAKE_HOME: join(home, "other") } };
      expect((await keepsake(["setup", host, "--yes", "--no-import"], there)).exit).toBe(0);
      const before = readdirSync(home, { recursive: true });
      const here = await run([host, "--remove", "--yes"], { answers });
      expect([here.exit, here.err]).toEqual([
        2,
        expect.stringContaining(`starts ${join(home, "other", "config", "bin", "keepsake")}`) as string,
      ]);
      expect(here.err).toContain("with another KEEPSAKE_HOME");
      expect(readdirSync(home, { recursive: true })).toEqual(before);
      expect((await run([host, "--yes"], { answers })).exit).toBe(2);
      const whole = await keepsake(["setup", host, "--remove", "--yes"], there);
      expect([whole.exit, whole.out]).toEqual([0, expect.stringMatching(/ is as it was\n$/)]);
    }
  });

  it("speaks of trust in Codex's hooks until they are trusted, and of hooks that are switched off", async () => {
    const { answers } = clients();
    const folder = join(home, ".codex");
    mkdirSync(folder);
    writeFileSync(join(folder, "config.toml"), "[features]\nhooks = false\n");
    const off = await run(["codex", "--yes"], { answers });
    expect(off.err).toContain("hint: Codex runs no hooks while hooks = false under [features] in");
    expect((await run([])).out).toMatch(/^codex +found +set up; its hooks are switched off$/m);
    await run(["codex", "--remove", "--yes"], { answers });
    writeFileSync(join(folder, "config.toml"), "");
    expect((await run(["codex", "--yes"], { answers })).err).toContain("hint: open /hooks in Codex");
    expect((await run(["codex"], { answers })).err).toContain("hint: open /hooks in Codex");
    await run(["codex", "--remove", "--yes"], { answers });
    const events = ["session_start", "user_prompt_submit", "stop", "subagent_stop", "session_end"];
    const trusted = events.map((event) => `"${folder}/hooks.json:${event}:0:0" = { trusted_hash = "x" }\n`);
    writeFileSync(join(folder, "config.toml"), `[hooks.state]\n${trusted.join("")}`);
    const again = await run(["codex", "--yes"], { answers });
    expect([again.exit, again.err.includes("/hooks")]).toEqual([0, false]);
    expect((await run([])).out).toMatch(/^codex +found +set up$/m);
    rmSync(join(home, ".config", "keepsake", "bin", "keepsake"));
    expect((await run([])).out).toMatch(/^codex +found +set up; "keepsake doctor" says what is wrong/m);
  });

  it("says that there is no vault yet", async () => {
    const { answers } = clients();
    const bare = await run(["vscode", "--yes"], { answers, hasVault: false });
    expect([bare.exit, bare.err]).toEqual([
      0,
      expect.stringMatching(
        /hint: there is no vault yet, so nothing is kept: run "keepsake init"$/m,
      ) as string,
    ]);
    mkdirSync(join(home, ".codex", "sessions"), { recursive: true });
    const full = await run(["codex", "--import", "--yes"], { answers, hasVault: false });
    expect(full.err).toContain('run "keepsake init", then run "keepsake setup codex --import" to bring in');
    expect((await run(["vscode"], { answers })).err).not.toContain("no vault");
  });

  it("tells a host that is installed and was never started from one that is not there", async () => {
    const programs = join(home, "programs");
    mkdirSync(join(programs, "gemini"), { recursive: true });
    writeFileSync(join(programs, "codex"), "", { mode: 0o755 });
    writeFileSync(join(programs, "opencode"), "", { mode: 0o644 });
    const { out } = await keepsake(["setup"], { environment: { HOME: home, PATH: `rel:${programs}` } });
    expect(out).toMatch(
      /^codex +installed, not started yet +not set up +"keepsake setup codex" changes 2 files$/m,
    );
    expect(out).toMatch(/^opencode +not found +not set up$/m);
    expect(out).toMatch(/^gemini +not found +not set up$/m);
  });

  it("shows what is put into compact JSON over lines, and tabs as room", async () => {
    const { answers } = clients();
    const folder = join(home, ".codex");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "hooks.json"),
      '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"./mine"}]}]}}',
    );
    const compact = await run(["codex", "--dry-run"], { answers });
    expect(compact.out).toMatch(/^\+ {3}"hooks": \[$/m);
    expect(compact.out).toMatch(/^\+ +"command": "\S+ hook codex Stop"$/m);
    expect(compact.out).not.toMatch(/mine|^\+ *,|.{200}/m);
    mkdirSync(join(home, ".cursor"));
    writeFileSync(cursorFile(), '{\n\t"x": 1\n}\n');
    const tabs = await run(["cursor", "--dry-run"], { answers });
    expect(tabs.out).toContain('\n+     "mcpServers": {\n+         "keepsake": {\n');
    expect(tabs.out).not.toContain("U+0009");
    writeFileSync(cursorFile(), '{"mcpServers":{"a":{"command":"b"}}}');
    const member = await run(["cursor", "--dry-run"], { answers });
    expect(member.out).toMatch(/^\+ {3}"keepsake": \{\n\+ {5}"command": "\S+",\n/m);
  });

  it("says when a host is not as it was", async () => {
    const { answers } = clients();
    mkdirSync(join(home, ".cursor"));
    writeFileSync(cursorFile(), "{ }\n");
    await run(["cursor", "--yes"], { answers });
    writeFileSync(cursorFile(), readFileSync(cursorFile(), "utf8").replace("{", '{ "x": 1,'));
    const changed = await run(["cursor", "--remove", "--yes"], { answers });
    expect(changed.out).toMatch(/^keepsake is out of Cursor; what was changed since is kept$/m);
    await run(["gemini", "--yes"], { answers });
    const hooks = join(home, ".gemini", "extensions", "keepsake", "hooks", "hooks.json");
    writeFileSync(hooks, "{}");
    const aside = await run(["gemini", "--remove", "--yes"], { answers });
    expect([aside.out, aside.err]).toEqual([
      expect.not.stringContaining("as it was\n") as string,
      expect.stringContaining(`set aside as ${hooks}.changed`) as string,
    ]);
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
