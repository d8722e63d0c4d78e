/** One run of a program, fed and heard out, with the processor time that it and its children took: bash says that to the millisecond. */
import { spawn } from "node:child_process";
import { finished } from "../../test/support/throw-away-home.ts";

export interface RunTimes {
  readonly wallMs: number;
  /** User and system. */
  readonly cpuMs: number;
}

const TIMED = 'TIMEFORMAT="%3U %3S"; time "$@" 2>/dev/null';

/** @throws Error when it does not end with 0 */
export async function timedRun(
  command: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly input: string },
): Promise<RunTimes> {
  const { env, cwd, input } = options;
  const start = performance.now();
  const child = spawn("bash", ["-c", TIMED, "bash", ...command], { env, cwd, stdio: "pipe" });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const { code, stderr } = await finished(child);
  const wallMs = performance.now() - start;
  const [user, system] = stderr.trim().split(" ").map(Number);
  const cpuMs = ((user ?? NaN) + (system ?? NaN)) * 1_000;
  if (code !== 0 || !Number.isFinite(cpuMs)) throw new Error(`${command.join(" ")} failed`);
  return { wallMs, cpuMs };
}
