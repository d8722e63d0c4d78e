import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const PROGRAMS = {
  keepsake: "dist/bundle/cli.js",
  "keepsake-mcp": "dist/bundle/mcp.js",
  keepsaked: "dist/daemon/daemon-main.js",
} as const;
const NAMES = Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[];
let copy: string;

/** A clone as it is before anything was installed or built. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "keepsake-clone-"));
  cpSync(fileURLToPath(new URL("../../bin", import.meta.url)), join(copy, "bin"), { recursive: true });
  writeFileSync(join(copy, "package.json"), '{"type":"module"}');
});

afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

function build(name: keyof typeof PROGRAMS, program: string): void {
  const path = join(copy, PROGRAMS[name]);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, program);
  if (name !== "keepsaked") writeFileSync(join(dirname(path), "package.json"), '{"type":"commonjs"}');
}

function run(name: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(copy, "bin", `${name}.js`), ...words],
    {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    },
  );
  return { status, stdout, stderr };
}

const TOLD = {
  status: 1,
  stdout: "",
  stderr:
    "keepsake: error: this copy of keepsake is not built, or its packages are not installed\n" +
    'keepsake: hint: run "npm ci --ignore-scripts && npm run build" in its folder\n',
};

describe("a program of a copy that is not ready", () => {
  it.each(NAMES)("%s says what to do when there is no build", (name) => {
    expect(run(name)).toEqual(TOLD);
  });

  it.each(NAMES)("%s says what to do when packages are missing", (name) => {
    const isModule = name === "keepsaked";
    build(
      name,
      isModule ? 'import "a-package-that-is-not-there";\n' : 'require("a-package-that-is-not-there");\n',
    );
    expect(run(name)).toEqual(TOLD);
  });

  it.each(NAMES)("%s hides no other fault", (name) => {
    build(name, 'throw new Error("another fault");\n');
    const { status, stderr } = run(name);
    expect(status).toBe(1);
    expect(stderr).toContain("another fault");
    expect(stderr).not.toContain("npm ci");
  });

  it.each(NAMES)("%s runs, and hears its own words, once it is built", (name) => {
    build(name, "process.stdout.write(process.argv[2]);\n");
    expect(run(name, "word")).toEqual({ status: 0, stdout: "word", stderr: "" });
  });

  it("keepsake mcp says it as well", () => {
    expect(run("keepsake", "mcp")).toEqual(TOLD);
  });
});
