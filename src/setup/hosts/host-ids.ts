/** The names of the hosts, for command lines; without what it takes to set them up. */
export const HOST_IDS = [
  "claude-code",
  "claude-desktop",
  "codex",
  "cursor",
  "vscode",
  "gemini",
  "copilot",
  "opencode",
] as const;

export type HostId = (typeof HOST_IDS)[number];
