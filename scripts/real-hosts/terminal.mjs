/** A program in a terminal of tmux, driven as a person would: type, press a key, wait until something stands on the screen. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const SCREEN_WAIT_MS = 30_000;
const LOOK_EVERY_MS = 150;

/**
 * @param {readonly string[]} command - program and arguments
 * @param {{ folder: string, env: Record<string, string> }} where
 */
export function openTerminal(command, { folder, env }) {
  const session = `keepsake-${randomUUID().slice(0, 8)}`;
  const tmux = (...args) => {
    const { status, stdout } = spawnSync("tmux", ["-L", session, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(`tmux ${args[0]} failed`);
    return stdout;
  };
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  tmux("new-session", "-d", "-x", "160", "-y", "60", "-c", folder, "env", "-i", ...variables, ...command);
  const screen = () => tmux("capture-pane", "-p");
  return {
    screen,
    /** @param {RegExp} wanted */
    async waitFor(wanted) {
      const end = Date.now() + SCREEN_WAIT_MS;
      while (!wanted.test(screen())) {
        if (Date.now() > end) throw new Error(`${wanted} did not appear on:\n${screen()}`);
        await sleep(LOOK_EVERY_MS);
      }
    },
    async type(text) {
      tmux("send-keys", "-l", text);
      await sleep(300);
    },
    async press(...keys) {
      for (const key of keys) {
        tmux("send-keys", key);
        await sleep(300);
      }
    },
    close() {
      spawnSync("tmux", ["-L", session, "kill-server"]);
    },
  };
}
