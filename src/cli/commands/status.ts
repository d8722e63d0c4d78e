import { ERRORS, KeepsakeError, hasCode } from "../../base/errors.ts";
import { silentDaemonError } from "../../client/absent.ts";
import type { Result } from "../../protocol/method-table.ts";
import { command } from "../framework/command.ts";
import type { Style } from "../context.ts";
import { jsonOption } from "../options/output-options.ts";
import { inboxPairs } from "../output/waiting-turns.ts";
import { damageLines } from "../output/long-work.ts";
import { printJson } from "../output/json.ts";
import { counted, grouped, formatAge, formatTime } from "../../base/shown-values.ts";
import type { Cell } from "../output/text-table.ts";
import { formatPairs } from "../output/text-table.ts";

type Status = Result<"vault.status">;
type Open = NonNullable<Status["open"]>;
type Pair = readonly [string, Cell | string];

export const status = command({
  name: "status",
  group: "vault",
  summary: "Say what state the vault is in.",
  details: [
    "Never starts the daemon. Does not count as activity.",
    "Exits with 3 when the daemon does not run (--json: stopped), and when it does not answer (--json: silent): the vault may be open then.",
    "The kill it names closes the vault and stops the daemon; the next command that needs it starts it anew.",
  ],
  arguments: [],
  options: { ...jsonOption },
  examples: [["keepsake status --json | jq -r .state", "open, sealed, missing, stopped or silent"]],
  run: async ({ options }, context) => {
    const { out } = context.screen;
    const { socket } = context;
    const print = (answer: object) => options.json && printJson(out, { ...answer, socket });
    try {
      const client = await context.connect("running");
      const answer = await client.call("vault.status", {}, { signal: context.signal });
      if (options.json) print(answer);
      else out.write(formatPairs(statusPairs(answer, socket, out.style, context.clock.now()), out.style.dim));
    } catch (error) {
      if (!hasCode(error, "DAEMON_UNREACHABLE")) throw error;
      const { report, release } = await context.takeVaultLocks("look");
      try {
        if (report.state === "held") {
          print({ state: "silent", holders: report.holders });
          throw silentDaemonError(socket, report.holders, error);
        }
        const hasVault = await context.hasVault();
        print({ state: "stopped", hasVault });
        throw stoppedError(hasVault, error);
      } finally {
        await release();
      }
    }
  },
});

function stoppedError(hasVault: boolean, cause: KeepsakeError): KeepsakeError {
  if (!hasVault) {
    return new KeepsakeError("DAEMON_UNREACHABLE", 'no vault yet: run "keepsake init"', {
      hint: "the daemon does not run; init starts it",
      cause,
    });
  }
  return new KeepsakeError("DAEMON_UNREACHABLE", "the daemon does not run, so nothing is open", {
    hint: 'it starts with the first command that needs it, such as "keepsake unlock"',
    cause,
  });
}

function statusPairs(answer: Status, socket: string, style: Style, now: number): readonly Pair[] {
  const { state, open, fault, secrets, unlockRetryAfterMs, version, pid, frontPid } = answer;
  const pairs: Pair[] = [["vault", stateCell(answer, style, now)]];
  if (open !== undefined) pairs.push(...openPairs(open, style, now));
  if (fault !== undefined) {
    const { hint, summary } = ERRORS[fault.code];
    pairs.push(["why", { text: fault.message ?? summary, style: style.bad }]);
    if (hint !== undefined) pairs.push(["next", hint]);
  }
  pairs.push(...inboxPairs(answer, style.warn));
  if (secrets !== undefined) pairs.push(["secrets", secretsLine(secrets)]);
  if (unlockRetryAfterMs !== undefined) {
    const cell = {
      text: `wait ${Math.ceil(unlockRetryAfterMs / 1_000)} s before the next try`,
      style: style.warn,
    };
    pairs.push(["unlock", cell]);
  }
  if (state !== "missing") pairs.push(["keychain", keychainCell(answer, style)]);
  const ends = frontPid === undefined ? "" : `; "kill ${frontPid}" stops it`;
  pairs.push(["daemon", `version ${version}, process ${frontPid ?? pid}${ends}`], ["socket", socket]);
  return pairs;
}

/** Every lock begins anew. */
function secretsLine({ redacted, kept }: NonNullable<Status["secrets"]>): string {
  const asGiven = kept === 0 ? "" : `, ${grouped(kept)} stored as given`;
  return `${grouped(redacted)} replaced${asGiven} since the last lock`;
}

function stateCell({ state, open, fault }: Status, style: Style, now: number): Cell {
  if (fault !== undefined) return { text: `cannot be opened (${fault.code})`, style: style.bad };
  if (state === "missing") return { text: 'none yet: run "keepsake init"', style: style.warn };
  if (state === "sealed") return { text: 'locked: run "keepsake unlock"', style: style.accent };
  const since = open === undefined ? "" : ` since ${formatTime(open.since)} (${formatAge(open.since, now)})`;
  return { text: `open${since}`, style: style.good };
}

function keychainCell({ keychain, keychainFault }: Status, style: Style): Cell {
  if (keychainFault === undefined) return { text: keychain ? "opens the vault" : "not used" };
  const why = keychain ? keychainFault : 'has no key of it: run "keepsake key add keychain"';
  return { text: `did not open the vault at the start (${why})`, style: style.warn };
}

function doneOf({ done, total }: Open["index"]): string {
  return done === undefined || total === undefined ? "" : `: ${done} of ${total} memories indexed`;
}

function purgeLine({ purgeDueAt, damage }: Open): string {
  if (damage !== undefined && damage.damagedCount > 0) {
    return 'pending: waits for you, since damaged records would be lost: "keepsake verify", then "keepsake repair"';
  }
  const due = purgeDueAt === undefined ? "" : ` by ${formatTime(purgeDueAt)}`;
  return `pending: what was forgotten leaves the disk${due}`;
}

function openPairs(open: Open, style: Style, now: number): readonly Pair[] {
  const {
    memories,
    versions = memories,
    locksAt,
    index,
    purgePending,
    forgotten = 0,
    readOnly,
    damage,
  } = open;
  // Of what is not indexed yet nobody knows whether it is the newest version.
  const all = index.complete ? versions : Math.max(versions, index.total ?? 0);
  const older = all > memories ? `, ${counted(all, "version")} in all` : "";
  const pairs: Pair[] = [["memories", index.complete ? `${grouped(memories)}${older}` : grouped(all)]];
  pairs.push([
    "locks",
    locksAt === undefined ? "only when told to" : `at ${formatTime(locksAt)} (${formatAge(locksAt, now)})`,
  ]);
  if (!index.complete) {
    pairs.push(["index", { text: `being rebuilt${doneOf(index)}`, style: style.warn }]);
  }
  if (purgePending === true) {
    pairs.push(["purge", purgeLine(open)]);
  }
  if (forgotten > 0) pairs.push(["forgotten", `${grouped(forgotten)}, refused when they come again`]);
  if (readOnly !== undefined) {
    const cell = { text: `refused since ${formatTime(readOnly.since)} (${readOnly.code})`, style: style.bad };
    pairs.push(["writes", cell], ["why", readOnly.message ?? ERRORS[readOnly.code].summary]);
    const { hint } = ERRORS[readOnly.code];
    // Where that says no more than to run this, the reason says what to do.
    if (hint !== undefined && readOnly.code !== "VAULT_READ_ONLY") pairs.push(["next", hint]);
  }
  for (const line of damage === undefined ? [] : damageLines(damage))
    pairs.push(["damage", { text: line, style: style.bad }]);
  return pairs;
}
