/** The window of a host's call on a locked vault, drawn by a real pinentry-curses on a terminal of tmux. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  PASSPHRASE,
  PROJECT_ROOT,
  ThrowAwayHome,
  environOf,
  everyProcess,
  expectSuccess,
  killQuietly,
} from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";

const MAX_WAIT_MS = 20_000;
const NEEDED = ["tmux", "pinentry-curses"] as const;
const absent = NEEDED.filter((name) => programAt(name) === undefined);
if (absent.length > 0) console.warn(`SKIPPED: the window in a terminal needs ${absent.join(" and ")}`);

function programAt(name: string): string | undefined {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

describe.skipIf(absent.length > 0)("a window of pinentry-curses", () => {
  const home = new ThrowAwayHome();
  const socket = join(home.folder, "tmux");
  const tmux = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync("tmux", ["-S", socket, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout.trim();
  };
  const shown = () => tmux("capture-pane", "-p");
  const type = (text: string) => {
    tmux("send-keys", "-l", text);
    tmux("send-keys", "Enter");
  };
  const until = async (words: string) => {
    for (let waited = 0; waited < MAX_WAIT_MS; waited += 100) {
      if (shown().includes(words)) return shown();
      await pause(100);
    }
    throw new Error(`never shown: ${words}; but ${shown()}`);
  };

  beforeAll(async () => {
    await home.init();
    expectSuccess(await home.run(["save", "The winch is oiled.", "--no-project"]));
    expectSuccess(await home.run(["client", "add", "claude-code"]));
    const only = join(home.folder, "only-curses");
    mkdirSync(only);
    symlinkSync(programAt("pinentry-curses") ?? "", join(only, "pinentry"));
    const env = { PATH: `${only}:${process.env["PATH"] ?? ""}` };
    expectSuccess(await home.run(["config", "set", "unlock.ask", "pinentry"], { env }));
    expectSuccess(await home.run(["lock"]));
    tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "sleep 600");
  });
  afterAll(async () => {
    spawnSync("tmux", ["-S", socket, "kill-server"]);
    await home.remove();
  });

  it("names the client and nothing of the call, takes a second try, and lets the call go on", async () => {
    const host = await McpHost.start(home, {
      client: "claude-code",
      env: {
        GPG_TTY: tmux("display-message", "-p", "#{pane_tty}"),
        TERM: "screen",
      },
    });
    try {
      const call = host.call("memory_search", { query: "winch", project: "*" });
      call.catch(() => undefined);
      const window = await until("claude-code");
      expect(window).not.toContain("winch");
      type("not the passphrase");
      await until("rong");
      expect(shown()).not.toContain("not the passphrase");
      type(PASSPHRASE);
      const answer = await call;
      expect(answer).toMatchObject({ isError: false });
      expect(answer.text).toContain("The winch is oiled.");
      expect((await home.status()).state).toBe("open");
    } finally {
      await host.close();
    }
  });

  it("on the terminal of the command that asked for it gets every key", async () => {
    expectSuccess(await home.run(["lock"]));
    const only = join(home.folder, "only-curses");
    const env = Object.entries(home.env).map(([name, value]) => `${name}='${value}'`);
    const command = `env -u GPG_TTY ${env.join(" ")} PATH="${only}:$PATH" ${process.execPath} ${join(PROJECT_ROOT, "bin/keepsake.js")} unlock --pinentry`;
    tmux("new-window", "-d", "-n", "asking", `sh -c '${command.replaceAll("'", `'\\''`)}; sleep 60'`);
    tmux("select-window", "-t", "asking");
    await until("passphrase of your keepsake vault");
    for (const key of PASSPHRASE) {
      tmux("send-keys", "-l", key);
      await pause(30);
    }
    expect(shown().match(/\*/g)).toHaveLength(PASSPHRASE.length);
    tmux("send-keys", "Enter");
    await until("open: 1 memory");
    tmux("kill-window", "-t", "asking");
  });

  it("goes when the program that shows it is killed", async () => {
    expectSuccess(await home.run(["lock"]));
    const env = { GPG_TTY: tmux("display-message", "-p", "#{pane_tty}"), TERM: "screen" };
    const host = await McpHost.start(home, { client: "claude-code", env });
    try {
      const call = host.call("memory_search", { query: "winch", project: "*" });
      call.catch(() => undefined);
      await until("claude-code");
      const named = (name: string) =>
        everyProcess().filter(
          (pid) =>
            environOf(pid).includes(`HOME=${home.folder}`) &&
            readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(name),
        );
      expect(named("only-curses")).toHaveLength(1);
      for (const pid of named("--for-client")) killQuietly(pid, "SIGKILL");
      for (let turn = 0; turn < 100 && named("only-curses").length > 0; turn += 1) await pause(100);
      expect(named("only-curses")).toEqual([]);
      expect((await call).text).toContain("VAULT_SEALED");
    } finally {
      await host.close();
    }
  });
});
