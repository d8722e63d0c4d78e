/** What one MCP tool is made of. Names, titles and annotations are not here: they come from the method table. */
import type * as z from "zod";
import type { Clock } from "../../base/clock.ts";
import type { DaemonLink } from "../daemon-link.ts";
import type { ProjectScope } from "../project-scope.ts";
import type { DrawMark } from "../../base/stored-text.ts";
import type { TakesArguments } from "../given/understand-arguments.ts";

export interface ToolContext {
  readonly daemon: DaemonLink;
  readonly scope: ProjectScope;
  readonly clock: Clock;
  readonly drawMark: DrawMark;
  /** An idempotency key for one tool call, so that its retry stores nothing twice. */
  readonly drawKey: () => string;
  /** Aborted when the host cancels the call. */
  readonly signal: AbortSignal;
}

/** One answer, twice: as text for hosts that show text, as `structuredContent` for those that do not. */
export interface ToolOutcome<T> {
  readonly text: string;
  readonly structured: T;
}

export interface Tool<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
> extends TakesArguments<I> {
  readonly description: string;
  readonly output: O;
  /** @throws KeepsakeError: becomes an `isError` result */
  run(args: z.output<I>, context: ToolContext): Promise<ToolOutcome<z.output<O>>>;
}

/** Checks a tool and gives it the type the table holds. */
export function tool<I extends z.ZodObject, O extends z.ZodObject>(definition: Tool<I, O>): Tool {
  return definition;
}
