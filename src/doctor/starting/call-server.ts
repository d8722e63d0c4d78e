/** One real call of an MCP server, the way a host makes it: initialize, tools/list, and `memory_status`, in lines of JSON-RPC. */
import { attempt } from "../../base/attempt.ts";
import type { Conversation, ProgramCall, ProgramEnd } from "./started-program.ts";
import { startProgram } from "./started-program.ts";

const PROTOCOL_VERSION = "2025-11-25";
export const STATUS_TOOL = "memory_status";

export interface ServerAnswer extends ProgramEnd {
  /** How far it came. */
  readonly reached: "nothing" | "initialize" | "tools/list" | "tools/call";
  readonly tools: readonly string[];
  /** What it said instead of the state: a code and a clause. */
  readonly refused?: string;
}

interface Message {
  readonly id?: unknown;
  readonly result?: {
    readonly tools?: readonly { readonly name?: unknown }[];
    readonly isError?: boolean;
    readonly content?: readonly { readonly text?: unknown }[];
  };
  readonly error?: { readonly message?: unknown };
}

const STEPS = [
  {
    method: "initialize",
    params: {
      protocolVersion: PROTOCOL_VERSION,
      capabilities: {},
      clientInfo: { name: "keepsake-doctor", version: "1" },
    },
  },
  { method: "tools/list", params: {} },
  { method: "tools/call", params: { name: STATUS_TOOL, arguments: {} } },
] as const;

export async function callServer(call: ProgramCall): Promise<ServerAnswer> {
  let reached: ServerAnswer["reached"] = "nothing";
  let tools: readonly string[] = [];
  let refused: string | undefined;
  const ask = (step: number, { write }: Conversation) => {
    write(`${JSON.stringify({ jsonrpc: "2.0", id: step, ...STEPS[step] })}\n`);
  };
  const end = await startProgram(
    call,
    (conversation) => ask(0, conversation),
    (line, conversation) => {
      const { id, result, error } = attempt(() => JSON.parse(line) as Message | null) ?? {};
      const step = typeof id === "number" ? STEPS[id] : undefined;
      if (step === undefined || typeof id !== "number") return;
      const complaint = error?.message ?? (result?.isError === true ? result.content?.[0]?.text : undefined);
      if (complaint !== undefined) refused = typeof complaint === "string" ? complaint : "an error";
      else {
        reached = step.method;
        tools = result?.tools?.map(({ name }) => String(name)) ?? tools;
      }
      const next = id + 1;
      if (refused !== undefined || next === STEPS.length) {
        conversation.end();
        return;
      }
      if (next === 1) conversation.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
      ask(next, conversation);
    },
  );
  return { ...end, reached, tools, ...(refused !== undefined && { refused }) };
}
