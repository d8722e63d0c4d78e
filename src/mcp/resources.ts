/**
 * The resources: `memory://status`, `memory://entries/{id}` and `memory://projects/{name}/brief` (the name
 * percent-encoded). Nothing is listed but the status, so that a host's listing at start-up needs no daemon.
 */
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import type { McpServer, ReadResourceResult } from "@modelcontextprotocol/server";
import { attempt } from "../base/attempt.ts";
import { visibleLine } from "../base/visible-text.ts";
import { projectNames } from "../client/projects/project-names.ts";
import { projectName, recordId } from "../protocol/schemas.ts";
import { briefText } from "./brief-text.ts";
import { failureText } from "./failure-text.ts";
import { framed } from "../base/stored-text.ts";
import type { ToolContext } from "./tools/tool.ts";
import { statusTool } from "./tools/status-tool.ts";
import { leftOutHints, memoryLines, showMemories } from "./tools/whole-memory.ts";

type Context = Omit<ToolContext, "signal">;

const MAX_COMPLETIONS = 100;
const COMPLETED_CHARACTERS = 200;
const TEXT = { mimeType: "text/plain" } as const;

export function registerResources(server: McpServer, context: Context): void {
  server.registerResource(
    "status",
    "memory://status",
    { title: "Memory status", description: "Whether memory is open, sealed or missing.", ...TEXT },
    (uri, { mcpReq: { signal } }) =>
      answered(uri, async () => (await statusTool.run({}, { ...context, signal })).text),
  );
  server.registerResource(
    "entry",
    new ResourceTemplate("memory://entries/{id}", {
      list: undefined,
      complete: { id: (start) => recentIds(context, start) },
    }),
    { title: "One memory", description: "A memory's whole text and versions.", ...TEXT },
    (uri, { id }, { mcpReq: { signal } }) => answered(uri, () => entryText(context, uri, id, signal)),
  );
  server.registerResource(
    "project-brief",
    new ResourceTemplate("memory://projects/{name}/brief", {
      list: undefined,
      complete: { name: (start) => completedProjects(context, start) },
    }),
    { title: "Project brief", description: "Pinned notes, decisions, notes and the last sessions.", ...TEXT },
    (uri, { name }, { mcpReq: { signal } }) =>
      answered(uri, async () => {
        const project = projectName.safeParse(decoded(name)).data;
        if (project === undefined) throw new ResourceNotFoundError(uri.href);
        const scope = await context.scope.forRead(project, signal);
        const brief = await context.daemon.call("memory.brief", scope, signal);
        return briefText(brief, context.drawMark());
      }),
  );
}

/**
 * Names of projects that contain what was typed; none while sealed. A person picks from them, and what is picked must be the
 * name itself, which nothing can frame: one that holds hidden characters, or is longer than folders are, is left out.
 */
export async function completedProjects(
  { daemon }: Pick<Context, "daemon">,
  typed: string,
): Promise<string[]> {
  try {
    return projectNames(await daemon.call("memory.projects", {}))
      .filter((project) => project.includes(typed) && isPlainName(project))
      .slice(0, MAX_COMPLETIONS);
  } catch {
    return [];
  }
}

function isPlainName(project: string): boolean {
  return project.length <= COMPLETED_CHARACTERS && visibleLine(project) === project;
}

async function recentIds({ daemon }: Context, start: string): Promise<string[]> {
  try {
    const { memories } = await daemon.call("memory.recent", { limit: MAX_COMPLETIONS });
    return memories.flatMap(({ id }) => (id.startsWith(start) ? [id] : []));
  } catch {
    return [];
  }
}

async function entryText(
  { daemon, clock, drawMark }: Context,
  uri: URL,
  id: string | string[] | undefined,
  signal: AbortSignal,
): Promise<string> {
  const wanted = recordId.safeParse(id).data;
  if (wanted === undefined) throw new ResourceNotFoundError(uri.href);
  const { memories } = await daemon.call("memory.get", { ids: [wanted] }, signal);
  const [memory] = showMemories(memories);
  if (memory === undefined) throw new ResourceNotFoundError(uri.href);
  const text = framed(memoryLines(memory, clock.now()), drawMark());
  return [text, ...memories.flatMap(leftOutHints)].join("\n");
}

function decoded(name: string | string[] | undefined): string | undefined {
  return typeof name === "string" ? attempt(() => decodeURIComponent(name)) : undefined;
}

async function answered(uri: URL, read: () => Promise<string>): Promise<ReadResourceResult> {
  try {
    return { contents: [{ uri: uri.href, ...TEXT, text: await read() }] };
  } catch (error) {
    if (error instanceof ResourceNotFoundError) throw error;
    throw new ProtocolError(ProtocolErrorCode.InternalError, failureText(error));
  }
}
