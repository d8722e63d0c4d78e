/**
 * The hosts keepsake knows: programs that run an assistant. Help texts, hints and the MCP server read them here.
 */
interface Host {
  readonly title: string;
  /** Names the folder it works in, in the environment of its MCP servers. */
  readonly folderVariable: string;
  /** Where it keeps its conversations, as a shell reads it. */
  readonly transcripts: string;
  /** What a person types to give it an MCP server. */
  readonly addServer: (name: string, command: string) => string;
}

export const HOSTS: readonly Host[] = [
  {
    title: "Claude Code",
    folderVariable: "CLAUDE_PROJECT_DIR",
    transcripts: "~/.claude/projects",
    addServer: (name, command) => `claude mcp add --scope user ${name} -- ${command}`,
  },
];

/** Examples of help: how each host is given the MCP server. */
export function addServerExamples(command: string): readonly (readonly [command: string, does: string])[] {
  return HOSTS.map(({ title, addServer }) => [addServer("keepsake", command), `give it to ${title}`]);
}
