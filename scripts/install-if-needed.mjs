/** Installs the locked dependencies when `node_modules` is absent or older than the lockfile. No install scripts run. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";

const root = new URL("..", import.meta.url);
const installed = statSync(new URL("node_modules/.package-lock.json", root), { throwIfNoEntry: false });
const locked = statSync(new URL("package-lock.json", root));

if (installed === undefined || installed.mtimeMs < locked.mtimeMs) {
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
