/** Sources of `src` as they are, in the process that builds. */
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/**
 * @param {string} root - the project's folder
 * @param {readonly string[]} exported - statements that export what is wanted, with paths from the root
 * @returns {Promise<Record<string, any>>}
 */
export async function loadSources(root, exported) {
  const folder = join(root, "node_modules", ".cache", "keepsake");
  const outfile = join(folder, `sources-${randomBytes(6).toString("hex")}.mjs`);
  mkdirSync(folder, { recursive: true });
  try {
    await build({
      absWorkingDir: root,
      stdin: { contents: exported.join("\n"), resolveDir: root, loader: "ts" },
      outfile,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      logLevel: "warning",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}
