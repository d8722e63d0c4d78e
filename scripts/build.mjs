/**
 * Builds the product into `dist`:
 *   - the daemon as plain `tsc` output, one file a module, so that what runs can be audited;
 *   - the CLI and the MCP server as bundles, because start-up time is theirs to save.
 *
 * The bundles are ES modules with shared chunks: what a command needs only sometimes is loaded only then. Dependencies written
 * as CommonJS need a `require`, which the banner makes. Native modules stay outside.
 *
 * Everything is built beside `dist` and takes its place at once: a daemon that runs from there never sees half a build.
 */
import { spawnSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { thirdPartyNotices } from "./third-party-notices.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const staging = join(root, "node_modules", `.build-${process.pid}`);
const replaced = `${staging}-replaced`;

try {
  compileModules();
  await bundlePrograms();
  writeFileSync(join(staging, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(root));
  takePlace();
} finally {
  for (const folder of [staging, replaced]) rmSync(folder, { recursive: true, force: true });
}

function compileModules() {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(
    process.execPath,
    [compiler, "-p", "tsconfig.build.json", "--outDir", staging],
    { cwd: root, stdio: "inherit" },
  );
  if (status !== 0) throw new Error("the modules do not compile");
}

async function bundlePrograms() {
  await bundle("bundle", {
    cli: "src/cli/cli-main.ts",
    mcp: "src/mcp/mcp-main.ts",
    strength: "src/cli/strength-main.ts",
  });
  // By itself: what a hook always needs is one file then, and none of what it shares with the others.
  await bundle("bundle/hooks", { hook: "src/hooks/hook-main.ts" });
}

async function bundle(folder, entryPoints) {
  const { warnings } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: join(staging, folder),
    bundle: true,
    splitting: true,
    chunkNames: "chunk-[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    minifySyntax: true,
    legalComments: "linked",
    external: ["argon2", "level", "keytar"],
    // Its other build looks for its own files at run time.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module";\nconst require = createRequireForBundle(import.meta.url);',
    },
    logLevel: "warning",
  });
  if (warnings.length > 0) throw new Error("the bundles have warnings");
}

function takePlace() {
  try {
    renameSync(dist, replaced);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  renameSync(staging, dist);
}
