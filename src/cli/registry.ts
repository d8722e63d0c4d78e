/**
 * Every command there is, in the order that help shows them; parsing, help, completions and `docs/cli.md` derive from it.
 * A command is loaded when it runs, and all of them only where all are shown.
 */
import type { CommandDefinition, Options } from "./framework/command.ts";
import { flag } from "./framework/command.ts";

export const PROGRAM = {
  name: "keepsake",
  summary: "An encrypted long-term memory for AI assistants, on this machine alone.",
} as const;

/** What commands of two words have in common. */
export const FAMILIES: Readonly<Record<string, string>> = {
  key: "The ways to open the vault.",
  client: "Programs that may connect.",
  config: "Settings.",
  service: "The daemon, started when you log in.",
  private: "What is neither captured nor recalled.",
};

export const COMMON_OPTIONS = { noInput: flag("never ask anything") } satisfies Options;

/** By its name, where a command is defined. */
const DEFINED: Readonly<Record<string, () => Promise<CommandDefinition>>> = {
  save: async () => (await import("./commands/save.ts")).save,
  search: async () => (await import("./commands/search.ts")).search,
  recent: async () => (await import("./commands/recent.ts")).recent,
  get: async () => (await import("./commands/get.ts")).get,
  update: async () => (await import("./commands/update.ts")).update,
  forget: async () => (await import("./commands/forget.ts")).forget,
  brief: async () => (await import("./commands/brief.ts")).brief,
  sessions: async () => (await import("./commands/sessions.ts")).sessions,
  mute: async () => (await import("./commands/mute.ts")).mute,
  confirm: async () => (await import("./commands/confirm.ts")).confirm,
  import: async () => (await import("./commands/import.ts")).importCommand,
  "private on": async () => (await import("./commands/private.ts")).privateOn,
  "private off": async () => (await import("./commands/private.ts")).privateOff,
  "private status": async () => (await import("./commands/private.ts")).privateStatus,
  init: async () => (await import("./commands/init.ts")).init,
  unlock: async () => (await import("./commands/unlock.ts")).unlock,
  lock: async () => (await import("./commands/lock.ts")).lock,
  status: async () => (await import("./commands/status.ts")).status,
  verify: async () => (await import("./commands/verify.ts")).verify,
  audit: async () => (await import("./commands/audit.ts")).audit,
  purge: async () => (await import("./commands/purge.ts")).purge,
  scrub: async () => (await import("./commands/scrub-secrets.ts")).scrub,
  rotate: async () => (await import("./commands/rotate.ts")).rotate,
  repair: async () => (await import("./commands/repair.ts")).repair,
  "key list": async () => (await import("./commands/key.ts")).keyList,
  "key add": async () => (await import("./commands/key.ts")).keyAdd,
  "key remove": async () => (await import("./commands/key.ts")).keyRemove,
  "key change": async () => (await import("./commands/key.ts")).keyChange,
  "client add": async () => (await import("./commands/client.ts")).clientAdd,
  "client list": async () => (await import("./commands/client.ts")).clientList,
  "client revoke": async () => (await import("./commands/client.ts")).clientRevoke,
  setup: async () => (await import("./commands/setup.ts")).setupWith(await loadCommand("import")),
  "service install": async () => (await import("./commands/daemon-service.ts")).serviceInstall,
  "service uninstall": async () => (await import("./commands/daemon-service.ts")).serviceUninstall,
  "service status": async () => (await import("./commands/daemon-service.ts")).serviceStatus,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  "config get": async () => (await import("./commands/config.ts")).configGet,
  "config set": async () => (await import("./commands/config.ts")).configSet,
  "config list": async () => (await import("./commands/config.ts")).configList,
  completion: async () => (await import("./commands/completion.ts")).completion,
  mcp: async () => (await import("./commands/mcp.ts")).mcp,
  hook: async () => (await import("./commands/hook.ts")).hook,
};

export const COMMAND_NAMES: readonly string[] = Object.keys(DEFINED);

/** @param name - one of `COMMAND_NAMES` */
export async function loadCommand(name: string): Promise<CommandDefinition> {
  const definition = await DEFINED[name]?.();
  if (definition?.name !== name) throw new Error(`there is no command ${name} where it should be`);
  return definition;
}

export function loadCommands(): Promise<readonly CommandDefinition[]> {
  return Promise.all(COMMAND_NAMES.map(loadCommand));
}
