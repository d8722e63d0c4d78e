/** What a check finds: one clause, and what mends it. Paths, counts and codes; nothing of a memory. */
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { shellWord } from "../base/shown-values.ts";
export type CheckOutcome = "ok" | "warning" | "failure" | "skipped";

export interface Finding {
  readonly outcome: CheckOutcome;
  /** A clause without a full stop. */
  readonly says: string;
  /** What mends it, as it is typed in a shell. */
  readonly command?: string;
  /** What to do where no command does it, or beside it. */
  readonly advice?: string;
  /** Mends it without harm: changes nothing but what is keepsake's own. */
  readonly fix?: Fix;
}

export interface Fix {
  /** What the person is asked first; absent: nothing. */
  readonly asks?: string;
  readonly run: () => Promise<unknown>;
}

/** A finding with the check that it is of. */
export interface Examined extends Omit<Finding, "fix"> {
  readonly check: string;
  readonly host?: string;
  /** What was found before it was mended. */
  readonly mended?: string;
}

export function ok(says: string): Finding {
  return { outcome: "ok", says };
}

export function skipped(says: string): Finding {
  return { outcome: "skipped", says };
}

export function warning(says: string, mend: Omit<Finding, "outcome" | "says"> = {}): Finding {
  return { outcome: "warning", says, ...mend };
}

export function failure(says: string, mend: Omit<Finding, "outcome" | "says"> = {}): Finding {
  return { outcome: "failure", says, ...mend };
}

const COMMAND = /"(keepsake [^"]+)"/;
const LOOSE_MODE = /^(?<path>.*) is open to other users \(want mode 0(?<mode>\d{3})\)$/s;

/** What went wrong, with the command that its hint names. Of what nobody foresaw no more is told than the system's code. */
export function failureOf(error: unknown): Finding {
  if (!(error instanceof KeepsakeError)) {
    return failure(`could not be looked at (${systemErrorCode(error) ?? "unknown reason"})`);
  }
  const { message, hint } = error;
  const { path, mode } = LOOSE_MODE.exec(message)?.groups ?? {};
  if (path !== undefined && mode !== undefined) {
    return failure(message, { command: `chmod ${mode} ${shellWord(path)}` });
  }
  const command = COMMAND.exec(hint ?? "")?.[1];
  return failure(message, {
    ...(command !== undefined && { command }),
    ...(hint !== undefined && { advice: hint }),
  });
}
