/** Files that keepsake began to write and never put in place, as a crash leaves them. */
import { lstat, readdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { counted } from "../../base/shown-values.ts";
import { TEMPORARY_NAME } from "../../platform/temporary-file.ts";
import type { Places } from "../../platform/places.ts";
import { launcherPath } from "../../setup/launcher.ts";
import type { Finding } from "../finding.ts";
import { ok, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";

/** Nothing takes as long to be written. */
const OLD_MS = 3_600_000;

export async function checkLeftovers({ setup, clock }: Patient): Promise<Finding> {
  const paths = await leftovers(setup.places, clock.now());
  if (paths.length === 0) return ok("no file that a crash left");
  const remove = async () => {
    for (const path of paths) await unlink(path);
  };
  return warning(`${counted(paths.length, "file")} that a crash left`, {
    command: "keepsake doctor --fix",
    fix: { run: remove },
  });
}

/** The vault's folder is the daemon's to tidy. */
async function leftovers(places: Places, now: number): Promise<readonly string[]> {
  const { config, clients, state } = places;
  const paths: string[] = [];
  for (const folder of [config, dirname(launcherPath(places)), clients, state, join(state, "setup")]) {
    const names = await readdir(folder).catch(() => []);
    for (const path of names.filter((name) => TEMPORARY_NAME.test(name)).map((name) => join(folder, name))) {
      const found = await lstat(path).catch(() => undefined);
      if (found?.isFile() !== true || found.uid !== process.getuid?.()) continue;
      if (now - found.mtimeMs > OLD_MS) paths.push(path);
    }
  }
  return paths;
}
