/** An AI host: the official MCP client over stdio, talking to the real `keepsake-mcp` of a throw-away home. */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { ThrowAwayHome } from "../../support/throw-away-home.ts";

export interface McpAnswer {
  readonly text: string;
  readonly structured: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

export interface HostOptions {
  /** The revision of the protocol: stateless of 2026, or with `initialize` as before. */
  readonly era?: "modern" | "legacy";
  /** The client whose token the server uses. */
  readonly client?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class McpHost {
  readonly client: Client;
  readonly #transport: StdioClientTransport;
  #stderr = "";

  private constructor(client: Client, transport: StdioClientTransport) {
    this.client = client;
    this.#transport = transport;
    transport.stderr?.on("data", (bytes: Buffer) => (this.#stderr += bytes.toString("utf8")));
  }

  static async start(home: ThrowAwayHome, options: HostOptions = {}): Promise<McpHost> {
    const args = options.client === undefined ? [] : ["--client", options.client];
    const [command = "", ...rest] = home.commandLine("keepsake-mcp", args);
    const transport = new StdioClientTransport({
      command,
      args: rest,
      cwd: options.cwd ?? home.folder,
      env: { ...home.env, ...options.env },
      stderr: "pipe",
    });
    const modern = { versionNegotiation: { mode: { pin: "2026-07-28" } } } as const;
    const client = new Client({ name: "host", version: "1" }, options.era === "legacy" ? {} : modern);
    const host = new McpHost(client, transport);
    await client.connect(transport);
    return host;
  }

  get pid(): number {
    return this.#transport.pid ?? 0;
  }

  /** Everything the server wrote to standard error, which hosts copy to logs. */
  get stderr(): string {
    return this.#stderr;
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<McpAnswer> {
    const result = await this.client.callTool({ name, arguments: args });
    const content = result.content as readonly { readonly text?: string }[];
    return {
      text: content.map(({ text = "" }) => text).join("\n"),
      structured: (result.structuredContent ?? {}) as Record<string, unknown>,
      isError: result.isError === true,
    };
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
