/**
 * One program as CommonJS, which Node loads in less time than ES modules: `NAME.js`, which holds all that it always needs, and files
 * beside it for what it needs only sometimes.
 *
 * esbuild parts a program into chunks only as ES modules, and finely: every file costs a third of a millisecond. So the chunks are
 * put together anew: those that the entry always loads, and small ones of keepsake's own that several of the others share, become one
 * file; each of the others becomes a file that takes those from it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Above this a shared chunk stays a file of its own. */
const SMALL_BYTES = 3_000;
/** So many parts of a program have to share it. */
const MANY = 8;
const TARGET = { platform: "node", target: "node20", minify: true, legalComments: "none" };
/** `import()` of a file beside. */
const COMMON_JS = {
  ...TARGET,
  format: "cjs",
  supported: { "dynamic-import": false },
  define: { "import.meta.url": "moduleUrl" },
};
const MODULE_URL = 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;';

/**
 * @param {string} folder - of the files that are written
 * @param {string} name - of the program's file
 * @param {string} entry - its source, from the project's root
 * @param {readonly import("esbuild").Plugin[]} plugins
 */
export async function bundleProgram(folder, name, entry, plugins) {
  const { warnings, outputFiles, metafile } = await build({
    ...TARGET,
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: `${name}-[hash]`,
    format: "esm",
    write: false,
    metafile: true,
    legalComments: "linked",
    external: ["argon2", "level", "keytar"],
    // Its other build looks for its own files at run time.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    plugins: [...plugins],
    logLevel: "warning",
  });
  if (warnings.length > 0) throw new Error("the bundles have warnings");
  const chunks = new Map(Object.entries(metafile.outputs).map(([path, chunk]) => [basename(path), chunk]));
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const core = coreOf(`${name}.js`, chunks);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of texts) {
    if (core.includes(file)) continue;
    const written = file.endsWith(".js") ? await partOf(text, `${name}.js`, core) : text;
    writeFileSync(join(folder, file), written);
  }
  writeFileSync(join(folder, `${name}.js`), await joined(`${name}.js`, core, texts));
}

/** What the entry always loads, and small chunks that others share. */
function coreOf(entry, chunks) {
  const importsOf = (file, kind) =>
    (chunks.get(file)?.imports ?? [])
      .filter((each) => each.kind === kind && !each.external)
      .map(({ path }) => basename(path));
  const core = new Set([entry]);
  for (const file of core) for (const needed of importsOf(file, "import-statement")) core.add(needed);
  const externalsOf = (file) =>
    chunks
      .get(file)
      .imports.flatMap(({ path, external, kind }) => (external && kind === "import-statement" ? [path] : []));
  const always = new Set([...core].flatMap(externalsOf));
  const loadersOf = (file) => {
    const direct = [...chunks.keys()].filter((each) => importsOf(each, "import-statement").includes(file));
    return [...direct, ...direct.flatMap(loadersOf)];
  };
  const isShared = (file) => {
    const { entryPoint, bytes, inputs } = chunks.get(file);
    // What Node has built in takes time to load as well.
    if (!externalsOf(file).every((path) => always.has(path))) return false;
    const isOwn = Object.keys(inputs).every((path) => path.startsWith("src/"));
    if (entryPoint !== undefined || !isOwn || bytes > SMALL_BYTES) return false;
    const parts = new Set(loadersOf(file).filter((each) => chunks.get(each).entryPoint !== undefined));
    return parts.size >= MANY;
  };
  const candidates = [...chunks.keys()].filter((file) => file.endsWith(".js") && isShared(file));
  for (let before = -1; before < core.size;) {
    before = core.size;
    for (const file of candidates)
      if (importsOf(file, "import-statement").every((needed) => core.has(needed))) core.add(file);
  }
  return [...core];
}

/** One file of several chunks, which exports what each of them does under its place among them. */
async function joined(entry, core, texts) {
  const others = core.filter((file) => file !== entry);
  const lines = others.map((file) => `export * as c${core.indexOf(file)} from "./${file}";`);
  const { outputFiles } = await build({
    ...COMMON_JS,
    stdin: { contents: [...lines, `import "./${entry}";`].join("\n"), resolveDir: root },
    banner: { js: MODULE_URL },
    bundle: true,
    write: false,
    plugins: [
      {
        name: "chunks",
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /.*/ }, ({ path, kind }) => {
            const file = basename(path);
            const isJoined = path.startsWith("./") && core.includes(file);
            return isJoined && kind !== "entry-point"
              ? { path: file, namespace: "chunk" }
              : { path, external: true };
          });
          onLoad({ filter: /.*/, namespace: "chunk" }, ({ path }) => ({ contents: texts.get(path) }));
        },
      },
    ],
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

async function partOf(text, entry, core) {
  const { code } = await transform(text, {
    ...COMMON_JS,
    banner: text.includes("import.meta.url") ? MODULE_URL : "",
  });
  return core.reduce(
    (written, file, place) => written.replaceAll(`require("./${file}")`, `require("./${entry}").c${place}`),
    code,
  );
}
