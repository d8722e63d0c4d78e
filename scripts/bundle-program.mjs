/**
 * One program as CommonJS, which Node loads in less time than ES modules: `NAME.js`, which holds all that it always needs, and files
 * beside it for what it needs only sometimes.
 *
 * esbuild parts a program into chunks only as ES modules, and finely: every file costs a third of a millisecond. So the chunks are
 * put together anew: those that the entry always loads or most runs need, and small ones of keepsake's own that several of the others
 * share, become one file; each of the others becomes a file that takes those from it.
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
  define: { "import.meta": "moduleMeta" },
};
/** Most runs do not ask for it. */
const MODULE_META =
  'const moduleMeta = { get url() { return require("node:url").pathToFileURL(__filename).href; } };';

/**
 * @param {string} folder - of the files that are written
 * @param {string} name - of the program's file
 * @param {string} entry - its source, from the project's root
 * @param {readonly import("esbuild").Plugin[]} plugins
 * @param {readonly string[]} often - what is imported when it is needed, which is so in most runs: it is in the program's own file
 */
export async function bundleProgram(folder, name, entry, plugins, often = []) {
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
  const core = coreOf(`${name}.js`, chunks, often);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of texts) {
    if (core.includes(file)) continue;
    const written = file.endsWith(".js") ? await partOf(text, `${name}.js`, core) : text;
    writeFileSync(join(folder, file), written);
  }
  writeFileSync(join(folder, `${name}.js`), await joined(`${name}.js`, core, texts));
}

/** What the entry always loads, what most runs need, and small chunks that others share. */
function coreOf(entry, chunks, often) {
  const importsOf = (file) =>
    (chunks.get(file)?.imports ?? [])
      .filter(({ kind, external }) => kind === "import-statement" && !external)
      .map(({ path }) => basename(path));
  const beginningWith = (source) => {
    const file = [...chunks.keys()].find((each) => chunks.get(each).entryPoint === source);
    if (file === undefined) throw new Error(`no part of the program begins with ${source}`);
    return file;
  };
  const core = new Set([entry, ...often.map(beginningWith)]);
  for (const file of core) for (const needed of importsOf(file)) core.add(needed);
  const loadersOf = (file) => {
    const direct = [...chunks.keys()].filter((each) => importsOf(each).includes(file));
    return [...direct, ...direct.flatMap(loadersOf)];
  };
  const isShared = (file) => {
    const { entryPoint, bytes, inputs } = chunks.get(file);
    const isOwn = Object.keys(inputs).every((path) => path.startsWith("src/"));
    if (entryPoint !== undefined || !isOwn || bytes > SMALL_BYTES) return false;
    const parts = new Set(loadersOf(file).filter((each) => chunks.get(each).entryPoint !== undefined));
    return parts.size >= MANY;
  };
  const candidates = [...chunks.keys()].filter((file) => file.endsWith(".js") && isShared(file));
  for (let before = -1; before < core.size;) {
    before = core.size;
    for (const file of candidates) if (importsOf(file).every((needed) => core.has(needed))) core.add(file);
  }
  return [...core];
}

/**
 * One file of several chunks, which exports what each of them does under its place among them. A chunk that is not the entry's runs when it
 * is first needed, and so what nothing needs takes no time.
 */
async function joined(entry, core, texts) {
  const lines = core.map(
    (file, place) => `Object.defineProperty(exports, "c${place}", { get: () => require("./${file}") });`,
  );
  const { outputFiles } = await build({
    ...COMMON_JS,
    minify: false,
    stdin: { contents: [...lines, `require("./${entry}");`].join("\n"), resolveDir: root },
    banner: { js: MODULE_META },
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
  const { code } = await transform(exportedLate(outputFiles[0].text), { ...COMMON_JS, minify: true });
  // One letter beyond them, and Node holds each of the file's letters in two bytes and looks at every one.
  const [beyond] = /.{0,40}[^\0-\x7f]/u.exec(code) ?? [];
  if (beyond !== undefined)
    throw new Error(`${entry} is to be ASCII alone, with \\u… in patterns: ${beyond}`);
  return code;
}

/** esbuild makes an object of what each chunk exports, with a getter for each name. Here it is made when something asks for it. */
function exportedLate(text) {
  const names = [];
  const late = text.replaceAll(
    /^var (\w+_exports) = \{\};\n__export\(\1, (\{$[^]*?^\})\);$/gmu,
    (_whole, name, getters) => {
      names.push(name);
      return `var made_${name}; const all_${name} = () => { if (made_${name} === void 0) __export(made_${name} = {}, ${getters}); return made_${name}; };`;
    },
  );
  if (late.replaceAll(/^var __export = /gmu, "").includes("\n__export("))
    throw new Error("an export is made early");
  return names.reduce(
    (done, name) => done.replaceAll(new RegExp(`\\b${name}\\b`, "gu"), `all_${name}()`),
    late,
  );
}

async function partOf(text, entry, core) {
  const { code } = await transform(text, {
    ...COMMON_JS,
    banner: text.includes("import.meta") ? MODULE_META : "",
  });
  return core.reduce(
    (written, file, place) => written.replaceAll(`require("./${file}")`, `require("./${entry}").c${place}`),
    code,
  );
}
