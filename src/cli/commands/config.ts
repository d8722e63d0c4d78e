import type * as z from "zod";
import type { HookHost, HookSwitch, Settings } from "../../platform/configuration.ts";
import {
  auditDays,
  auditDaysText,
  briefOf,
  briefWord,
  captureOf,
  confirmMode,
  confirmModeText,
  duration,
  durationText,
  HOOK_HOSTS,
  hookSwitch,
  lockTimes,
  MAX_AUDIT_DAYS,
  onOff,
  unlockAsk,
  unlockAskWord,
  unlockKeychain,
} from "../../platform/configuration.ts";
import { keychainHint, pinentryHint, withPinentry } from "../asking/unlock-settings.ts";
import type { Context } from "../context.ts";
import { command, one } from "../framework/command.ts";
import { notOneOfError } from "../framework/not-one-of.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { reportHint } from "../output/report-error.ts";
import { formatTable } from "../output/text-table.ts";

const onOffSetting = { schema: onOff, takes: oneOf(onOff.options), words: onOff.options };

const TIME_RULE = "a number with s, m, h or d, or off; at most 365 days";

interface Setting {
  readonly summary: string;
  /** As it is set; `undefined`: it is not. */
  readonly read: (settings: Settings) => string | undefined;
  readonly fallback: () => string;
  readonly schema: z.ZodType<string>;
  /** What it takes, in words. */
  readonly takes: string;
  /** The words among its values. */
  readonly words: readonly string[];
  /** The settings with another value for it. */
  readonly write: (settings: Settings, value: string, context: Context) => object | Promise<object>;
  /** What is to be known of it once it is set. */
  readonly hint?: (settings: Settings, context: Context) => string | undefined;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  "lock.idle": {
    summary: "lock after so long without a request",
    read: (settings: Settings) => settings.lock?.idle,
    fallback: () => durationText(lockTimes({}).idleMs),
    schema: duration,
    takes: TIME_RULE,
    words: ["off"],
    write: (settings, idle) => ({ ...settings, lock: { ...settings.lock, idle } }),
  },
  "lock.max": {
    summary: "lock so long after the unlock, whatever happens",
    read: (settings: Settings) => settings.lock?.max,
    fallback: () => durationText(lockTimes({}).maxMs),
    schema: duration,
    takes: TIME_RULE,
    words: ["off"],
    write: (settings: Settings, max: string) => ({ ...settings, lock: { ...settings.lock, max } }),
  },
  "confirm.mode": {
    summary: "who allows what programs would forget: they, with a token, or you in a terminal",
    read: (settings: Settings) => settings.confirm?.mode,
    fallback: () => confirmMode({}),
    schema: confirmModeText,
    takes: oneOf(confirmModeText.options),
    words: confirmModeText.options,
    write: (settings: Settings, mode: string) => ({ ...settings, confirm: { ...settings.confirm, mode } }),
  },
  "unlock.ask": {
    summary: "what a program's call on a locked vault does: nothing, or a window that asks you",
    read: (settings: Settings) => settings.unlock?.ask,
    fallback: () => unlockAsk({}),
    schema: unlockAskWord,
    takes: oneOf(unlockAskWord.options),
    words: unlockAskWord.options,
    write: withPinentry,
    hint: pinentryHint,
  },
  "unlock.keychain": {
    ...onOffSetting,
    summary: "the daemon opens the vault with the keychain when it starts, as at login",
    read: (settings: Settings) => settings.unlock?.keychain,
    fallback: () => unlockKeychain({}),
    write: (settings, keychain) => ({ ...settings, unlock: { ...settings.unlock, keychain } }),
    hint: keychainHint,
  },
  "audit.days": {
    summary: "keep entries of the record of calls for so many days",
    read: (settings: Settings) => settings.audit?.days?.toString(),
    fallback: () => String(auditDays({})),
    schema: auditDaysText,
    takes: `a number of days, from 1 to ${MAX_AUDIT_DAYS}`,
    words: [],
    write: (settings, days) => ({ ...settings, audit: { ...settings.audit, days: Number(days) } }),
  },
  brief: {
    summary: "how much each session of a host begins with",
    read: (settings: Settings) => settings.brief,
    fallback: () => briefOf({}),
    schema: briefWord,
    takes: oneOf(briefWord.options),
    words: briefWord.options,
    write: (settings: Settings, brief: string) => ({ ...settings, brief }),
  },
  "hooks.promptRecall": hookSetting("promptRecall", "add the best matches to each prompt, if any is good"),
  "hooks.subagents": hookSetting("subagents", "store the last message of each named sub-agent"),
  ...Object.fromEntries(HOOK_HOSTS.map((host) => [`capture.${host}`, captureSetting(host)])),
};

