/** The section of `docs/benchmarks.md` on the programs that people and hosts start. */
import { PROGRAM_TITLES } from "./process-figures.ts";
import type { ProcessFigures, ProgramName } from "./process-figures.ts";
import { formatAgainst, formatPair, table } from "./statistics.ts";

export function programSection(all: readonly ProcessFigures[]): string {
  const names = Object.keys(PROGRAM_TITLES) as ProgramName[];
  return `## Programs

From the start of a process to its end, p50 / p95: the time that passed, and below it what of a processor it took (user and system). The
floor, in brackets, is a Node process of the same version that does nothing and is started, fed and heard out in turns with it. \`esbuild\`
is no Node program; it, \`prettier\` and \`tsc\` are here for comparison.

${table(
  ["", ...all.map(({ node }) => `Node ${node}`)],
  names.flatMap((name) => [
    row(PROGRAM_TITLES[name], name, all, "wall"),
    row("– of a processor", name, all, "cpu"),
  ]),
)}
`;
}

function row(title: string, name: ProgramName, all: readonly ProcessFigures[], what: "wall" | "cpu") {
  const cells = all.map(({ programs }) => {
    const { [what]: summary, floor } = programs[name];
    return name === "emptyNode" ? formatPair(summary) : formatAgainst(summary, floor[what]);
  });
  return [title, ...cells];
}
