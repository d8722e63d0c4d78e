/**
 * A model's side of MCP: the tools of the real server as a host starts it, at their default settings. An answer says the
 * same twice, as text and as structured content; a host shows its model one of them.
 */
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { countTokens } from "gpt-tokenizer";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import type { ThrowAwayHome } from "../../test/support/throw-away-home.ts";

export interface Hit {
  readonly id: string;
  readonly about?: string;
  readonly snippet?: string;
}

export interface Answer {
  readonly text: string;
  readonly structured: string;
  readonly textTokens: number;
  readonly structuredTokens: number;
}

export interface SearchAnswer extends Answer {
  readonly hits: readonly Hit[];
  /** Whether it says that nothing here may answer. */
  readonly isWeak: boolean;
}

export class ModelClient {
  readonly #client = new Client({ name: "bench", version: "1.0.0" });

  /** As the client `cli`, which has no limit of searches a minute. */
  static async start(home: ThrowAwayHome): Promise<ModelClient> {
    const model = new ModelClient();
    await model.#client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [join(PROJECT_ROOT, "bin/keepsake-mcp.js"), "--client", "cli"],
        env: { ...home.env },
        stderr: "ignore",
      }),
    );
    return model;
  }

  /** @throws Error when the answer is an error */
  async search(query: string, project: string): Promise<SearchAnswer> {
    const { content, ...answer } = await this.#call("memory_search", { query, project });
    const { hits, weak } = content as { readonly hits: readonly Hit[]; readonly weak?: boolean };
    return { ...answer, hits, isWeak: weak === true || hits.length === 0 };
  }

  /** Whole memories, each with one turn on either side. @throws Error when the answer is an error */
  async get(ids: readonly string[]): Promise<Answer> {
    return this.#call("memory_get", { ids, context: 1 });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #call(name: string, args: Record<string, unknown>): Promise<Answer & { readonly content: unknown }> {
    const answer = await this.#client.callTool({ name, arguments: args });
    if (answer.isError === true) throw new Error(`${name} over MCP failed`);
    const text = answer.content.map((part) => (part.type === "text" ? part.text : "")).join("");
    const content: unknown = answer.structuredContent;
    const structured = JSON.stringify(content);
    return {
      text,
      structured,
      content,
      textTokens: countTokens(text),
      structuredTokens: countTokens(structured),
    };
  }
}
