/**
 * The hosts keepsake knows: programs that run an assistant. Help texts, hints and the MCP server read them here.
 */
import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, relative, sep } from "node:path";
import { attempt } from "../base/attempt.ts";

interface Host {
  readonly title: string;
  /** Names the folder it works in, in the environment of its MCP servers. */
  readonly folderVariable: string;
  /** Where it keeps its conversations, as a shell reads it. */
  readonly transcripts: string;
  /** The variable that moves the folder they are in, and what they are called there. */
  readonly movedBy: readonly [variable: string, name: string];
  /** What a person types to give it an MCP server. */
  readonly addServer: (name: string, command: string) => string;
}

export const HOSTS: readonly Host[] = [
  {
    title: "Claude Code",
    folderVariable: "CLAUDE_PROJECT_DIR",
    transcripts: "~/.claude/projects",
    movedBy: ["CLAUDE_CONFIG_DIR", "projects"],
    addServer: (name, command) => `claude mcp add --scope user ${name} -- ${command}`,
  },
];

/** Where this person's hosts keep their conversations, there or not; absolute. */
export function transcriptFolders(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const home = environment["HOME"] ?? attempt(homedir) ?? "";
  return HOSTS.flatMap(({ transcripts, movedBy: [variable, name] }) => [
    join(environment[variable] ?? "", name),
    transcripts.replace("~", home),
  ]).filter((folder) => isAbsolute(folder));
}

/** Where a host keeps its conversations, below its home or where a variable moves it, and the folder of notes in each of its folders. */
const CONVERSATIONS: readonly {
  readonly home: string;
  readonly movedBy?: string;
  readonly name: string;
  readonly notes?: string;
}[] = [
  { home: ".claude", movedBy: "CLAUDE_CONFIG_DIR", name: "projects", notes: "memory" },
  { home: ".codex", movedBy: "CODEX_HOME", name: "sessions" },
  { home: ".copilot", movedBy: "COPILOT_HOME", name: "session-state" },
  { home: ".gemini", name: "tmp" },
  { home: ".cursor", name: "projects" },
];

/**
 * Markdown among a host's conversations is the host's: plans, checkpoints, descriptions of servers. Only what it keeps as notes is taken.
 *
 * @returns whether a file of a folder that was given as a whole is the host's own; paths are real ones
 */
export async function hostsOwnMarkdown(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<(real: string) => boolean> {
  const home = environment["HOME"] ?? attempt(homedir) ?? "";
  const folders = CONVERSATIONS.flatMap(({ home: own, movedBy = "", name, notes }) =>
    [join(home, own), environment[movedBy] ?? ""]
      .filter((folder) => isAbsolute(folder))
      .map(async (folder) => {
        const path = join(folder, name);
        return { path: await realpath(path).catch(() => path), notes };
      }),
  );
  const known = await Promise.all(folders);
  return (real) =>
    known.some(({ path, notes }) => {
      const below = relative(path, real).split(sep);
      return below[0] !== ".." && (notes === undefined || below[1] !== notes);
    });
}

/** Examples of help: how each host is given the MCP server. */
export function addServerExamples(command: string): readonly (readonly [command: string, does: string])[] {
  return HOSTS.map(({ title, addServer }) => [addServer("keepsake", command), `give it to ${title}`]);
}
