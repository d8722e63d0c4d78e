/** Parts of a benchmark that run in a process of their own: so that they neither share its memory nor wait for its work. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";

/** Starts a script of ours. @param script - from the project's root; @param node - another program of Node than this one */
export function startChild(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  node: string = process.execPath,
): ChildProcess {
  return fork(join(PROJECT_ROOT, "scripts/run-ts.mjs"), [join(PROJECT_ROOT, script), ...args], {
    env,
    execArgv: [],
    execPath: node,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** The next message of a child. @throws Error when it ends without one */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  if (!child.connected) throw new Error("a process of the benchmark has ended too early");
  const ended = new AbortController();
  const onExit = () => ended.abort();
  child.once("exit", onExit);
  try {
    const [message] = (await once(child, "message", { signal: ended.signal })) as [T];
    return message;
  } catch {
    throw new Error("a process of the benchmark ended without its figures");
  } finally {
    child.off("exit", onExit);
  }
}

/** Runs a script to its end and gives back the one message it sends. */
export async function runChild<T>(script: string, args: readonly string[], node?: string): Promise<T> {
  const child = startChild(script, args, process.env, node);
  const ended = once(child, "exit");
  const message = await nextMessage<T>(child);
  await ended;
  return message;
}
