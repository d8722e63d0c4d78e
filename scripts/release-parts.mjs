/**
 * `npm run release`: all that a release consists of, into `release/`: the tarball that npm installs, what is in it as two bills of
 * materials (CycloneDX and SPDX), and the SHA-256 of each. The same tree gives the same bytes.
 *
 *   node scripts/release-parts.mjs [--out FOLDER] [--tag vX.Y.Z] [--no-build]
 *
 * With --tag it fails unless that is the version of package.json. Publishing is the workflow's: .github/workflows/release.yml.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: { out: { type: "string" }, tag: { type: "string" }, "no-build": { type: "boolean" } },
});
const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
if (values.tag !== undefined && values.tag !== `v${version}`) {
  console.error(`the tag ${values.tag} is not the version: v${version}`);
  process.exit(1);
}

const out = values.out ?? join(root, "release");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

if (values["no-build"] !== true) run(process.execPath, [join(root, "scripts", "build.mjs")]);
run("npm", ["pack", "--silent", "--pack-destination", out]);
const tarball = `${name}-${version}.tgz`;
const digest = sha256(tarball);
const sbom = (format) =>
  JSON.parse(run("npm", ["sbom", "--package-lock-only", "--omit=dev", `--sbom-format=${format}`]));
write(`${name}-${version}.cdx.json`, boundCycloneDx(sbom("cyclonedx")));
write(`${name}-${version}.spdx.json`, boundSpdx(sbom("spdx")));
const parts = [tarball, `${name}-${version}.cdx.json`, `${name}-${version}.spdx.json`];
writeFileSync(join(out, "SHA256SUMS"), parts.map((part) => `${sha256(part)}  ${part}\n`).join(""));
for (const part of [...parts, "SHA256SUMS"]) console.log(join(out, part));

/** npm gives each bill a time, a number and the folder's name: here it is bound to the tarball that it is of. */
function boundCycloneDx(bill) {
  const { component, ...metadata } = bill.metadata;
  delete bill.serialNumber;
  delete metadata.timestamp;
  const hashes = [{ alg: "SHA-256", content: digest }];
  return { ...bill, metadata: { ...metadata, component: { ...component, name, hashes } } };
}

function boundSpdx(bill) {
  const creationInfo = { ...bill.creationInfo, created: committedAt() };
  const documentNamespace = `http://spdx.org/spdxdocs/${name}-${version}-${digest}`;
  return { ...bill, creationInfo, documentNamespace };
}

/** SPDX wants a time: that of the commit, or what SOURCE_DATE_EPOCH says. */
function committedAt() {
  const given = process.env.SOURCE_DATE_EPOCH ?? "";
  const told =
    given === ""
      ? spawnSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).stdout
      : given;
  return new Date(Number(told || 0) * 1_000).toISOString().replace(/\.\d+/, "");
}

function write(part, bill) {
  writeFileSync(join(out, part), `${JSON.stringify(bill, null, 2)}\n`);
}

function sha256(part) {
  return createHash("sha256")
    .update(readFileSync(join(out, part)))
    .digest("hex");
}

function run(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`);
  return stdout;
}
