/** Programs people and hosts start: how long until they have done their work, beside a Node process that does nothing. */
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import type { ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import { emptyNode } from "./floors.ts";
import { sampleInTurns } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

export interface ProcessFigures {
  /** A Node process that does nothing. */
  readonly emptyNode: Summary;
  readonly cliStatus: Summary;
  readonly cliSearch: Summary;
  /** From starting the process to the list of tools. */
  readonly mcpHandshake: Summary;
}

/** @param home - with a running daemon and an open vault */
export async function measureProcesses(
  home: ThrowAwayHome,
  questions: readonly string[],
): Promise<ProcessFigures> {
  await home.run(["client", "add", "mcp"]);
  return sampleInTurns(10, {
    emptyNode,
    cliStatus: () => home.run(["status"]),
    cliSearch: () => home.run(["search", "--all-projects", questions[0] ?? ""]),
    mcpHandshake: () => handshake(home),
  });
}

async function connectOverMcp(home: ThrowAwayHome): Promise<Client> {
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(PROJECT_ROOT, "bin/keepsake-mcp.js")],
      env: { ...home.env },
      stderr: "ignore",
    }),
  );
  return client;
}

async function handshake(home: ThrowAwayHome): Promise<void> {
  const client = await connectOverMcp(home);
  await client.listTools();
  // The reply has arrived; how long the process takes to end is not part of the handshake.
  void client.close();
}
