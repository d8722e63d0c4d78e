/** A command in a terminal of its own: `script` makes a pseudo terminal and passes on what is typed. */
import { spawn, spawnSync } from "node:child_process";
import { finished } from "./throw-away-home.ts";
import type { ThrowAwayHome } from "./throw-away-home.ts";

/** That of util-linux: others take no `-c`. */
export const HAS_TERMINAL =
  spawnSync("script", ["-qec", "true", "/dev/null"], { stdio: "ignore" }).status === 0;

/** A question that never comes is waited for no longer. */
const MAX_RUN_MS = 60_000;

export interface Shown {
  readonly code: number | null;
  /** Everything that was shown, without colours and moves of the cursor. */
  readonly text: string;
}

/**
 * @param answers - each is typed once its words are shown, behind those of the one before
 * @param to - `out`: the file that standard output goes to, instead of the terminal
 */
export async function inTerminal(
  home: ThrowAwayHome,
  args: readonly string[],
  answers: readonly (readonly [words: string, typed: string])[],
  to: { readonly out?: string } = {},
): Promise<Shown> {
  const quoted = home.commandLine("keepsake", args).map(quote);
  const line = `${quoted.join(" ")}${to.out === undefined ? "" : ` > ${quote(to.out)}`}`;
  const child = spawn("script", ["-qefc", `stty cols 100 rows 30; ${line}`, "/dev/null"], {
    cwd: home.folder,
    env: { ...home.env, TERM: "xterm", SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: MAX_RUN_MS,
  });
  const left = [...answers];
  let shown = "";
  /** Where what was shown since the last answer begins. */
  let from = 0;
  child.stdin.on("error", () => {});
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    const [next] = left;
    if (next === undefined || !plain(shown.slice(from)).includes(next[0])) return;
    left.shift();
    from = shown.length;
    child.stdin.write(next[1]);
  });
  const { code } = await finished(child);
  child.stdin.destroy();
  return { code, text: plain(shown) };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function plain(shown: string): string {
  // oxlint-disable-next-line no-control-regex -- what terminals obey begins with one
  return shown.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|\r/g, "");
}
