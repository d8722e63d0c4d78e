/**
 * `keepsake complete -- <words>`: what the completion scripts call. It never starts a daemon, never asks, never fails and never
 * takes long: with no daemon or no open vault it just knows no names.
 */
import { OWNER_CLIENT } from "../base/client-id.ts";
import { visibleLine } from "../base/visible-text.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import type { Context } from "./context.ts";
import type { LookedUp } from "./framework/command.ts";
import { COMMON_OPTIONS, FAMILIES, loadCommands } from "./registry.ts";
import type { Candidate } from "./completion/candidates.ts";
import { completionsFor } from "./completion/candidates.ts";

const WAITS = { timeoutMs: 500 };

/** @param argv - `--` and the words behind the program's name, the one being typed last; @returns 0 */
export async function completeWords(argv: readonly string[], context: Context): Promise<number> {
  const words = argv[0] === "--" ? argv.slice(1) : argv;
  const grammar = { commands: await loadCommands(), families: FAMILIES, commonOptions: COMMON_OPTIONS };
  const { candidates, lookUp, prefix } = completionsFor(words, grammar);
  const current = (words.at(-1) ?? "").slice(prefix.length);
  const found = lookUp === undefined || lookUp === "file" ? [] : await named(lookUp, current, context);
  const lines = [...candidates, ...found.map((each) => ({ ...each, value: prefix + each.value }))].map(
    ({ value, description }) => `${value}\t${description}\n`,
  );
  context.screen.out.write(lines.join("") + (lookUp === "file" ? ":files\n" : ""));
  return 0;
}

async function named(
  kind: Exclude<LookedUp, "file">,
  current: string,
  context: Context,
): Promise<readonly Candidate[]> {
  try {
    const names = await LISTS[kind](await context.connect("running"));
    // A name that is not plain text on one line cannot be completed safely in every shell.
    return names.filter(({ value }) => value.startsWith(current) && visibleLine(value) === value);
  } catch {
    return [];
  }
}

const LISTS = {
  project: async (client) => {
    const { projects } = await client.call("memory.projects", {}, WAITS);
    return projects.flatMap(({ project, count }) =>
      project === null ? [] : [{ value: project, description: `${count}` }],
    );
  },
  tag: async (client) => {
    const { tags } = await client.call("memory.projects", {}, WAITS);
    return tags.map(({ tag, count }) => ({ value: tag, description: `${count}` }));
  },
  client: async (client) => {
    const { clients } = await client.call("client.list", {}, WAITS);
    // That of the command line itself is nobody's to take.
    return clients.flatMap(({ id }) => (id === OWNER_CLIENT ? [] : [{ value: id, description: "" }]));
  },
  slot: async (client) => {
    const { slots } = await client.call("key.list", {}, WAITS);
    return slots.map(({ id, kind }) => ({ value: id, description: kind }));
  },
} satisfies Record<string, (client: KeepsakeClient) => Promise<readonly Candidate[]>>;
