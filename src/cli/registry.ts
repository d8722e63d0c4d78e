/** Every command there is, in the order that help shows them; parsing, help, completions and `docs/cli.md` derive from it. */
import { audit } from "./commands/audit.ts";
import { brief } from "./commands/brief.ts";
import { clientAdd, clientList, clientRevoke } from "./commands/client.ts";
import { completion } from "./commands/completion.ts";
import { confirm } from "./commands/confirm.ts";
import { configGet, configList, configSet } from "./commands/config.ts";
import { doctor } from "./commands/doctor.ts";
import { forget } from "./commands/forget.ts";
import { get } from "./commands/get.ts";
import { hook } from "./commands/hook.ts";
import { importCommand } from "./commands/import.ts";
import { init } from "./commands/init.ts";
import { keyAdd, keyChange, keyList, keyRemove } from "./commands/key.ts";
import { lock } from "./commands/lock.ts";
import { mcp } from "./commands/mcp.ts";
import { privateOff, privateOn, privateStatus } from "./commands/private.ts";
import { mute } from "./commands/mute.ts";
import { purge } from "./commands/purge.ts";
import { scrub } from "./commands/scrub-secrets.ts";
import { recent } from "./commands/recent.ts";
import { repair } from "./commands/repair.ts";
import { rotate } from "./commands/rotate.ts";
import { save } from "./commands/save.ts";
import { search } from "./commands/search.ts";
import { sessions } from "./commands/sessions.ts";
import { setupWith } from "./commands/setup.ts";
import { status } from "./commands/status.ts";
import { unlock } from "./commands/unlock.ts";
import { update } from "./commands/update.ts";
import { verify } from "./commands/verify.ts";
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
  private: "What is neither captured nor recalled.",
};

export const COMMON_OPTIONS = { noInput: flag("never ask anything") } satisfies Options;

export const COMMANDS: readonly CommandDefinition[] = [
  save,
  search,
  recent,
  get,
  update,
  forget,
  brief,
  sessions,
  mute,
  confirm,
  importCommand,
  privateOn,
  privateOff,
  privateStatus,
  init,
  unlock,
  lock,
  status,
  verify,
  audit,
  purge,
  scrub,
  rotate,
  repair,
  keyList,
  keyAdd,
  keyRemove,
  keyChange,
  clientAdd,
  clientList,
  clientRevoke,
  setupWith(importCommand),
  doctor,
  configGet,
  configSet,
  configList,
  completion,
  mcp,
  hook,
];
