import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PASSPHRASE, PROJECT_ROOT, ThrowAwayHome, finished } from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";

/** The commands of the README, in order, without their remarks. */
function readmeCommands(): readonly string[] {
  const readme = readFileSync(join(PROJECT_ROOT, "README.md"), "utf8");
  return [...readme.matchAll(/^```sh\n(.*?)^```$/gms)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** The search that the README shows first, and the texts of its answer: what was asked, and what was answered. */
function readmeSearch(): { readonly command: string; readonly texts: readonly string[] } {
  const readme = readFileSync(join(PROJECT_ROOT, "README.md"), "utf8");
  const [, command = "", shown = ""] = /^\$ (keepsake search .*)\n.*\n((?:[> ] .*\n)+)/m.exec(readme) ?? [];
  const [request = "", answer = ""] = shown.split(/\n {2}(?=\p{Lu})/u);
  return {
    command,
    texts: [request.replace(/^> you: /, ""), answer].map((text) => text.trim().replaceAll(/\s+/g, " ")),
  };
}

/** They install, need a program that is not ours or are what runs this test. */
const ELSEWHERE = new Set([
  "npm run quickstart",
  "npm test",
  "npm ci --ignore-scripts && npm run release",
  "npm install -g --ignore-scripts ./release/keepsake-0.1.0.tgz",
  "claude mcp list",
]);
const ID_OF_ITS_OWN = /\b[0-9a-z]{26}$/;
const HOST = "claude mcp add --scope user keepsake -- ";

describe("the README", () => {
  const home = new ThrowAwayHome();
  afterAll(() => home.remove());

  it("says commands that work as they stand, from init to lock and for a host", async () => {
    const programs = join(home.folder, "bin");
    mkdirSync(programs);
    for (const name of ["keepsake", "keepsaked", "keepsake-mcp"]) {
      symlinkSync(join(PROJECT_ROOT, "bin", `${name}.js`), join(programs, name));
    }
    const conversations = join(home.folder, ".claude", "projects", "lantern");
    mkdirSync(conversations, { recursive: true });
    cpSync(
      join(PROJECT_ROOT, "test/fixtures/claude-code/lantern.jsonl"),
      join(conversations, "lantern.jsonl"),
    );

    const shell = async (line: string, secret = "") => {
      const env = { ...home.env, PATH: `${programs}:${home.env["PATH"] ?? ""}` };
      const child = spawn("bash", ["-c", line], {
        cwd: home.folder,
        env,
        stdio: ["ignore", "pipe", "pipe", "pipe"],
      });
      const descriptor = child.stdio[3];
      if (descriptor !== null && descriptor !== undefined && "write" in descriptor) {
        descriptor.on("error", () => {});
        descriptor.end(secret);
      }
      return finished(child);
    };
    /** Stands in for the example of an id that the page shows. */
    const anyId = async () => {
      const { stdout } = await shell("keepsake recent -a --limit 1 --json");
      return (JSON.parse(stdout) as { memories: { id: string }[] }).memories[0]?.id ?? "";
    };
    const ran: string[] = [];
    for (const command of readmeCommands()) {
      if (ELSEWHERE.has(command)) continue;
      ran.push(command);
      if (command.startsWith(HOST)) {
        expect((await shell("keepsake unlock --passphrase-fd 3", PASSPHRASE)).code).toBe(0);
        expect(command.slice(HOST.length)).toBe("keepsake-mcp");
        const host = await McpHost.start(home);
        expect((await host.client.listTools()).tools).toHaveLength(7);
        expect(
          (await host.call("memory_search", { query: "where does staging run", project: "*" })).text,
        ).toContain("Frankfurt");
        await host.close();
        continue;
      }
      // A terminal would be asked for the passphrase; here a descriptor gives it.
      const given = command === "keepsake init" ? `${command} --passphrase-fd 3` : command;
      const asked = ID_OF_ITS_OWN.test(given) ? given.replace(ID_OF_ITS_OWN, await anyId()) : given;
      const { code, stdout, stderr } = await shell(asked, PASSPHRASE);
      expect([command, code, stderr]).toEqual([command, 0, expect.not.stringContaining("error")]);
      if (command.startsWith("keepsake search")) expect(stdout).toContain("Frankfurt");
      if (command.startsWith("keepsake import")) expect(stdout).toMatch(/\b28 {2}stored/);
    }
    expect(ran).toContain("keepsake init");
    expect(ran.length).toBeGreaterThanOrEqual(7);
    expect((await shell("keepsake search staging")).code).toBe(0);
    const { command, texts } = readmeSearch();
    const { stdout } = await shell(command);
    for (const text of texts) {
      expect(text).toMatch(/low water/);
      expect(stdout).toContain(text);
    }
  });
});
