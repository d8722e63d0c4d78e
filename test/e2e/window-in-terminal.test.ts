/** The window of a host's call on a locked vault, drawn by a real pinentry-curses on a terminal of tmux. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSPHRASE, ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";
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
    expectSuccess(await home.run(["config", "set", "unlock.ask", "pinentry"]));
    expectSuccess(await home.run(["lock"]));
    const only = join(home.folder, "only-curses");
    mkdirSync(only);
    symlinkSync(programAt("pinentry-curses") ?? "", join(only, "pinentry"));
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
        PATH: `${join(home.folder, "only-curses")}:${process.env["PATH"] ?? ""}`,
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
});
