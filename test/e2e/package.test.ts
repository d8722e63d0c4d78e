/**
 * The package as a stranger has it: made by `npm run release`, installed with npm alone into a bare prefix, on each Node.js that is
 * supported, and its quickstart run from there.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { nodeOfVersion } from "../support/other-nodes.ts";
import {
  PASSPHRASE,
  PROJECT_ROOT,
  ThrowAwayHome,
  expectSuccess,
  killQuietly,
} from "../support/throw-away-home.ts";

const INSTALL_MS = 600_000;
const MAX_TARBALL_BYTES = 3_000_000;
/** Everything that a package may hold. */
const HELD = [
  /^package\.json$/,
  /^(?:README|SECURITY|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^THIRD-PARTY-NOTICES\.md$/,
  /^bin\/(?:keepsake|keepsaked|keepsake-mcp|load-program|not-built)\.js$/,
  /^(?:bin|dist\/bundle)\/package\.json$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^dist\/[a-z]+(?:\/[a-z0-9-]+)+\.js$/,
  /^dist\/bundle\/(?:[a-z]+\/)?[A-Za-z0-9-]+\.js(?:\.LEGAL\.txt)?$/,
  /^docs\/(?:decisions\/)?[A-Za-z0-9-]+\.(?:md|svg)$/,
  /^scripts\/quickstart\.mjs$/,
  /^scripts\/quickstart\/[a-z-]+\.mjs$/,
  /^test\/fixtures\/claude-code\/lantern\.jsonl$/,
];
/** Without any of these it is not whole. */
const NEEDED = [
  "package.json",
  "LICENSE",
  "README.md",
  // They say that the programs are CommonJS.
  "bin/package.json",
  "dist/bundle/package.json",
  "bin/keepsake.js",
  "bin/keepsaked.js",
  "bin/load-program.js",
  "bin/keepsake-mcp.js",
  "dist/daemon/daemon-main.js",
  "dist/bundle/cli.js",
  "dist/bundle/mcp.js",
  "dist/bundle/strength.js",
  "dist/bundle/hooks/hook.js",
  "dist/keys/keychain-main.js",
  "dist/THIRD-PARTY-NOTICES.txt",
  "scripts/quickstart.mjs",
];

let folder: string;
let tarball: string;
let npm: string;
const made = (name: string) => join(folder, "release", name);

beforeAll(() => {
  folder = mkdtempSync("/var/tmp/ks-");
  expect(release("release").status).toBe(0);
  tarball = made(readdirSync(join(folder, "release")).find((each) => each.endsWith(".tgz")) ?? "");
  npm = join(
    spawnSync("npm", ["root", "-g"], { encoding: "utf8" }).stdout.trim(),
    "npm",
    "bin",
    "npm-cli.js",
  );
}, INSTALL_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }), INSTALL_MS);

/** The tests run on a built tree. */
function release(name: string, ...more: readonly string[]) {
  const args = [
    join(PROJECT_ROOT, "scripts", "release-parts.mjs"),
    "--no-build",
    "--out",
    join(folder, name),
    ...more,
  ];
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

/** As the README writes it, from the folder that `release` is in: npm takes `a/b` for a place on GitHub. */
function archiveOfReadme(): string {
  const readme = readFileSync(join(PROJECT_ROOT, "README.md"), "utf8");
  const archive = /^npm install -g --ignore-scripts (\S+)$/m.exec(readme)?.[1] ?? "";
  expect(join(folder, archive)).toBe(tarball);
  return archive;
}

function filesIn(archive: string): readonly string[] {
  const listed = spawnSync("tar", ["-tzf", archive], { encoding: "utf8" }).stdout;
  return listed
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/^package\//, ""));
}

/** @returns the folder of the package; npm runs on the Node.js that is to run it, in a home of its own */
function install(node: string, prefix: string, archive: string): string {
  const cache = spawnSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).stdout.trim();
  const args = [npm, "install", "-g", "--ignore-scripts", "--prefer-offline", "--prefix", prefix, archive];
  const env = {
    ...process.env,
    HOME: folder,
    npm_config_cache: cache,
    PATH: `${dirname(node)}:${process.env["PATH"]}`,
  };
  const ran = spawnSync(node, args, { cwd: folder, env, encoding: "utf8" });
  expect(ran.status, ran.stderr).toBe(0);
  return join(prefix, "lib", "node_modules", "keepsake");
}

