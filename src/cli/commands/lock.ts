import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { isDaemonAbsent, unclosedVaultError } from "../../client/absent.ts";
import type { Context } from "../context.ts";
import { command } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";

/** From the request to the answer; a daemon that takes longer is ended. */
const ANSWER_MS = 5_000;
/** What the daemon's silence looks like; anything else needs to be told even where nothing is open. */
const SILENCE = ["DAEMON_UNREACHABLE", "TIMEOUT", "TOO_MANY_CONNECTIONS"] as const;

/** `stopped`: no daemon runs, by now at least; `ended`: the processes that were ended for it. */
interface Locked {
  readonly state: "sealed" | "missing" | "stopped";
  readonly ended?: readonly number[];
  /** Gives the vault's locks back, once all is said. */
  readonly release?: () => Promise<void>;
}

export const lock = command({
  name: "lock",
  group: "vault",
  summary: "Close the vault: every key leaves memory.",
  details: [
    "Never starts the daemon. A daemon that runs but does not answer is ended. That nothing is open is said only while this command has the vault's own locks itself.",
    "Exits with 3 when another process has them and could not be ended: the vault may be open then.",
  ],
  arguments: [],
  options: { ...jsonOption },
  examples: [["keepsake lock", "close it now"]],
  run: async ({ options }, context) => {
    const { out } = context.screen;
    const locked = await askToLock(context).then(
      (state): Locked => ({ state }),
      (error: unknown) => {
        if (!(error instanceof KeepsakeError) || hasCode(error, "INTERRUPTED", "CANCELLED")) throw error;
        return lockWithoutAnswer(context, error);
      },
    );
    const { state, ended = [], release } = locked;
    if (options.json) printJson(out, { state, ...(ended.length > 0 && { ended }) });
    else out.write(sentenceOf(locked));
    await release?.();
  },
});

/** @throws INVALID_RESULT when the daemon says that it is open */
async function askToLock(context: Context): Promise<"sealed" | "missing"> {
  const client = await context.connect("running");
  const options = { signal: context.signal, timeoutMs: ANSWER_MS };
  const { state } = await client.call("vault.lock", {}, options);
  if (state === "open") throw new KeepsakeError("INVALID_RESULT", "the daemon did not lock");
  return state;
}

/** @throws DAEMON_UNREACHABLE, or what kept the daemon from being reached when that is not its silence */
async function lockWithoutAnswer(context: Context, failure: KeepsakeError): Promise<Locked> {
  // Nobody to connect to is what a daemon that another command has just started looks like, too: that one is not ended.
  if (isDaemonAbsent(failure)) {
    const { report, release } = await context.takeVaultLocks("look");
    if (report.state === "free") return { state: "stopped", release };
    await release();
    const state = await askToLock(context).catch(() => undefined);
    if (state !== undefined) return { state };
  }
  const { report, release } = await context.takeVaultLocks("end").catch((error: unknown) => {
    throw isSilence(failure) ? error : failure;
  });
  if (report.state === "free" && (report.ended.length > 0 || isSilence(failure)))
    return { state: "stopped", ended: report.ended, release };
  await release();
  throw report.state === "free" ? failure : unclosedVaultError(report.holders, failure);
}

function isSilence(error: KeepsakeError): boolean {
  return hasCode(error, ...SILENCE);
}

function sentenceOf({ state, ended = [] }: Locked): string {
  if (state === "missing") return "there is no vault yet\n";
  if (state === "sealed") return "locked\n";
  if (ended.length === 0) return "nothing is open: the daemon does not run\n";
  return `locked: the daemon did not answer and was ended (process ${ended.join(", ")})\n`;
}
