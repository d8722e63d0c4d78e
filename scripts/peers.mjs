/**
 * Programs keepsake is compared with or checked by, installed on demand into `.peers/` (not under version control) so that
 * neither the product nor its tests depend on them.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PEERS = fileURLToPath(new URL("../.peers", import.meta.url));

/**
 * Installs one package in a folder of its own, unless it is there.
 *
 * @param {string} name - of the npm package
 * @param {string} version - exact
 * @param {string} file - path inside the package
 * @returns {string} the absolute path of `file`
 */
export function installPeer(name, version, file) {
  const folder = join(PEERS, `${name.replaceAll(/[@/]/g, "_")}-${version}`);
  const path = join(folder, "node_modules", name, file);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `${name}@${version}`];
  const { status } = spawnSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0 && existsSync(path)) return path;
  // Half of one is not taken for one the next time.
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`${name}@${version} could not be installed`);
}
