/** The prompts a person picks in the host: recall a topic, remember a text, the brief of a project. */
import { ProtocolError, ProtocolErrorCode, completable } from "@modelcontextprotocol/server";
import type { GetPromptResult, McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";
import { memoryText, queryText } from "../protocol/schemas.ts";
import { briefText } from "./brief-text.ts";
import { failureText } from "./failure-text.ts";
import { completedProjects } from "./resources.ts";
import { searchTool } from "./tools/search-tool.ts";
import type { ToolContext } from "./tools/tool.ts";

type Context = Omit<ToolContext, "signal">;

const RECALL_TOKENS = 4_000;

export function registerPrompts(server: McpServer, context: Context): void {
  server.registerPrompt(
    "recall",
    {
      title: "Recall a topic",
      description: "What memory holds on a topic.",
      argsSchema: z.strictObject({ topic: queryText.describe("what to look for") }),
    },
    ({ topic }, { mcpReq: { signal } }) =>
      asked(async () => {
        const found = await searchTool.run(
          { query: topic, max_tokens: RECALL_TOKENS },
          { ...context, signal },
        );
        return [
          `Tell me what my memory holds on this topic: ${topic}`,
          found.text,
          "Use memory_search and memory_get for more where it helps. Say which memories you rely on and how old they are.",
        ].join("\n\n");
      }),
  );
  server.registerPrompt(
    "remember",
    {
      title: "Remember this",
      description: "Save a text as notes.",
      argsSchema: z.strictObject({ text: memoryText.describe("what to remember") }),
    },
    ({ text }) =>
      asked(() =>
        Promise.resolve(
          `Save the following with memory_save: one fact a note, each standing alone. First look with memory_search whether one of them is stored already; then use memory_update.\n\n${text}\n\nSave nothing besides, and say what you saved.`,
        ),
      ),
  );
  server.registerPrompt(
    "project_brief",
    {
      title: "Project brief",
      description: "Pinned notes, decisions, notes and the last sessions of a project.",
      argsSchema: z.strictObject({
        project: completable(z.string().describe("name or folder; empty: this repository"), (typed) =>
          completedProjects(context, typed),
        ).optional(),
      }),
    },
    ({ project }, { mcpReq: { signal } }) =>
      asked(async () => {
        const named = project === undefined || project === "" ? undefined : project;
        const scope = await context.scope.forRead(named, signal);
        const brief = await context.daemon.call("memory.brief", scope, signal);
        const text = briefText(brief, context.drawMark());
        return `Here is what my memory holds on this project. Sum it up in a few sentences, then ask what to do next.\n\n${text}`;
      }),
  );
}

async function asked(write: () => Promise<string>): Promise<GetPromptResult> {
  try {
    return { messages: [{ role: "user", content: { type: "text", text: await write() } }] };
  } catch (error) {
    throw new ProtocolError(ProtocolErrorCode.InternalError, failureText(error));
  }
}