const NAMES = Object.keys(SETTINGS);

export const configGet = command({
  name: "config get",
  group: "set-up",
  summary: "Print one setting.",
  arguments: [one("name", NAMES.join(", "), NAMES)],
  options: { ...jsonOption },
  examples: [["keepsake config get lock.idle", "30m unless it was set"]],
  run: async ({ words, options }, { configuration, screen }) => {
    const name = checkedName(words[0]);
    const value = valueOf(name, await configuration.read());
    if (options.json) printJson(screen.out, { [name]: value });
    else screen.out.write(`${value}\n`);
  },
});

export const configSet = command({
  name: "config set",
  group: "set-up",
  summary: "Change one setting.",
  details: [
    "confirm.mode is token or terminal: in a terminal, keepsake confirm shows what programs wait for.",
    "Times are a number with s, m, h or d, at most 365 days, or off. Security settings are never changed over the socket: they stand in a file, which a daemon that runs looks at every 10 s.",
  ],
  arguments: [
    one("name", NAMES.join(", "), NAMES),
    one("value", "a time such as 4h, or off; a number of days; a mode", ([name = ""]) =>
      NAMES.includes(name) ? setting(name).words : [],
    ),
  ],
  options: { ...jsonOption },
  examples: [
    ["keepsake config set lock.idle 4h", "stay open for four idle hours"],
    ["keepsake config set unlock.ask pinentry", "a program's call on a locked vault asks you in a window"],
    [
      "keepsake config set confirm.mode terminal",
      "programs forget and replace only what you allow in a terminal",
    ],
  ],
  run: async ({ words, options }, context) => {
    const { configuration, screen } = context;
    const name = checkedName(words[0]);
    const value = words[1] ?? "";
    const { schema, takes, words: known, write, hint } = setting(name);
    if (!schema.safeParse(value).success) throw notOneOfError(`${name} takes ${takes}`, value, known);
    await configuration.replace(await write(await configuration.read(), value, context));
    if (options.json) printJson(screen.out, { [name]: value });
    else screen.out.write(`${name} is ${value}\n`);
    if (screen.out.isTerminal && !options.json) {
      reportHint(screen.err, "a daemon that runs goes by it within 10 s");
    }
    const told = hint?.(await configuration.read(), context);
    if (told !== undefined && !options.json) reportHint(screen.err, told);
  },
});

export const configList = command({
  name: "config list",
  group: "set-up",
  summary: "List every setting with its value.",
  arguments: [],
  options: { ...jsonOption },
  examples: [["keepsake config list", "what is set and what is not"]],
  run: async ({ options }, { configuration, screen }) => {
    const settings = await configuration.read();
    const { out } = screen;
    if (options.json) {
      printJson(out, Object.fromEntries(NAMES.map((name) => [name, valueOf(name, settings)])));
      return;
    }
    const rows = NAMES.map((name) => [
      { text: name, style: out.style.bold },
      { text: valueOf(name, settings) },
      { text: setting(name).read(settings) === undefined ? "default" : "set", style: out.style.dim },
      { text: setting(name).summary, style: out.style.dim },
    ]);
    out.write(formatTable(rows, screen.lineWidth));
  },
});

function valueOf(name: string, settings: Settings): string {
  return setting(name).read(settings) ?? setting(name).fallback();
}

/** @throws USAGE */
function checkedName(word = ""): string {
  setting(word);
  return word;
}

/** @throws USAGE */
function setting(name: string): Setting {
  const found = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (found === undefined) throw notOneOfError(`the settings are ${NAMES.join(", ")}`, name, NAMES);
  return found;
}

function hookSetting(name: HookSwitch, summary: string): Setting {
  return {
    ...onOffSetting,
    summary,
    read: ({ hooks }) => hooks?.[name],
    fallback: () => hookSwitch({}, name),
    write: (settings, value) => ({ ...settings, hooks: { ...settings.hooks, [name]: value } }),
  };
}

function captureSetting(host: HookHost): Setting {
  return {
    ...onOffSetting,
    summary: "store its conversations as they happen",
    read: ({ capture }) => capture?.[host],
    fallback: () => captureOf({}, host),
    write: (settings, value) => ({ ...settings, capture: { ...settings.capture, [host]: value } }),
  };
}

function oneOf(words: readonly string[]): string {
  return words.join(" or ");
}
