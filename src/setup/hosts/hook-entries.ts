/** The command that a host's hooks call, and how hosts write hooks down. */
import { shellWord } from "../../base/shown-values.ts";

/** A hook that takes longer is ended by the host. */
const HOOK_SECONDS = 10;

export function hookCommand(launcher: string, { id }: { readonly id: string }, event: string): string {
  return `${hookMark(launcher)}${id} ${event}`;
}

/** What every command of ours begins with. */
export function hookMark(launcher: string): string {
  return `${shellWord(launcher)} hook `;
}

interface HookedHost {
  readonly id: string;
  readonly events: readonly string[];
}

/** As Claude Code has them, and hosts that followed it. @param perSecond - of the unit that the host counts in; undefined: its own limit holds */
export function groupedHooks(
  launcher: string,
  host: HookedHost,
  perSecond?: number,
): Readonly<Record<string, readonly unknown[]>> {
  const group = (event: string) => ({
    hooks: [
      {
        type: "command",
        command: hookCommand(launcher, host, event),
        ...(perSecond !== undefined && { timeout: HOOK_SECONDS * perSecond }),
      },
    ],
  });
  return Object.fromEntries(host.events.map((event) => [event, [group(event)]]));
}

/** As Copilot CLI has them. */
export function copilotHooks(
  launcher: string,
  host: HookedHost,
): Readonly<Record<string, readonly unknown[]>> {
  const hook = (event: string) => ({
    type: "command",
    bash: hookCommand(launcher, host, event),
    timeoutSec: HOOK_SECONDS,
  });
  return Object.fromEntries(host.events.map((event) => [event, [hook(event)]]));
}
