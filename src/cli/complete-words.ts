/**
 * `keepsake complete -- <words>`: what the completion scripts call. It never starts a daemon, never asks, never fails and never
 * takes long: with no open vault it just knows no projects and tags.
 */
import { visibleLine } from "../base/visible-text.ts";
import type { Context } from "./context.ts";
import { COMMON_OPTIONS, FAMILIES, loadCommands } from "./registry.ts";
import type { Candidate } from "./completion/candidates.ts";
import { completionsFor } from "./completion/candidates.ts";

const LOOK_UP_MS = 500;

/** @param argv - `--` and the words behind the program's name, the one being typed last; @returns 0 */
export async function completeWords(argv: readonly string[], context: Context): Promise<number> {
  const words = argv[0] === "--" ? argv.slice(1) : argv;
  const grammar = { commands: await loadCommands(), families: FAMILIES, commonOptions: COMMON_OPTIONS };
  const { candidates, lookUp, prefix } = completionsFor(words, grammar);
  const current = (words.at(-1) ?? "").slice(prefix.length);
  const found = lookUp === "project" || lookUp === "tag" ? await stored(lookUp, current, context) : [];
  const lines = [...candidates, ...found.map((each) => ({ ...each, value: prefix + each.value }))].map(
    ({ value, description }) => `${value}\t${description}\n`,
  );
  context.screen.out.write(lines.join("") + (lookUp === "file" ? ":files\n" : ""));
  return 0;
}

async function stored(
  kind: "project" | "tag",
  current: string,
  context: Context,
): Promise<readonly Candidate[]> {
  try {
    const client = await context.connect("running");
    const { projects, tags } = await client.call("memory.projects", {}, { timeoutMs: LOOK_UP_MS });
    const named =
      kind === "tag"
        ? tags.map(({ tag, count }) => ({ value: tag, description: `${count}` }))
        : projects.flatMap(({ project, count }) =>
            project === null ? [] : [{ value: project, description: `${count}` }],
          );
    // A name that is not plain text on one line cannot be completed safely in every shell.
    return named.filter(({ value }) => value.startsWith(current) && visibleLine(value) === value);
  } catch {
    return [];
  }
}
