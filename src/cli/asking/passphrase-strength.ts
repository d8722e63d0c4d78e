/** How many guesses a new passphrase takes, asked of a process of its own, and what is said of it. */
import { spawn } from "node:child_process";
import type { Secret } from "../../base/secret.ts";
import { childEnvironment } from "../../platform/child-environment.ts";
import { withoutCoreDumps } from "../../platform/harden.ts";

const TIMEOUT_MS = 20_000;
/** What is among the first 100,000 guesses of anybody opens the vault in an afternoon, however slow each one is made. */
export const MIN_GUESSES_LOG10 = 5;
const WORDS = [
  [8, "weak"],
  [10, "fair"],
  [14, "good"],
] as const;

/**
 * @param passphrase - the caller keeps and wipes it
 * @param script - of the process that tells it
 * @returns the power of ten of the guesses; `undefined` when it could not be told
 */
export async function guessesFor(
  passphrase: Secret,
  script: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number | undefined> {
  const { file, args } = withoutCoreDumps(process.execPath, [script]);
  const child = spawn(file, args, {
    cwd: "/",
    env: childEnvironment(environment),
    stdio: ["pipe", "pipe", "ignore"],
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const bytes = Buffer.from(passphrase.bytes);
  child.stdin.on("error", () => {});
  child.stdin.end(bytes, () => bytes.fill(0));
  let answer = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => (answer += text));
  return new Promise((resolve) => {
    child.once("error", () => resolve(undefined));
    child.once("close", () => resolve(/^\d{1,4}\.\d\d\n$/.test(answer) ? Number(answer) : undefined));
  });
}

/** `good, about 10^12 guesses`. */
export function strengthWords(guessesLog10: number): string {
  const word = WORDS.find(([below]) => guessesLog10 < below)?.[1] ?? "strong";
  return `${word}, about 10^${Math.round(guessesLog10)} guesses`;
}
