/** An official MCP client talking to the server in this process, in either protocol era. */
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import type { ClientOptions } from "@modelcontextprotocol/client";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createDaemonLink } from "../../../src/mcp/daemon-link.ts";
import { createMcpServer } from "../../../src/mcp/mcp-server.ts";
import type { McpServerDeps } from "../../../src/mcp/mcp-server.ts";
import { FakeClient } from "./fake-client.ts";
import type { Answers } from "./fake-client.ts";

const NOW = Date.parse("2026-11-01T12:00:00Z");
const REPOSITORY = "/home/user/keepsake";
export const ERAS = ["modern", "legacy"] as const;
export type Era = (typeof ERAS)[number];

const NEGOTIATION: Record<Era, ClientOptions> = {
  modern: { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  legacy: {},
};

export interface Session {
  readonly client: Client;
  readonly daemon: FakeClient;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly text: string;
  readonly structured: unknown;
  readonly isError: boolean;
}

export async function openSession(
  answers: Answers,
  era: Era = "modern",
  overrides: Partial<McpServerDeps> = {},
  configure: (client: Client) => void = () => {},
  options: ClientOptions = {},
): Promise<Session> {
  const daemon = new FakeClient(answers);
  const clock = { now: () => NOW, monotonic: () => performance.now() };
  let drawn = 0;
  const deps: McpServerDeps = {
    daemon: createDaemonLink({ open: () => Promise.resolve(daemon), client: "mcp", clock }),
    clock,
    version: "1.2.3",
    hostFolder: undefined,
    workingFolder: REPOSITORY,
    resolveProject: (folder) => Promise.resolve(folder),
    privacyOf: () => Promise.resolve(undefined),
    drawMark: () => `mark${++drawn}`,
    drawKey: () => `key-number-${++drawn}`,
    ...overrides,
  };
  const [near, far] = InMemoryTransport.createLinkedPair();
  const handle = serveStdio(() => createMcpServer(deps), { transport: far });
  const client = new Client({ name: "test", version: "1" }, { ...NEGOTIATION[era], ...options });
  configure(client);
  await client.connect(near);
  return {
    client,
    daemon,
    call: async (name, args = {}) => answerOf(await client.callTool({ name, arguments: args })),
    close: async () => {
      await client.close();
      await handle.close();
    },
  };
}

export function answerOf(result: Awaited<ReturnType<Client["callTool"]>>): Answer {
  const content = result.content as readonly { readonly type: string; readonly text?: string }[];
  return {
    text: content.map(({ text = "" }) => text).join("\n"),
    structured: result.structuredContent,
    isError: result.isError === true,
  };
}
