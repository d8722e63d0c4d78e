/** Whether there is room where the vault is, and whether it may be written to. */
import { lstat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { readOnlyPlaces } from "../../platform/read-only-disk.ts";
import type { Finding } from "../finding.ts";
import { failure, ok, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";

/** Less is as good as full: a purge or a checkpoint fails. */
const FULL_BYTES = 32 << 20;
const LOW_BYTES = 256 << 20;
const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

export async function checkDisk({ setup }: Patient): Promise<Finding> {
  const { places } = setup;
  const folder = await firstThere(places.vault);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const said = `${formatBytes(free)} free at ${folder}`;
  if ((await readOnlyPlaces(places)) !== undefined) {
    return failure(`${places.vault} may not be written to: the vault can be read, and takes in nothing`, {
      advice: "make its disk or folder writable for you",
    });
  }
  if (free < FULL_BYTES) return failure(said, { advice: "make room on that disk" });
  return free < LOW_BYTES ? warning(said, { advice: "make room on that disk" }) : ok(said);
}

async function firstThere(path: string): Promise<string> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  return isThere || path === dirname(path) ? path : firstThere(dirname(path));
}

function formatBytes(bytes: number): string {
  let [size, unit] = [bytes / 1024, 0];
  for (; size >= 1024 && unit < UNITS.length - 1; unit += 1) size /= 1024;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit] ?? ""}`;
}
