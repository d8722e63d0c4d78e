/** What a run stood on: times mean little on a machine that has other work. */
import { cpus, loadavg, totalmem } from "node:os";
import { formatBytes } from "./statistics.ts";

export interface Machine {
  /** What was typed. */
  readonly command: string;
  readonly date: string;
  readonly node: string;
  readonly platform: string;
  readonly processors: number;
  readonly model: string;
  readonly memoryBytes: number;
  /** Mean number of processes that ran or waited to, in the minute before. */
  readonly load: number;
}

/** @param given - the arguments of the run */
export function readMachine(given: readonly string[]): Machine {
  return {
    command: ["npm run bench", ...(given.length > 0 ? ["--", ...given] : [])].join(" "),
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    processors: cpus().length,
    model: cpus()[0]?.model.trim() ?? "unknown",
    memoryBytes: totalmem(),
    load: loadavg()[0] ?? NaN,
  };
}

/** Whether others kept more than half of the processors busy. */
export function isBusy({ load, processors }: Machine): boolean {
  return load > processors / 2;
}

export function formatMachine(machine: Machine): string {
  const { command, date, node, platform, processors, model, memoryBytes, load } = machine;
  const said = `Written by \`${command}\` on ${date}, Node ${node}, ${platform}, ${processors} processors (${model}),
${formatBytes(memoryBytes)} of memory, load average at the start ${load.toFixed(2)}.`;
  return isBusy(machine)
    ? `> **The machine was busy** before this run began (load ${load.toFixed(2)} on ${processors} processors): times and ratios are worse than on an idle one.

${said}`
    : said;
}
