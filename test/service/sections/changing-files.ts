/** Markdown files as an import sends them, over a service of its own. */
import { endMark, markdownEntries } from "../../../src/capture/markdown/markdown.ts";
import type { ParamsInput, Result } from "../../../src/protocol/method-table.ts";
import { chunks } from "../harness.ts";
import type { Harness } from "../harness.ts";

export type Files = Readonly<Record<string, string>>;

interface Sending {
  readonly project?: string | null;
  readonly formerProjects?: readonly (string | null)[];
  readonly folders?: readonly string[];
  readonly at?: number;
}

/** The lines of an import of these files, by path. */
export function linesOf(files: Files, sending: Sending = {}): readonly string[] {
  const { project = null, formerProjects = [], folders = [], at = Date.UTC(2026, 4, 1) } = sending;
  const lines: object[] = Object.keys(files).map((source) => ({ mark: "coming", source }));
  for (const [source, document] of Object.entries(files)) {
    lines.push(
      ...markdownEntries(document, { project, formerProjects, source, at }),
      endMark(document, source),
    );
  }
  lines.push(...folders.map((source) => ({ mark: "folder", source })));
  return lines.map((line) => `${JSON.stringify(line)}\n`);
}

export function importFiles(
  harness: Harness,
  files: Files,
  sending: Sending & Pick<ParamsInput<"data.import">, "dryRun" | "again"> = {},
): Promise<Result<"data.import">> {
  const { dryRun = false, again = false } = sending;
  const params = { format: "markdown", dryRun, again };
  return harness.call("data.import", params, { stream: chunks(...linesOf(files, sending)) });
}

/** What recall shows, in order. */
export async function current(harness: Harness): Promise<readonly string[]> {
  const { memories } = await harness.call("memory.recent", { limit: 100 });
  return memories.map(({ text }) => text).toSorted();
}

/** The id of the note that says this now. */
export async function idOf(harness: Harness, text: string): Promise<string> {
  const { memories } = await harness.call("memory.recent", { limit: 100 });
  const found = memories.find((memory) => memory.text === text);
  if (found === undefined) throw new Error("no such note");
  return found.id;
}
