import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  ThrowAwayHome,
  environOf,
  everyProcess,
  expectSuccess,
  killQuietly,
} from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";

let home: ThrowAwayHome;
afterEach(() => home.remove());

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await isTrue());) {
    if (performance.now() > end) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stop(): Promise<void> {
  killQuietly(home.frontId(), "SIGTERM");
  await until(() => home.processIds().length === 0);
}

describe("the daemon", () => {
  it("is never started by status, lock or completion: they exit 3, 0 and 0 and leave nothing behind", async () => {
    home = new ThrowAwayHome();
    const status = await home.run(["status"]);
    expect([status.code, status.stdout]).toEqual([3, ""]);
    expect((await home.run(["lock"])).code).toBe(0);
    expect((await home.run(["complete", "--", "search", "--tag", ""])).code).toBe(0);
    expect(home.processIds()).toEqual([]);
    expect(existsSync(join(home.folder, "k"))).toBe(false);
  });

  it("is started by the first command, with the allowed part of the environment, and outlives it", async () => {
    home = new ThrowAwayHome();
    const env = {
      NODE_OPTIONS: "--no-warnings",
      LD_PRELOAD: "",
      CLAUDE_PROJECT_DIR: "/tmp/secret-work",
      EDITOR: "vi",
    };
    const refused = await home.run(["save", "x"], { env });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("keepsake init");
    const names = home.processIds().flatMap((pid) => environOf(pid).map((each) => each.split("=")[0]));
    expect(names).toContain("KEEPSAKE_HOME");
    for (const name of Object.keys(env)) expect(names).not.toContain(name);
    expect((await home.run(["status"])).code).toBe(0);
  });

  it("is started by an MCP server's first call, and again when it was ended under it", async () => {
    home = new ThrowAwayHome();
    await home.init();
    expectSuccess(await home.run(["client", "add", "mcp"]));
    await stop();
    const host = await McpHost.start(home);
    expect((await host.client.listTools()).tools).toHaveLength(7);
    const before = await host.call("memory_search", { query: "anything" });
    expect([before.isError, before.text]).toEqual([true, expect.stringContaining("VAULT_SEALED")]);
    await home.unlock();
    expect((await host.call("memory_save", { text: "kept over an end" })).isError).toBe(false);
    await stop();
    expect((await host.call("memory_search", { query: "kept" })).text).toContain("VAULT_SEALED");
    await home.unlock();
    expect((await host.call("memory_search", { query: "kept over", project: "*" })).text).toContain(
      "kept over an end",
    );
    expect(host.stderr).toBe("");
    await host.close();
  });

  it("is not waited for where the path cannot be followed: every command says so and exits with 1", async () => {
    home = new ThrowAwayHome();
    const loop = join(home.folder, "loop");
    symlinkSync(loop, loop);
    for (const argv of [["status"], ["lock"], ["recent"], ["unlock"]]) {
      const ran = await home.run(argv, { env: { KEEPSAKE_HOME: loop } });
      expect([ran.code, ran.stdout]).toEqual([1, ""]);
      expect(ran.stderr).toContain(`${loop}/vault cannot be used (ELOOP`);
      expect(ran.stderr).toContain("hint: look at KEEPSAKE_HOME");
    }
    expect(home.processIds()).toEqual([]);
  });

  it("ends by itself where it can make no folders, and the command that started it names the place", async () => {
    home = new ThrowAwayHome();
    for (const argv of [["recent"], ["save", "a note"]]) {
      const ran = await home.run(argv, { env: { KEEPSAKE_HOME: "/proc/keepsake" } });
      expect([ran.code, ran.stdout]).toEqual([1, ""]);
      expect(ran.stderr).toContain("/proc/keepsake cannot be used (ENOENT: no folder can be made there)");
      expect(ran.stderr).toContain("hint: look at KEEPSAKE_HOME");
    }
    expect(everyProcess().filter((pid) => environOf(pid).includes(`HOME=${home.folder}`))).toEqual([]);
  });

  it("is one, however many commands start it at once", async () => {
    home = new ThrowAwayHome();
    const ran = await Promise.all(Array.from({ length: 6 }, () => home.run(["recent"])));
    expect(ran.map(({ code }) => code)).toEqual([4, 4, 4, 4, 4, 4]);
    await until(() => home.processIds().length === 2);
    await home.init();
  });
});

describe("the auto-lock", () => {
  it("closes the vault after lock.idle without a request; asking for the status keeps nothing open", async () => {
    home = new ThrowAwayHome();
    expectSuccess(await home.run(["config", "set", "lock.idle", "4s"]));
    await home.init();
    expectSuccess(await home.run(["save", "before the lock"]));
    const { pid } = await home.status();
    const start = performance.now();
    await until(async () => (await home.status()).state === "sealed");
    expect(performance.now() - start).toBeGreaterThan(2_000);
    expect((await home.status()).pid).not.toBe(pid);
    const refused = await home.run(["search", "lock"]);
    expect([refused.code, refused.stdout]).toEqual([4, ""]);
    await home.unlock();
    expectSuccess(await home.run(["search", "lock"]));
  });
});

describe("a hostile working folder", () => {
  it("changes nothing: planted settings, packages and programs have no effect", async () => {
    home = new ThrowAwayHome();
    const planted = mkdtempSync(join(tmpdir(), "ks-planted-"));
    const mark = join(planted, "it-ran");
    try {
      const code = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "x");\n`;
      const program = `#!/bin/sh\ntouch '${mark}'\n`;
      for (const name of [
        "level",
        "argon2",
        "keytar",
        "zod",
        "commander",
        "@modelcontextprotocol/server",
        "keepsake",
      ]) {
        const folder = join(planted, "node_modules", name);
        mkdirSync(folder, { recursive: true });
        writeFileSync(
          join(folder, "package.json"),
          JSON.stringify({ name, version: "99.0.0", main: "index.js" }),
        );
        writeFileSync(join(folder, "index.js"), code);
      }
      for (const name of ["git", "node", "keepsaked", "keepsake", "gpg", "security", "sh"]) {
        writeFileSync(join(planted, name), program);
        chmodSync(join(planted, name), 0o755);
      }
      mkdirSync(join(planted, ".git", "hooks"), { recursive: true });
      writeFileSync(join(planted, ".git", "HEAD"), "ref: refs/heads/main\n");
      writeFileSync(
        join(planted, ".git", "config"),
        `[core]\n\tfsmonitor = ${join(planted, "git")}\n\tpager = ${join(planted, "git")}\n\tsshCommand = ${join(planted, "git")}\n`,
      );
      const elsewhere = join(planted, "vault-of-another");
      writeFileSync(
        join(planted, ".env"),
        `KEEPSAKE_HOME=${elsewhere}\nNODE_OPTIONS=--require ${planted}/evil.js\n`,
      );
      writeFileSync(join(planted, "evil.js"), code);
      writeFileSync(
        join(planted, "package.json"),
        JSON.stringify({
          type: "commonjs",
          scripts: { preinstall: program },
          keepsake: { home: elsewhere },
          imports: {},
        }),
      );
      for (const name of [
        "config.json",
        ".keepsake.json",
        "keepsake.config.js",
        ".keepsakerc",
        "tsconfig.json",
      ]) {
        writeFileSync(
          join(planted, name),
          name.endsWith(".js") ? code : `{"lock":{"idle":"off","max":"off"}}`,
        );
      }
      // The control: what is planted does run where something is loaded from the folder.
      execFileSync(process.execPath, ["-e", 'require("level")'], { cwd: planted });
      expect(existsSync(mark)).toBe(true);
      rmSync(mark);

      await home.init();
      const inside = { cwd: planted };
      expectSuccess(await home.run(["client", "add", "mcp"], inside));
      expectSuccess(await home.run(["save", "from a hostile folder"], inside));
      expectSuccess(await home.run(["search", "hostile"], inside));
      expectSuccess(await home.run(["recent"], inside));
      expect(
        JSON.parse(expectSuccess(await home.run(["config", "get", "lock.idle", "--json"], inside))),
      ).not.toContain("off");
      const host = await McpHost.start(home, { cwd: planted, env: { CLAUDE_PROJECT_DIR: planted } });
      expect((await host.call("memory_search", { query: "hostile folder" })).text).toContain(
        "from a hostile folder",
      );
      await host.close();
      await stop();
      expect((await home.run(["recent"], inside)).code).toBe(4);
      expect(existsSync(mark)).toBe(false);
      expect(existsSync(elsewhere)).toBe(false);
    } finally {
      rmSync(planted, { recursive: true, force: true });
    }
  });
});
