/** The tools by the name the method table gives them. */
import { METHODS } from "../../protocol/method-table.ts";
import type { MethodDefinition, ToolDescription } from "../../protocol/method.ts";
import { forgetTool } from "./forget-tool.ts";
import { getTool } from "./get-tool.ts";
import { recentTool } from "./recent-tool.ts";
import { saveTool } from "./save-tool.ts";
import { searchTool } from "./search-tool.ts";
import { statusTool } from "./status-tool.ts";
import type { Tool } from "./tool.ts";
import { updateTool } from "./update-tool.ts";

const TOOLS: Readonly<Record<string, Tool>> = {
  memory_search: searchTool,
  memory_get: getTool,
  memory_recent: recentTool,
  memory_save: saveTool,
  memory_update: updateTool,
  memory_forget: forgetTool,
  memory_status: statusTool,
};

export interface NamedTool {
  readonly description: ToolDescription;
  readonly readOnly: boolean;
  readonly tool: Tool;
}

/**
 * Every method that is a tool, in the order of `TOOLS`.
 *
 * @throws Error when a method names a tool nobody wrote, or a tool has no method
 */
export function namedTools(
  table: Readonly<Record<string, Pick<MethodDefinition, "tool" | "scope">>> = METHODS,
): readonly NamedTool[] {
  const described = new Map<string, Omit<NamedTool, "tool">>(
    Object.values(table).flatMap(({ tool, scope }) =>
      tool === undefined ? [] : [[tool.name, { description: tool, readOnly: scope === "read" }]],
    ),
  );
  for (const name of described.keys()) {
    if (!Object.hasOwn(TOOLS, name)) throw new Error(`nobody wrote the tool ${name}`);
  }
  return Object.entries(TOOLS).map(([name, tool]) => {
    const found = described.get(name);
    if (found === undefined) throw new Error(`no method describes the tool ${name}`);
    return { ...found, tool };
  });
}
