/** The program of the process that asks the keychain; see `keychain-process`. It ends by a signal: an exit would wait. */
import { hardenProcess } from "../platform/harden.ts";
import { serveKeychain } from "./keychain-server.ts";

hardenProcess();
await serveKeychain(
  process.stdin,
  process.stdout,
  async () => (await import("keytar")).default,
  () => process.kill(process.pid, "SIGKILL"),
);