describe("a release", () => {
  it("holds what it needs and nothing else, and is small", () => {
    const files = filesIn(tarball);
    expect(files.filter((file) => !HELD.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(NEEDED.filter((file) => !files.includes(file))).toEqual([]);
    expect(statSync(tarball).size).toBeLessThan(MAX_TARBALL_BYTES);
  });

  it("is the same bytes twice, and its bills name the tarball that they are of", () => {
    expect(release("again").status).toBe(0);
    for (const name of readdirSync(join(folder, "release")))
      expect(readFileSync(join(folder, "again", name)).equals(readFileSync(made(name))), name).toBe(true);
    const sums = readFileSync(made("SHA256SUMS"), "utf8");
    const digest = /^(\w{64}) {2}keepsake-[\d.]+\.tgz$/m.exec(sums)?.[1] ?? "none";
    expect(spawnSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: join(folder, "release") }).status).toBe(0);
    const bills = readdirSync(join(folder, "release")).filter((name) => name.endsWith(".json"));
    expect(bills).toHaveLength(2);
    for (const bill of bills) {
      const text = readFileSync(made(bill), "utf8");
      expect(text).toContain(digest);
      expect(text).toContain("argon2");
      expect(text).not.toContain("vitest");
    }
  });

  it("is refused under another tag than its version", () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, "package.json"), "utf8")) as {
      version: string;
    };
    expect(release("tagged", "--tag", `v${version}`).status).toBe(0);
    expect(release("wrong", "--tag", `v${version}.1`)).toMatchObject({ status: 1 });
    expect(existsSync(join(folder, "wrong"))).toBe(false);
  });

  it("is made by a workflow that runs this, with actions pinned by commit", () => {
    const text = readFileSync(join(PROJECT_ROOT, ".github/workflows/release.yml"), "utf8");
    type Job = { readonly steps: readonly { readonly uses?: string; readonly run?: string }[] };
    const { jobs } = parse(text) as { readonly jobs: Readonly<Record<string, Job>> };
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    for (const { uses } of steps)
      if (uses !== undefined) expect(uses).toMatch(/^[a-z-]+\/[a-z-]+@[0-9a-f]{40}$/);
    const runs = steps.flatMap(({ run }) => run ?? []);
    expect(runs[0]).toBe(".ci/run");
    expect(readFileSync(join(PROJECT_ROOT, ".ci/run"), "utf8")).toMatch(/^npm test$/m);
    expect(runs).toContain('node scripts/release-parts.mjs --tag "$GITHUB_REF_NAME"');
  });
});

describe.each([20, 22, 24])("the package on Node.js %i", (major) => {
  it("installs without scripts and passes its quickstart from there", { timeout: INSTALL_MS }, (context) => {
    const found = nodeOfVersion(major);
    if ("why" in found) context.skip(found.why);
    const node = "node" in found ? found.node : "";
    const prefix = join(folder, `prefix-${major}`);
    const root = install(node, prefix, archiveOfReadme());
    // What is optional may be missing; npm itself installs it here whatever it is told to omit.
    if (major === 22) rmSync(join(root, "node_modules", "keytar"), { recursive: true });
    const env = { PATH: `${dirname(node)}:/usr/bin:/bin`, HOME: folder };
    const ran = spawnSync(node, [join(root, "scripts", "quickstart.mjs")], {
      cwd: "/",
      env,
      encoding: "utf8",
    });
    expect(ran.status, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toContain("All of it worked");
    const version = spawnSync(join(prefix, "bin", "keepsake"), ["--version"], { env, encoding: "utf8" });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    rmSync(prefix, { recursive: true });
  });
});

it(
  "an installed keepsake names itself to hosts and to the service, and may be replaced under a daemon that runs",
  { timeout: INSTALL_MS },
  async () => {
    const prefix = join(folder, "prefix-own");
    const root = install(process.execPath, prefix, tarball);
    const home = new ThrowAwayHome();
    try {
      const env = { ...home.env, PATH: `${join(prefix, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin` };
      const keepsake = (args: readonly string[], input = "") => {
        const { status, stdout, stderr } = spawnSync("keepsake", args, {
          cwd: home.folder,
          env,
          input,
          encoding: "utf8",
        });
        return { code: status, stdout, stderr };
      };
      expectSuccess(keepsake(["init", "--passphrase-fd", "0"], PASSPHRASE));
      expectSuccess(keepsake(["setup", "cursor", "--yes", "--no-import"]));
      const launcher = readFileSync(join(home.places.config, "bin", "keepsake"), "utf8");
      expect(launcher).toContain(join(root, "bin", "keepsake.js"));
      expect(expectSuccess(keepsake(["service", "install", "--dry-run"]))).toContain(
        join(root, "bin", "keepsaked.js"),
      );
      const [id = ""] = expectSuccess(keepsake(["save", "The buoy at Skarvik is green."])).split("\n");

      // The same package under the next version.
      const next = join(folder, "next");
      spawnSync("mkdir", ["-p", next]);
      spawnSync("tar", ["-xzf", tarball, "-C", next]);
      const manifest = join(next, "package", "package.json");
      const text = readFileSync(manifest, "utf8");
      writeFileSync(manifest, text.replace(/"version": "[^"]*"/, '"version": "9.9.9"'));
      const front = home.frontId();
      spawnSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: join(next, "package") });
      install(process.execPath, prefix, join(folder, "keepsake-9.9.9.tgz"));

      expect(expectSuccess(keepsake(["--version"]))).toBe("9.9.9\n");
      expect(expectSuccess(keepsake(["get", id]))).toContain("green");
      expect(home.frontId()).toBe(front);
      const examined = keepsake(["doctor", "--json"]);
      expect(examined.stdout).toContain(`version 0.1.0, this program of 9.9.9","command":"kill ${front}"`);
      killQuietly(front, "SIGTERM");
      expectSuccess(keepsake(["unlock", "--passphrase-fd", "0"], PASSPHRASE));
      expect(expectSuccess(keepsake(["get", id]))).toContain("green");
      expect(JSON.parse(expectSuccess(keepsake(["status", "--json"])))).toMatchObject({ version: "9.9.9" });
    } finally {
      await home.remove();
    }
  },
);
