/**
 * Entry of the daemon's processes. Nothing is loaded before `hardenProcess` but what it needs, so the rest is
 * imported by role: without arguments this is the front, `engine` is what the front starts, and `locks` what the command
 * line starts to take the vault's locks.
 */
import { fileURLToPath } from "node:url";
import { childEnvironment } from "../platform/child-environment.ts";
import { hardenProcess } from "../platform/harden.ts";

hardenProcess();
// Schemas are checked as they are; zod would otherwise write and compile a function for each.
const { config } = await import("zod");
config({ jitless: true });
const environment = childEnvironment(process.env);
const [role, ...rest] = process.argv.slice(2);
process.chdir("/");

if (role === undefined) {
  const { runFront } = await import("./front.ts");
  const engineScript = fileURLToPath(import.meta.url);
  process.exit(
    await runFront({ environment, engineScript, printError: (text) => process.stderr.write(text) }),
  );
} else if (role === "engine" && rest.length === 0 && process.send !== undefined) {
  const [{ runEngine }, { engineParts }] = await Promise.all([import("./engine.ts"), import("./wiring.ts")]);
  process.exit(await runEngine({ environment, parts: engineParts }));
} else if (role === "locks" && rest.length === 1 && process.send !== undefined) {
  const { runLocks } = await import("./locks/run-locks.ts");
  await runLocks(environment, rest[0] === "end" ? "end" : "look");
  process.exit(0);
} else {
  process.stderr.write(
    "keepsake: error: keepsaked takes no arguments; it reads KEEPSAKE_HOME and KEEPSAKE_SOCKET\n",
  );
  process.exit(2);
}
