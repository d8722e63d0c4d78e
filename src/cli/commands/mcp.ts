import { KeepsakeError } from "../../base/errors.ts";
import { addServerExamples } from "../../client/hosts.ts";
import { command, text } from "../framework/command.ts";

/** The starter `bin/keepsake.js` hands this command to the MCP server's own bundle; it is defined here for help and pages. */
export const mcp = command({
  name: "mcp",
  group: "set-up",
  summary: "Be the MCP server of a host, on standard input and output.",
  details: ["The same as the program keepsake-mcp."],
  arguments: [],
  options: { client: text("NAME", "the client to connect as (default: mcp); made by client add") },
  examples: addServerExamples("keepsake mcp"),
  run: () => {
    throw new KeepsakeError("USAGE", "the MCP server is a program of its own", {
      hint: 'start it as "keepsake mcp" or "keepsake-mcp"',
    });
  },
});
