/**
 * The licences of the packages that the bundles carry parts of: of everything that an installation has, which is a little more.
 * Taken from the lockfile and the packages themselves.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i;

/** @param {string} root - of the repository, with its packages installed */
export function thirdPartyNotices(root) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const parts = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true)
    .map(([path, { version, license, name }]) => ({
      name: name ?? path.replace(/^.*node_modules\//, ""),
      version,
      license,
      texts: licencesIn(join(root, path)),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, version, license = "see its text", texts }) =>
        `${name} ${version} (${license})\n\n${texts.join("\n\n")}`,
    );
  return `keepsake carries parts of these packages, each under its own licence.\n\n${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

/** Of an optional package that is not installed here there is none. */
function licencesIn(folder) {
  let names = [];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => LICENCE_FILE.test(name))
    .toSorted()
    .map((name) => readFileSync(join(folder, name), "utf8").trim());
}
