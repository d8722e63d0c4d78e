/**
 * The hosts keepsake knows: programs that run an assistant. Help texts, hints and the MCP server read them here.
 */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
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

/** Examples of help: how each host is given the MCP server. */
export function addServerExamples(command: string): readonly (readonly [command: string, does: string])[] {
  return HOSTS.map(({ title, addServer }) => [addServer("keepsake", command), `give it to ${title}`]);
}
