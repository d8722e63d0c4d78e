/** Node.js new enough for this package, and a daemon of the same version as this program. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Finding } from "../finding.ts";
import { failure, ok } from "../finding.ts";
import type { Patient } from "../patient.ts";
import { knownStatus } from "../patient.ts";

export async function checkVersions(patient: Patient): Promise<Finding> {
  const { version, engines } = await readPackage(patient.setup.programs.program);
  const node = process.versions.node;
  const least = /\d+(?:\.\d+)*/.exec(engines.node)?.[0] ?? "";
  if (isBelow(node, least)) {
    return failure(`Node.js ${node} is too old: keepsake ${version} takes ${least} or newer`, {
      advice: "install a newer Node.js, then set every host up again",
    });
  }
  const status = await knownStatus(patient);
  const said = `Node.js ${node}, keepsake ${version}`;
  if (status === undefined || status.version === version) {
    return ok(status === undefined ? said : `${said}, the daemon the same`);
  }
  const { frontPid } = status;
  return failure(`the daemon is of version ${status.version}, this program of ${version}`, {
    ...(frontPid !== undefined && { command: `kill ${frontPid}` }),
    advice: "the daemon that starts next is of this version; the vault is locked until it is opened again",
  });
}

interface Package {
  readonly version: string;
  readonly engines: { readonly node: string };
}

async function readPackage(program: string): Promise<Package> {
  const path = join(dirname(dirname(program)), "package.json");
  return JSON.parse(await readFile(path, "utf8")) as Package;
}

function isBelow(version: string, least: string): boolean {
  const [numbers, wanted] = [version, least].map((text) => text.split(".").map(Number));
  for (const [place, number] of (wanted ?? []).entries()) {
    const own = numbers?.[place] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
}
