/** The service as it is told to people. */
import { visibleLine } from "../../base/visible-text.ts";
import type { RunningDaemon, StartedBy } from "../../install/running-daemon.ts";
import type { Installed, InstalledState } from "../../install/service-files.ts";
import type { ServiceFile, ServiceState, View } from "../../install/service-manager.ts";
import type { Sink, Style } from "../context.ts";
import type { Cell } from "./text-table.ts";

export interface ServiceSaid extends Installed {
  readonly manager: string;
  /** Why the manager cannot be asked. */
  readonly absence: string | null;
  readonly service: ServiceState | null;
  readonly daemon: (RunningDaemon & { readonly startedBy: StartedBy }) | null;
}

const STATES: Readonly<Record<InstalledState, string>> = {
  absent: 'not installed; "keepsake service install" does it',
  current: "installed",
  outdated: 'installed by another keepsake, Node.js or place; run "keepsake service install" again',
  foreign: "somebody else wrote something under its name",
};

const VIEWS: Readonly<Record<View, string>> = {
  closed: "the daemon has a view of the machine of its own",
  open: "the daemon sees the machine as any program of yours does",
};

export function viewWords(view: View): string {
  return VIEWS[view];
}

/** Every file whole. */
export function printPlanned(out: Sink, files: readonly ServiceFile[]): void {
  const { bold, good } = out.style;
  for (const { path, text } of files) {
    if (text === undefined) continue;
    out.write(`${bold(`write ${visibleLine(path)}`)}\n`);
    for (const line of text.split("\n").slice(0, -1)) out.write(`${good(`+ ${visibleLine(line)}`)}\n`);
  }
}

export function servicePairs(said: ServiceSaid, style: Style): readonly (readonly [string, Cell | string])[] {
  const { manager, state, path, view, missing, absence, service, daemon } = said;
  const isInstalled = state === "current" || state === "outdated";
  const mark = { absent: style.dim, current: style.good, outdated: style.warn, foreign: style.bad }[state];
  return [
    ["service", { text: `${manager}: ${STATES[state]}`, style: mark }],
    ...(state === "absent" ? [] : [["file", visibleLine(path)] as const]),
    ...missing.map(
      (each) => ["missing", { text: `${visibleLine(each)} is no longer there`, style: style.bad }] as const,
    ),
    ...(isInstalled ? [["view", VIEWS[view]] as const] : []),
    ...(isInstalled ? [["state", stateCell(absence, service, style)] as const] : []),
    ["daemon", daemonWords(daemon)],
  ];
}

function stateCell(absence: string | null, service: ServiceState | null, style: Style): Cell {
  if (service === null) return { text: absence ?? "unknown", style: style.warn };
  const login = service.isEnabled ? "starts when you log in" : "not started when you log in";
  if (service.failure !== undefined)
    return { text: `failed (${service.failure}); ${login}`, style: style.bad };
  const runs = service.isActive ? "runs" : "does not run now";
  return { text: `${runs}; ${login}`, style: service.isEnabled ? style.good : style.warn };
}

function daemonWords(daemon: ServiceSaid["daemon"]): string {
  if (daemon === null) return "does not run";
  const { pid, version, startedBy } = daemon;
  const who = startedBy === "service" ? "by the service" : startedBy;
  return `version ${version}, process ${pid}, started ${who}`;
}
