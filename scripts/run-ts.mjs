/**
 * Runs a TypeScript script, which Node 20 cannot: bundles it with esbuild into `node_modules/.cache` (packages stay
 * outside), then imports it. Every module keeps its own `import.meta.url`, so paths relative to the sources hold.
 *
 *     node scripts/run-ts.mjs scripts/name.ts [arguments]
 */
import { readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const [script, ...rest] = process.argv.slice(2);
if (script === undefined) throw new Error("usage: node scripts/run-ts.mjs <script.ts> [arguments]");

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outfile = join(root, "node_modules", ".cache", "keepsake", `script-${process.pid}.mjs`);
process.once("exit", () => rmSync(outfile, { force: true }));

const ownUrls = {
  name: "own-urls",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: path.endsWith(".ts") ? "ts" : "js",
    }));
  },
};
await build({
  entryPoints: [resolve(script)],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  logLevel: "error",
  plugins: [ownUrls],
});
process.argv = [process.argv[0] ?? "node", resolve(script), ...rest];
await import(pathToFileURL(outfile).href);
