/** Looks through the whole memory of a process for secrets that should be gone. Linux, and the right to read /proc/PID/mem. */
import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { expect, onTestFinished, test } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const isReadable = canReadMemory();
if (!isReadable) console.warn("SKIPPED: the memory of another process cannot be read here");

test.skipIf(!isReadable)(
  "leaves no copy of a passphrase or recovery key while open, and of no key once wiped",
  { timeout: 60_000 },
  async () => {
    const probe = startProbe();
    const lines = createInterface(probe.stdout)[Symbol.asyncIterator]();
    const disguised: Record<string, string> = JSON.parse((await lines.next()).value);
    const open = copiesOf(disguised, probe.pid!);
    probe.stdin.write("go on\n");
    expect((await lines.next()).value).toBe("wiped");
    const wiped = copiesOf(disguised, probe.pid!);
    probe.stdin.write("go on\n");
    await once(probe, "exit");

    const gone = { passphrase: 0, "recovery key": 0, "printed recovery key": 0 };
    expect(open).toEqual({ ...gone, "master key": 1, "data key": 1, "identity key": 1 });
    expect(wiped).toEqual({ ...gone, "master key": 0, "data key": 0, "identity key": 0 });
  },
);

function startProbe(): ChildProcessByStdio<Writable, Readable, null> {
  const outfile = join(here, "..", "..", "node_modules", ".cache", `keepsake-memory-${process.pid}.mjs`);
  buildSync({
    entryPoints: [join(here, "memory-probe.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  const probe = spawn(process.execPath, [outfile], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => {
    probe.kill("SIGKILL");
    rmSync(outfile, { force: true });
  });
  return probe;
}

/** How often each secret is in the memory of a process. */
function copiesOf(disguised: Readonly<Record<string, string>>, pid: number): Record<string, number> {
  const needles = Object.entries(disguised).map(([name, hex]) => {
    return { name, bytes: Buffer.from(Buffer.from(hex, "hex").map((byte) => byte ^ 0x5a)) };
  });
  const counts = Object.fromEntries(needles.map(({ name }) => [name, 0]));
  for (const region of regionsOf(pid)) {
    for (const { name, bytes } of needles) {
      for (let at = region.indexOf(bytes); at >= 0; at = region.indexOf(bytes, at + 1)) counts[name]! += 1;
    }
  }
  return counts;
}

function* regionsOf(pid: number): Iterable<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const found = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line);
      if (found === null || line.includes("[v")) continue;
      const [start, end] = [BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)];
      const region = Buffer.alloc(Number(end - start));
      yield region.subarray(0, readSync(memory, region, { position: start }));
    }
  } finally {
    closeSync(memory);
  }
}

function canReadMemory(): boolean {
  try {
    closeSync(openSync("/proc/self/mem", "r"));
    return process.platform === "linux";
  } catch {
    return false;
  }
}
