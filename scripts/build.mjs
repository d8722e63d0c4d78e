/**
 * Builds the product into `dist`:
 *   - the daemon as plain `tsc` output, one file a module, so that what runs can be audited;
 *   - the CLI and the MCP server as bundles, because start-up time is theirs to save.
 *
 * What a program needs only sometimes is loaded only then (`bundle-program.mjs`), none of them needs schemas to ask the daemon
 * (`plain-checks.mjs`), and how a host opens a session is answered without the server (`known-answers.mjs`).
 *
 * Everything is built beside `dist` and takes its place at once: a daemon that runs from there never sees half a build.
 */
import { spawnSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "./bundle-program.mjs";
import { knownAnswers } from "./known-answers.mjs";
import { lateFiles } from "./late-files.mjs";
import { plainChecks } from "./plain-checks.mjs";
import { thirdPartyNotices } from "./third-party-notices.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const staging = join(root, "node_modules", `.build-${process.pid}`);
const replaced = `${staging}-replaced`;
/** The commands that people run most, with what reads their answers. */
const OFTEN = [
  ...["save", "search", "status"].map((name) => `src/cli/commands/${name}.ts`),
  ...["memory.save", "memory.search", "vault.status"].map((name) => `plain-check:plain-check:${name}`),
];

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
  const plugins = [await plainChecks(root), await knownAnswers(root), lateFiles()];
  const folder = join(staging, "bundle");
  await bundleProgram(folder, "cli", "src/cli/cli-main.ts", plugins, OFTEN);
  await bundleProgram(folder, "mcp", "src/mcp/mcp-main.ts", plugins);
  await bundleProgram(folder, "strength", "src/cli/strength-main.ts", plugins);
  await bundleProgram(join(folder, "hooks"), "hook", "src/hooks/hook-main.ts", plugins);
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
}

function takePlace() {
  try {
    renameSync(dist, replaced);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  renameSync(staging, dist);
}
