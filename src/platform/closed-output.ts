/**
 * Tells a standard output that was closed (`>&-`). Node opens `/dev/null` for reading and writing in the place of a standard
 * descriptor that it finds closed, and what is written goes there without an error.
 *
 * So do programs that throw the output of what they start away, and that is nobody's failure. Shells open it for writing alone
 * (`>/dev/null`): under a shell whose own output goes elsewhere, one that is open for both was closed. Where there is no
 * `/proc`, or something else than a shell started this process, it is not told.
 */
import { fstatSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";

const STANDARD_OUTPUT = 1;
const NULL_DEVICE = "/dev/null";
/** Low bits of `flags` of `/proc/<pid>/fdinfo`, in octal. */
const ACCESS_MODE = 0o3;
const READ_WRITE = 0o2;
const SHELLS = new Set(["sh", "ash", "bash", "busybox", "dash", "fish", "ksh", "mksh", "zsh"]);

export function isOutputClosed(parent: number = process.ppid): boolean {
  try {
    const nullDevice = statSync(NULL_DEVICE).rdev;
    if (fstatSync(STANDARD_OUTPUT).rdev !== nullDevice || accessMode("self") !== READ_WRITE) return false;
    const shell = basename(readFileSync(`/proc/${parent}/comm`, "utf8").trim());
    return SHELLS.has(shell) && !isDiscarding(parent, nullDevice);
  } catch {
    return false;
  }
}

/** Whether the process's own output is thrown away like that. */
function isDiscarding(pid: number, nullDevice: number): boolean {
  const output = statSync(`/proc/${pid}/fd/${STANDARD_OUTPUT}`, { throwIfNoEntry: false });
  return output?.rdev === nullDevice && accessMode(pid) === READ_WRITE;
}

function accessMode(pid: number | "self"): number {
  const text = readFileSync(`/proc/${pid}/fdinfo/${STANDARD_OUTPUT}`, "utf8");
  return Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(text)?.[1] ?? "0", 8) & ACCESS_MODE;
}

/** What stands in for it: every write fails as one to a closed descriptor does. */
export const CLOSED_OUTPUT = {
  write: (_text: string | Uint8Array, done: (error?: Error | null) => void): void => {
    done(Object.assign(new Error("standard output is closed"), { code: "EBADF" }));
  },
};
