/** Inside the bundle for Claude Desktop: becomes the MCP server of the keepsake that is installed on this machine. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const home = homedir();
const LAUNCHERS = [
  ...(process.env["KEEPSAKE_HOME"] ? [join(process.env["KEEPSAKE_HOME"], "config", "bin", "keepsake")] : []),
  process.platform === "darwin"
    ? join(home, "Library", "Application Support", "keepsake", "config", "bin", "keepsake")
    : join(process.env["XDG_CONFIG_HOME"] || join(home, ".config"), "keepsake", "bin", "keepsake"),
];

const launcher = LAUNCHERS.find((path) => existsSync(path));
const [command, ...args] = launcher === undefined ? ["keepsake-mcp"] : [launcher, "mcp"];
const server = spawn(command, [...args, "--client", "claude-desktop"], { stdio: "inherit" });
server.once("error", () => {
  process.stderr.write(
    'keepsake: error: keepsake is not installed; see its README, then run "keepsake setup claude-desktop"\n',
  );
  process.exit(1);
});
server.once("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.kill(signal));
