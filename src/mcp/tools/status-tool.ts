/** `memory_status`: whether memory works right now, and what to do when it does not. Works while sealed. */
import * as z from "zod";
import { ERRORS } from "../../base/errors.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Result } from "../../protocol/method-table.ts";
import { vaultState } from "../../protocol/methods/vault-methods.ts";
import { quoted } from "../../base/visible-text.ts";
import { foldedLine } from "../../base/stored-text.ts";
import { tool } from "./tool.ts";

/** The daemon's words stand outside every frame here: anything but a version is none. */
const VERSION = /^[0-9]{1,5}(?:\.[0-9]{1,5}){2}(?:-[0-9a-z.]{1,16})?$/;
const PROJECT_CHARACTERS = 200;
/** Room for a capture of the longest turns. */
const NEARLY_FULL_BYTES = 2 * LIMITS.frameBytes;
const UNVERIFIED =
  "Turns were taken in that no client of this machine is known to have captured: their trust is unverified.";

const output = z.strictObject({
  state: vaultState,
  version: z.string().optional(),
  memories: z.int().optional(),
  waiting: z.int().optional(),
  project: z.string().optional(),
  problems: z.array(z.string()),
});

export const statusTool = tool({
  description: "Whether memory is open, sealed or missing, what it holds, which project.",
  input: z.strictObject({}),
  output,
  run: async (_args, { daemon, scope, signal }) => {
    const status = await daemon.call("vault.status", {}, signal);
    const current = await scope.current();
    const project = current === null ? undefined : foldedLine(current, PROJECT_CHARACTERS);
    const problems = problemsOf(status);
    const { waiting } = status;
    const { memories, forgotten = 0 } = status.open ?? {};
    const parts = [
      `The vault is ${status.state}.`,
      memories === undefined ? "" : `${memories} memories.`,
      waiting !== undefined && waiting > 0 ? `${waiting} captured turns wait for the unlock.` : "",
      forgotten > 0 ? `${forgotten} forgotten ones are refused when they come again.` : "",
      project === undefined ? "No project here." : `Project here: ${quoted(project)}.`,
      status.open?.purgePending === true ? "What was forgotten leaves the disk with the next purge." : "",
      ...problems,
    ];
    return {
      text: parts.filter((part) => part !== "").join(" "),
      structured: {
        state: status.state,
        ...(VERSION.test(status.version) && { version: status.version }),
        ...(memories !== undefined && { memories }),
        ...(waiting !== undefined && { waiting }),
        ...(project !== undefined && { project }),
        problems,
      },
    };
  },
});

function problemsOf({ state, fault, open, waitingBytes = 0 }: Result<"vault.status">): string[] {
  if (state === "missing") return [sentence("VAULT_MISSING")];
  if (state === "sealed") {
    const isNearlyFull = waitingBytes + NEARLY_FULL_BYTES > LIMITS.inboxBytes;
    // Unlocking it is in vain while something keeps it from being opened.
    return [sentence(fault?.code ?? "VAULT_SEALED"), ...(isNearlyFull ? [sentence("INBOX_FULL")] : [])];
  }
  if (open === undefined) return [];
  const { damagedCount, missingCount } = open.damage ?? { damagedCount: 0, missingCount: 0 };
  const { done, total } = open.index;
  const rebuilt = done === undefined || total === undefined ? "" : ` (${done} of ${total})`;
  const checks: readonly (readonly [boolean, string])[] = [
    [open.readOnly !== undefined, sentence("VAULT_READ_ONLY")],
    [damagedCount > 0 || missingCount !== 0, sentence("VAULT_DAMAGED")],
    [(open.inbox?.unverified ?? 0) > 0, UNVERIFIED],
    [!open.index.complete, `The index is being rebuilt${rebuilt}: a search may miss memories.`],
  ];
  return checks.flatMap(([holds, text]) => (holds ? [text] : []));
}

function sentence(code: ErrorCode): string {
  const { summary, hint } = ERRORS[code];
  return `${code}: ${[summary, hint].filter((part) => part !== undefined).join("; ")}.`;
}
