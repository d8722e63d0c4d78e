/**
 * Asks the keychain by way of a process of its own, one for each request.
 *
 * The library answers on a thread of Node's pool and cannot be interrupted. Called inside the engine, a prompt nobody answers
 * holds that thread: `process.exit` then waits for it (25 s were measured with a service that did not answer), so the vault
 * could not be locked, and four such calls would stop Argon2 and every file operation. A process can be killed, which also takes
 * its prompt off the screen, and the string the library speaks never is in the engine's memory.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { concatSecretBytes } from "../base/secret.ts";
import { childEnvironment } from "../platform/child-environment.ts";
import type { KeychainAnswer, KeychainRequest } from "./keychain-messages.ts";
import {
  decodeKeychainAnswer,
  encodeKeychainRequest,
  MAX_KEYCHAIN_MESSAGE_BYTES,
} from "./keychain-messages.ts";

const PROGRAM = fileURLToPath(new URL("keychain-main.js", import.meta.url));

/**
 * @param request - its secret stays the caller's
 * @param signal - kills the process
 * @param program - path of a JavaScript file that does what `keychain-main` does
 */
export async function askKeychainProcess(
  request: KeychainRequest,
  signal: AbortSignal,
  program: string = PROGRAM,
): Promise<KeychainAnswer> {
  const asked = encodeKeychainRequest(request);
  const arrived: Uint8Array[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(process.execPath, [program], {
        cwd: "/",
        env: childEnvironment(process.env),
        stdio: ["pipe", "pipe", "ignore"],
        signal,
        killSignal: "SIGKILL",
      });
      child.on("error", reject);
      child.on("close", () => resolve());
      let length = 0;
      child.stdout.on("data", (chunk: Buffer) => {
        arrived.push(chunk);
        length += chunk.length;
        if (length <= MAX_KEYCHAIN_MESSAGE_BYTES) return;
        child.kill("SIGKILL");
        reject(new Error("the answer is too long"));
      });
      child.stdin.on("error", () => undefined);
      child.stdin.write(asked);
    });
    const answer = concatSecretBytes(...arrived);
    arrived.push(answer);
    return decodeKeychainAnswer(answer);
  } finally {
    for (const bytes of [asked, ...arrived]) bytes.fill(0);
  }
}
