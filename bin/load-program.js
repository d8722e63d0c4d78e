"use strict";

/**
 * Loads a program of `dist/bundle` with the code that V8 made of it the last time, so that it need not be read and compiled again: a
 * quarter of what a short command costs beyond an empty Node (docs/decisions/059-compiled-code-beside-the-bundle.md).
 *
 * That code lies in the folder of the bundle it was made from, and so only who may write the one may write the other. Where nobody may
 * write, as in a package that the machine's owner installed, programs are compiled each time.
 */
const {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} = require("node:fs");
const { basename, dirname, join, resolve } = require("node:path");
const { Script } = require("node:vm");

const BUNDLE = join(dirname(__dirname), "dist", "bundle");
/** A version of Node.js takes only what it made itself. */
const COMPILED = join(BUNDLE, "compiled", `${process.version}-${process.arch}`);

/**
 * @param {string} entry - path of its file, from the bundle's folder
 * @param {string} run - what it is run for; of two kinds of run, each needs other functions of the same files
 */
exports.loadProgram = (entry, run) => {
  /** Each file of the program that was loaded, by its path. */
  const loaded = new Map();
  /** What was compiled here, by where it is to be kept. */
  const fresh = new Map();
  process.once("exit", (status) => {
    if (status === 0) keep(join(COMPILED, run), fresh);
  });

  function load(path) {
    const before = loaded.get(path);
    if (before !== undefined) return before.exports;
    const source = sourceAt(path);
    // It says what is missing, as Node does.
    if (source === undefined) return require(path);
    const module = { exports: {} };
    loaded.set(path, module);
    const place = join(COMPILED, run, `${basename(path)}-${source.version}`);
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) {${source.text}\n})`,
      {
        filename: path,
        cachedData: compiledAt(place),
      },
    );
    // What is there and does not fit was made with other options of V8, which may come again.
    if (script.cachedDataRejected === undefined) fresh.set(place, script);
    const folder = dirname(path);
    const requireFrom = (wanted) =>
      wanted.startsWith(".") ? load(resolve(folder, wanted)) : require(wanted);
    script.runInThisContext()(module.exports, requireFrom, module, path, folder);
    return module.exports;
  }
  load(join(BUNDLE, entry));
};

/** The text of a file, and what tells it from another of the same length, which is all that V8 looks at. */
function sourceAt(path) {
  let file;
  try {
    file = openSync(path, "r");
    // An archive gives its files a time of its own: what was put in the place of another has another time of change.
    const { ctimeMs, mtimeMs, size } = fstatSync(file);
    const version = `${Math.floor(mtimeMs)}-${Math.floor(ctimeMs)}-${size}`;
    return { text: readFileSync(file, "utf8"), version };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** V8 runs damaged code without a look at it, so each file holds it twice: what is not twice the same is not whole. */
function compiledAt(place) {
  let both;
  try {
    both = readFileSync(place);
  } catch {
    return undefined;
  }
  const one = both.subarray(0, both.length / 2);
  return both.length > 0 && one.equals(both.subarray(both.length / 2)) ? one : undefined;
}

/** For nobody else to write, whatever the umask. Not being able to is no failure: the next run compiles as this one did. */
function keep(folder, scripts) {
  try {
    if (scripts.size > 0) mkdirSync(folder, { recursive: true, mode: 0o755 });
    for (const [place, script] of scripts) write(place, script.createCachedData());
  } catch {
    // A folder that nobody may write, or a full disk.
  }
}

/** Whole or not at all, also when the power goes. */
function write(place, compiled) {
  const beside = `${place}.${process.pid}`;
  const file = openSync(beside, "wx", 0o644);
  try {
    writeSync(file, Buffer.concat([compiled, compiled]));
    fsyncSync(file);
    renameSync(beside, place);
  } catch (error) {
    unlinkSync(beside);
    throw error;
  } finally {
    closeSync(file);
  }
}
