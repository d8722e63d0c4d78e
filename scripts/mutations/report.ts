/** What came of the mutations of the map: a table for the terminal, a section for `docs/mutation-score.md`. */
import type { Tried } from "./try-mutation.ts";

const HEADING = "## Controls taken out one by one";

/** @param failing what fails without any mutation */
export function renderTable(tried: readonly Tried[], failing: readonly string[]): string {
  const rows = tried.flatMap(({ mutation, isCaught, reasons, seconds }) => [
    [mutation.threat, mutation.name, mutation.file, isCaught ? "caught" : "NOT CAUGHT", seconds.toFixed(1)],
    ...reasons.map((reason) => ["", reason]),
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.filter((row) => row.length > 2).map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...failing, ...lines, summary(tried), ""].join("\n");
}

/** The page with its last section, this one, made anew. */
export function renderScoreInto(page: string, tried: readonly Tried[], date: Date): string {
  const [before = ""] = page.split(HEADING);
  const missed = tried
    .filter(({ isCaught }) => !isCaught)
    .map(({ mutation }) => `- not caught: ${mutation.name}\n`);
  return `${before.trimEnd()}

${HEADING}

\`npm run test:mutation -- --map\` takes the control of each file of \`test/security/mutations\` out of a copy of the code and
runs the tests that the file names: they pass as things are and must fail then. On ${date.toISOString().slice(0, 10)}: ${summary(tried)}.
${missed.length > 0 ? `\n${missed.join("")}` : ""}`;
}

function summary(tried: readonly Tried[]): string {
  const threats = new Set(tried.map(({ mutation }) => mutation.threat));
  const caught = tried.filter(({ isCaught }) => isCaught).length;
  return `${caught} of ${tried.length} caught, for ${threats.size} rows and findings`;
}
