/** A program started as a host starts it, with pipes for what it says. However long it would take, it ends in time, and what it started with it. */
import { spawn } from "node:child_process";
import { startTimer } from "../../base/timer.ts";

/** More than an honest answer has. */
const MAX_SAID_BYTES = 4 << 20;

export interface ProgramCall {
  readonly command: string;
  readonly args: readonly string[];
  /** All the variables it has. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  /** null: it was ended by a signal. */
  readonly code: number | null;
  readonly said: string;
  /** Of what it said on standard error only whether it did: it may be anything. */
  readonly hasComplained: boolean;
  readonly isLate: boolean;
  /** The system's code, where it could not be started. */
  readonly refusal?: string;
}

export interface Conversation {
  readonly write: (text: string) => void;
  readonly closeInput: () => void;
  /** It said enough. */
  readonly end: () => void;
}

/** @param hear - called with every line of standard output */
export async function startProgram(
  { command, args, environment, limitMs, signal }: ProgramCall,
  begin: (conversation: Conversation) => void,
  hear: (line: string, conversation: Conversation) => void = () => {},
): Promise<ProgramEnd> {
  // A group of its own: what it started is ended with it. A daemon has one of its own, and stays.
  const child = spawn(command, [...args], {
    cwd: "/",
    env: environment,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const { stdin, stdout, stderr } = child;
  let [said, rest, isLate, hasComplained] = ["", "", false, false];
  const end = () => {
    endGroup(child.pid);
    // Whoever left the group may still hold them.
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
  };
  const conversation: Conversation = {
    write: (text) => void stdin.write(text),
    closeInput: () => void stdin.end(),
    end,
  };
  const cancel = startTimer(limitMs, () => {
    isLate = true;
    end();
  });
  signal.addEventListener("abort", end);
  stdin.on("error", () => {});
  stderr.on("data", () => (hasComplained = true));
  stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.length > MAX_SAID_BYTES) {
      end();
      return;
    }
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(line, conversation);
  });
  try {
    return await new Promise<ProgramEnd>((resolve) => {
      child.once("error", (error: NodeJS.ErrnoException) => {
        resolve({ code: null, said, hasComplained, isLate, refusal: error.code ?? "unknown reason" });
      });
      child.once("close", (code) => resolve({ code, said, hasComplained, isLate }));
      begin(conversation);
    });
  } finally {
    cancel();
    signal.removeEventListener("abort", end);
    endGroup(child.pid);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is over.
  }
}
