/** The real `keepsake-mcp` of a throw-away home, spoken to byte by byte: every line that it prints is kept. */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { ThrowAwayHome } from "../../support/throw-away-home.ts";

interface Message {
  readonly jsonrpc?: string;
  readonly id?: number;
  readonly method?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export class McpWire {
  /** Whole lines of standard output, in order. */
  readonly lines: string[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #ended: Promise<unknown>;
  #rest = "";
  #asked = 0;

  private constructor(home: ThrowAwayHome, client: string) {
    const [command = "", ...args] = home.commandLine("keepsake-mcp", ["--client", client]);
    this.#child = spawn(command, args, { cwd: home.folder, env: { ...home.env } });
    this.#child.stderr.resume();
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => this.#take(text));
    this.#ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  static async start(home: ThrowAwayHome, client: string): Promise<McpWire> {
    const wire = new McpWire(home, client);
    const clientInfo = { name: "wire", version: "1" };
    await wire.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
    wire.#send({ method: "notifications/initialized" });
    return wire;
  }

  /** What does not end in a line feed: nothing once it was asked and has answered. */
  get rest(): string {
    return this.#rest;
  }

  /** @throws when it is answered with an error, or not at all */
  async request(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#asked;
    const answered = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ id, method, params });
    const message = await Promise.race([answered, this.#ended.then((): Message => ({}))]);
    if (message.result === undefined) throw new Error(message.error?.message ?? "the MCP server ended");
    return message.result;
  }

  async call(name: string, args: object): Promise<{ text: string; structured: unknown; isError: boolean }> {
    const result = await this.request("tools/call", { name, arguments: args });
    const content = result["content"] as readonly { readonly text: string }[];
    const text = content.map((part) => part.text).join("\n");
    return { text, structured: result["structuredContent"], isError: result["isError"] === true };
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  #take(text: string): void {
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      this.lines.push(line);
      const message = JSON.parse(line) as Message;
      this.#waiting.get(message.id ?? 0)?.(message);
    }
  }
}
