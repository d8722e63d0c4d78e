/**
 * The real hosts take what set-up wrote, and everything is as it was afterwards. A host that is not in `.peers` (`scripts/peers.mjs`
 * installs them) is skipped.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { PROJECT_ROOT, ThrowAwayHome, finished } from "../support/throw-away-home.ts";

const peer = (...path: readonly string[]) => join(PROJECT_ROOT, ".peers", ...path);
const CLAUDE = peer(
  "_anthropic-ai_claude-code-2.1.332/node_modules/@anthropic-ai/claude-code-linux-x64/claude",
);
const CODEX = peer("_openai_codex-0.171.0/node_modules/.bin/codex");
const GEMINI = peer("_google_gemini-cli-0.61.0/node_modules/.bin/gemini");
const COPILOT = peer("_github_copilot-1.0.102/node_modules/.bin/copilot");

let home: ThrowAwayHome;
beforeEach(() => {
  home = new ThrowAwayHome();
});
afterEach(() => home.remove());

async function host(program: string, ...args: readonly string[]) {
  const { PATH = "", HOME = "" } = home.env;
  const quiet = { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };
  const child = spawn(program, args, {
    cwd: home.folder,
    // Nothing of keepsake's: the launcher has to know it.
    env: { PATH, HOME, LANG: "C.UTF-8", ...quiet },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
  return finished(child);
}

async function setup(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await home.run(["setup", ...args, "--yes", "--no-import"]);
  expect(code, stderr).toBe(0);
}

it.skipIf(!existsSync(CLAUDE))("Claude Code validates the plugin and connects through it", async () => {
  mkdirSync(join(home.folder, ".claude", "skills"), { recursive: true });
  await setup("claude-code");
  const plugin = join(home.folder, ".claude", "skills", "keepsake");
  const validated = await host(CLAUDE, "plugin", "validate", "--strict", plugin);
  expect(validated.code, validated.stdout + validated.stderr).toBe(0);
  const { stdout } = await host(CLAUDE, "mcp", "list");
  expect(stdout).toMatch(/plugin:keepsake:keepsake: .* ✔ Connected/);
  await setup("claude-code", "--remove");
  expect(readdirSync(join(home.folder, ".claude", "skills"))).toEqual([]);
});

it.skipIf(!existsSync(CODEX))("Codex lists the server and knows the hooks", async () => {
  const config = join(home.folder, ".codex", "config.toml");
  mkdirSync(join(home.folder, ".codex"));
  writeFileSync(config, 'model = "x" # mine\r\n');
  await setup("codex");
  const { stdout } = await host(CODEX, "mcp", "list");
  expect(stdout).toMatch(/keepsake .*mcp --client codex .*enabled/);
  await setup("codex", "--remove");
  expect(readFileSync(config, "utf8")).toBe('model = "x" # mine\r\n');
});

it.skipIf(!existsSync(GEMINI))("Gemini CLI validates the extension and lists it", async () => {
  mkdirSync(join(home.folder, ".gemini"));
  await setup("gemini");
  const folder = join(home.folder, ".gemini", "extensions", "keepsake");
  const validated = await host(GEMINI, "extensions", "validate", folder);
  expect(validated.code, validated.stderr).toBe(0);
  await setup("gemini", "--remove");
  expect(existsSync(folder)).toBe(false);
});

it.skipIf(!existsSync(COPILOT))("Copilot CLI lists the server", async () => {
  await setup("copilot");
  const { stdout } = await host(COPILOT, "mcp", "list");
  expect(stdout).toContain("keepsake (local)");
  await setup("copilot", "--remove");
  expect(existsSync(join(home.folder, ".copilot", "mcp-config.json"))).toBe(false);
});
