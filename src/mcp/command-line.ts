/** `keepsake-mcp [--client NAME]`. */
import { parseArgs } from "node:util";
import { CLIENT_ID_PATTERN, CLIENT_ID_RULE } from "../base/client-id.ts";
import { KeepsakeError } from "../base/errors.ts";
import { addServerExamples } from "../client/hosts.ts";

const DEFAULT_CLIENT = "mcp";
const HELP_HINT = { hint: 'run "keepsake-mcp --help"' };

/** In the layout of the other commands' help. */
export const HELP = `usage: keepsake-mcp [options]

Be the MCP server of a host, on standard input and output. "keepsake mcp" is the same.

options:
  --client <NAME>  the client to connect as (default: ${DEFAULT_CLIENT}); made by "keepsake client add NAME"
  -V, --version    print the version
  -h, --help       print this

examples:
${addServerExamples("keepsake-mcp")
  .map(([command, does]) => `  ${command}\n      ${does}\n`)
  .join("")}`;

export type Command =
  { readonly do: "serve"; readonly client: string } | { readonly do: "help" } | { readonly do: "version" };

/** @throws USAGE; the message does not repeat what was given */
export function parseCommandLine(args: readonly string[]): Command {
  const { client, help, version } = parsed(args);
  if (help === true) return { do: "help" };
  if (version === true) return { do: "version" };
  if (client !== undefined && !CLIENT_ID_PATTERN.test(client))
    throw new KeepsakeError("USAGE", CLIENT_ID_RULE, HELP_HINT);
  return { do: "serve", client: client ?? DEFAULT_CLIENT };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        client: { type: "string" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
      },
    }).values;
  } catch {
    throw new KeepsakeError("USAGE", "keepsake-mcp takes --client NAME, --help and --version", HELP_HINT);
  }
}
