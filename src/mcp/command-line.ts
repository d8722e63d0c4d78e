/** `keepsake-mcp [--client NAME]`. */
import { parseArgs } from "node:util";
import { KeepsakeError } from "../base/errors.ts";
import { clientId } from "../protocol/schemas.ts";

const DEFAULT_CLIENT = "mcp";

export const HELP = `usage: keepsake-mcp [--client NAME]

Serves keepsake's memory over MCP on standard input and output. Hosts start it:
  claude mcp add -s user keepsake -- keepsake-mcp

  --client NAME  the client whose token is used (default: ${DEFAULT_CLIENT}); made by "keepsake client add NAME"
  --help         this text
  --version      the version
`;

export type Command =
  { readonly do: "serve"; readonly client: string } | { readonly do: "help" } | { readonly do: "version" };

/** @throws USAGE; the message does not repeat what was given */
export function parseCommandLine(args: readonly string[]): Command {
  const { client, help, version } = parsed(args);
  if (help === true) return { do: "help" };
  if (version === true) return { do: "version" };
  if (client !== undefined && !clientId.safeParse(client).success) {
    throw new KeepsakeError("USAGE", "--client takes 1 to 32 of a-z 0-9 -");
  }
  return { do: "serve", client: client ?? DEFAULT_CLIENT };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { client: { type: "string" }, help: { type: "boolean" }, version: { type: "boolean" } },
    }).values;
  } catch {
    throw new KeepsakeError("USAGE", "keepsake-mcp takes --client NAME, --help and --version", {
      hint: 'run "keepsake-mcp --help"',
    });
  }
}
