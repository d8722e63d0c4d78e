import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ThrowAwayHome } from "../support/throw-away-home.ts";

let home: ThrowAwayHome;
beforeEach(async () => {
  home = new ThrowAwayHome();
  await home.init();
});
afterEach(() => home.remove());

describe("Ctrl-C while text is read from standard input", () => {
  it.each([
    ["before anything came", ""],
    ["in the middle of the text", "half a sentence"],
  ])("ends the command at once and stores nothing: %s", async (_when, typed) => {
    const [command = "", ...args] = home.commandLine("keepsake", ["save", "-"]);
    const child = spawn(command, args, { env: { ...home.env }, cwd: home.folder, stdio: "pipe" });
    const ended = once(child, "close");
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
    child.stdin.write(typed);
    // Long enough for a start; it waits for its input then.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
    const [code] = await ended;
    clearTimeout(late);
    expect([code, said]).toEqual([130, "keepsake: error: interrupted\n"]);
    const recent = await home.run(["recent", "--all-projects"]);
    expect([recent.code, recent.stdout]).toEqual([5, ""]);
  });
});
