/**
 * `npm run mcpb`: the bundle for Claude Desktop, `dist/keepsake.mcpb`, a zip with a manifest (version 0.4) and a starter.
 *
 * keepsake has a native module and a daemon of its own, which a bundle that an application unpacks and replaces is no place for:
 * the starter looks for the keepsake that is installed (the launcher that `keepsake setup` wrote, else `keepsake-mcp` on the
 * path) and becomes its MCP server.
 *
 * The manifest is checked by Anthropic's own tool, installed into `.peers/` on demand.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPeer } from "./peers.mjs";

const MCPB = "2.1.2";
const root = fileURLToPath(new URL("..", import.meta.url));
const parts = join(root, "scripts", "mcpb");

/** The manifest, with what is said elsewhere already. */
export function manifestOf(version, description) {
  return {
    manifest_version: "0.4",
    name: "keepsake",
    display_name: "keepsake",
    version,
    description,
    author: { name: "keepsake" },
    license: "MIT",
    server: {
      type: "node",
      entry_point: "server/start.mjs",
      mcp_config: { command: "node", args: ["${__dirname}/server/start.mjs"] },
    },
    compatibility: { platforms: ["darwin", "linux"], runtimes: { node: ">=20.19" } },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

function main() {
  const { version, description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "keepsake-mcpb-"));
  try {
    mkdirSync(join(folder, "server"));
    cpSync(join(parts, "start.mjs"), join(folder, "server", "start.mjs"));
    const manifest = join(folder, "manifest.json");
    writeFileSync(manifest, `${JSON.stringify(manifestOf(version, description), null, 2)}\n`);
    const bundle = join(root, "dist", "keepsake.mcpb");
    mkdirSync(dirname(bundle), { recursive: true });
    const tool = installPeer("@anthropic-ai/mcpb", MCPB, "dist/cli/cli.js");
    run(tool, "validate", manifest);
    run(tool, "pack", folder, bundle);
    console.log(`made ${bundle}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(tool, ...args) {
  const { status } = spawnSync(process.execPath, [tool, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error(`mcpb ${args[0]} ended with ${status}`);
}
