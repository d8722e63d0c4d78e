/** Other versions of Node.js, from the packages that carry them; kept beside the packages, so that they are fetched once. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "./throw-away-home.ts";

const FETCH_MS = 240_000;

/** @returns the program, or why there is none here */
export function nodeOfVersion(major: number): { readonly node: string } | { readonly why: string } {
  if (process.versions.node.startsWith(`${major}.`)) return { node: process.execPath };
  const carrier = `node-${process.platform}-${process.arch}`;
  const folder = join(PROJECT_ROOT, "node_modules", ".cache", "keepsake-nodes", String(major));
  const node = join(folder, "node_modules", carrier, "bin", "node");
  if (existsSync(node)) return { node };
  const args = ["install", "--prefix", folder, "--no-save", "--ignore-scripts", `${carrier}@${major}`];
  const { status } = spawnSync("npm", args, { stdio: "ignore", timeout: FETCH_MS });
  return status === 0 && existsSync(node)
    ? { node }
    : { why: `Node.js ${major} could not be fetched (${carrier})` };
}
