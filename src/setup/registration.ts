/** How a host will start keepsake, as it stands in the host's own files: for checks that go the way the host goes. */
import { dirname, join } from "node:path";
import { parse } from "jsonc-parser";
import { attempt } from "../base/attempt.ts";
import type { FilePlan, FileState, HostPlan, Setup } from "./plan.ts";
import { readHostFile } from "./host-files.ts";
import { hookCommand } from "./hosts/hook-entries.ts";
import type { SetupHost } from "./hosts/setup-host.ts";
import { launcherPath } from "./launcher.ts";
import { areHooksOff, reviewedHooks } from "./text/toml-text.ts";
import { withoutMark } from "./text/splices.ts";

interface EventCommand {
  readonly event: string;
  readonly command: string;
}

export interface Registration {
  readonly host: SetupHost;
  readonly isFound: boolean;
  readonly state: FileState;
  /** Why it is broken, as a sentence. */
  readonly fault?: string;
  /** What the host starts; undefined where no server of our name stands in its file. */
  readonly server?: {
    readonly command: string;
    readonly args: readonly string[];
    /** All the variables it will have, of the environment given. */
    readonly environment: Readonly<Record<string, string>>;
  };
  /** undefined: the host has no hooks of ours. */
  readonly hooks?: {
    readonly state: FileState;
    /** The shell command of each event. */
    readonly commands: readonly EventCommand[];
    /**
     * `reviewed`: the person looked at every one; whether it was changed since, only the host can tell. undefined: the host asks nobody.
     */
    readonly trust?: "reviewed" | "not reviewed";
    /** Where the host's own file says that no hook is run. */
    readonly switchedOff?: string;
  };
}

/** @param plan - of the host, as `planHost` reads it */
export async function registrationOf(setup: Setup, plan: HostPlan): Promise<Registration> {
  const { host, files, isFound, state } = plan;
  const fault = files.find((file) => file.fault !== undefined)?.fault;
  const server = serverOf(files[0], host, setup);
  const hooks = await hooksOf(files, host, setup);
  return {
    host,
    isFound,
    state,
    ...(fault !== undefined && { fault: fault.message }),
    ...(server !== undefined && { server }),
    ...(hooks !== undefined && { hooks }),
  };
}

function serverOf(
  plan: FilePlan | undefined,
  { passes }: SetupHost,
  { around }: Setup,
): Registration["server"] {
  const text = plan?.file?.text;
  if (plan?.state === "broken" || text === undefined) return undefined;
  const value = plan?.document.server?.(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { command, args, env, environment } = value as Readonly<Record<string, unknown>>;
  const [program, ...more] = [
    ...strings(typeof command === "string" ? [command] : command),
    ...strings(args),
  ];
  if (program === undefined) return undefined;
  const passed = Object.entries(around.environment).filter(
    ([name, given]) => given !== undefined && (passes === undefined || passes.includes(name)),
  );
  const own = Object.entries({ ...asRecord(environment), ...asRecord(env) });
  return {
    command: program,
    args: more,
    environment: Object.fromEntries([...passed, ...own].map(([name, given]) => [name, String(given)])),
  };
}

async function hooksOf(
  files: readonly FilePlan[],
  host: SetupHost,
  { places }: Setup,
): Promise<Registration["hooks"]> {
  const { events } = host;
  const [, hookFile] = files;
  if (events.length === 0 || hookFile === undefined) return undefined;
  const launcher = launcherPath(places);
  const commands = events.map((event) => ({ event, command: hookCommand(launcher, host, event) }));
  const more = host.trust === undefined ? {} : await codexHooks(hookFile, commands);
  return { state: hookFile.state, commands, ...more };
}

/** Codex keeps a hash of each hook that the person has trusted, by file, event and the hook's place in it. */
async function codexHooks(
  { document, file, state }: FilePlan,
  commands: readonly EventCommand[],
): Promise<Pick<NonNullable<Registration["hooks"]>, "trust" | "switchedOff">> {
  const config = join(dirname(document.path), "config.toml");
  const { text = "" } = await readHostFile(config);
  const { body } = withoutMark(text);
  const isOff = attempt(() => areHooksOff(body)) ?? false;
  const off = isOff ? { switchedOff: `hooks = false under [features] in ${config}` } : {};
  if (state === "broken" || file?.text === undefined) return { trust: "not reviewed", ...off };
  const reviewed = attempt(() => reviewedHooks(body)) ?? new Set();
  const { hooks } = asRecord(parse(withoutMark(file.text).body));
  const isReviewed = ({ event, command }: EventCommand) => {
    const groups: unknown = asRecord(hooks)[event];
    const place = Array.isArray(groups) ? groups.findIndex((group) => holdsCommand(group, command)) : -1;
    const name = event.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    return [document.path, file.target].some((path) => reviewed.has(`${path}:${name}:${place}:0`));
  };
  return { trust: commands.every(isReviewed) ? "reviewed" : "not reviewed", ...off };
}

function holdsCommand(group: unknown, command: string): boolean {
  const { hooks } = asRecord(group);
  return Array.isArray(hooks) && asRecord(hooks[0])["command"] === command;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === "string") : [];
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
