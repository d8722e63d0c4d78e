import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** V8 takes no code that was made of a source of another length; these two are of the same. */
const SAYS_ONE = 'exports.say = () => process.stdout.write("one " + process.argv[2] + "\\n");\n';
const SAYS_TWO = SAYS_ONE.replace("one", "two");
const PROGRAM =
  'const { say } = require("./part.js");\nif (process.argv[3] === "fail") process.exit(3);\nsay();\n';

let copy: string;
const bundle = () => join(copy, "dist", "bundle");
const compiled = () => join(bundle(), "compiled");

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "keepsake-compiled-"));
  cpSync(fileURLToPath(new URL("../../bin", import.meta.url)), join(copy, "bin"), { recursive: true });
  mkdirSync(bundle(), { recursive: true });
  writeFileSync(join(copy, "package.json"), "{}");
  write("cli.js", PROGRAM);
  write("part.js", SAYS_ONE);
});

afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** @param at - seconds since 1970 */
function write(name: string, text: string, at = 1_000_000): void {
  writeFileSync(join(bundle(), name), text);
  utimesSync(join(bundle(), name), at, at);
}

function run(...words: string[]) {
  return runWith([], ...words);
}

function runWith(options: readonly string[], ...words: string[]) {
  const program = join(copy, "bin", "keepsake.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, program, ...words], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  expect(stderr).toBe("");
  return { status, stdout };
}

function kept(): readonly string[] {
  if (!existsSync(compiled())) return [];
  return readdirSync(compiled(), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .toSorted();
}

const keptFor = (part: string) => kept().find((path) => path.includes(`/${part}-`)) ?? "";

describe("compiled code beside the bundle", () => {
  it("is kept by the first run that ends well, for each kind of run and each file, and taken by the next", () => {
    expect(run("status")).toEqual({ status: 0, stdout: "one status\n" });
    const first = kept();
    expect(first).toHaveLength(2);
    for (const path of first) expect(path).toContain(`/compiled/${process.version}-${process.arch}/status/`);
    const made = first.map((path) => statSync(path).mtimeMs);
    expect(run("status")).toEqual({ status: 0, stdout: "one status\n" });
    expect(kept().map((path) => statSync(path).mtimeMs)).toEqual(made);
    run("search");
    expect(kept()).toHaveLength(4);
  });

  it("is what runs", () => {
    write("part.js", SAYS_TWO);
    run("status");
    const ofTwo = keptFor("part.js");
    write("part.js", SAYS_ONE);
    const { ctimeMs, mtimeMs, size } = statSync(join(bundle(), "part.js"));
    // In the place of what would be made of the first: nobody but this test puts it there.
    const place = `part.js-${Math.floor(mtimeMs)}-${Math.floor(ctimeMs)}-${size}`;
    renameSync(ofTwo, join(ofTwo, "..", place));
    expect(run("status").stdout).toBe("two status\n");
  });

  it.each([
    ["of another time", 2_000_000],
    ["of the same time, as archives give it", 1_000_000],
  ])("is not taken for another text of the same length, %s", (_, at) => {
    run("status");
    write("part.js", SAYS_TWO, at);
    expect(run("status").stdout).toBe("two status\n");
    expect(run("status").stdout).toBe("two status\n");
  });

  it.each([
    ["of which a bit is another", (bytes: Buffer) => bytes.fill(bytes[700]! ^ 1, 700, 701)],
    ["that is cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
    ["of which nothing is left", () => Buffer.alloc(0)],
  ])("%s is made again", (_, damage) => {
    run("status");
    const path = keptFor("part.js");
    const whole = readFileSync(path);
    writeFileSync(path, damage(Buffer.from(whole)));
    expect(run("status")).toEqual({ status: 0, stdout: "one status\n" });
    const made = readFileSync(path);
    expect(made).toHaveLength(whole.length);
    expect(made.subarray(0, made.length / 2)).toEqual(made.subarray(made.length / 2));
    expect(run("status")).toEqual({ status: 0, stdout: "one status\n" });
  });

  it("that does not fit the options of V8 is left for those that it fits", () => {
    run("status");
    const before = kept().map((path) => readFileSync(path));
    expect(runWith(["--no-opt", "--stack-size=900"], "status")).toEqual({
      status: 0,
      stdout: "one status\n",
    });
    expect(kept().map((path) => readFileSync(path))).toEqual(before);
  });

  it("can be written by nobody else, whatever the umask", () => {
    const line = `umask 0; exec "${process.execPath}" "${join(copy, "bin", "keepsake.js")}" status`;
    expect(spawnSync("sh", ["-c", line]).status).toBe(0);
    const made = readdirSync(compiled(), { recursive: true }).map((name) => join(compiled(), String(name)));
    expect(made).toHaveLength(4);
    for (const path of [compiled(), ...made]) expect([path, statSync(path).mode & 0o022]).toEqual([path, 0]);
  });

  it("is not kept by a run that fails", () => {
    expect(run("status", "fail").status).toBe(3);
    expect(kept()).toEqual([]);
  });

  it("never has what was typed in its name", () => {
    run("my-private-words", "more-of-them");
    expect(kept()).toHaveLength(2);
    for (const path of kept()) expect(path).toContain("/other/");
  });

  it("is done without where nothing can be written", () => {
    writeFileSync(compiled(), "no folder");
    for (let time = 0; time < 2; time += 1)
      expect(run("status")).toEqual({ status: 0, stdout: "one status\n" });
    expect(readdirSync(bundle()).toSorted()).toEqual(["cli.js", "compiled", "part.js"]);
  });
});
