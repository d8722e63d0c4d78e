import type { Settings } from "../../platform/configuration.ts";
import {
  auditDays,
  auditDaysText,
  confirmMode,
  confirmModeText,
  duration,
  lockTimes,
  MAX_AUDIT_DAYS,
} from "../../platform/configuration.ts";
import { command, one } from "../framework/command.ts";
import { notOneOfError } from "../framework/not-one-of.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { reportHint } from "../output/report-error.ts";
import { formatTable } from "../output/text-table.ts";

const TIME_RULE = "a number with s, m, h or d, or off; at most 365 days";

/** Every setting: what it is for, its value, and the settings with another value for it. */
const SETTINGS = {
  "lock.idle": {
    summary: "lock after so long without a request",
    read: (settings: Settings) => settings.lock?.idle,
    fallback: () => spelledOut(lockTimes({}).idleMs),
    schema: duration,
    takes: TIME_RULE,
    words: ["off"],
    write: (settings: Settings, idle: string) => ({ ...settings, lock: { ...settings.lock, idle } }),
  },
  "lock.max": {
    summary: "lock so long after the unlock, whatever happens",
    read: (settings: Settings) => settings.lock?.max,
    fallback: () => spelledOut(lockTimes({}).maxMs),
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
    takes: confirmModeText.options.join(" or "),
    words: confirmModeText.options,
    write: (settings: Settings, mode: string) => ({ ...settings, confirm: { ...settings.confirm, mode } }),
  },
  "audit.days": {
    summary: "keep entries of the record of calls for so many days",
    read: (settings: Settings) => settings.audit?.days?.toString(),
    fallback: () => String(auditDays({})),
    schema: auditDaysText,
    takes: `a number of days, from 1 to ${MAX_AUDIT_DAYS}`,
    words: [],
    write: (settings: Settings, days: string) => ({
      ...settings,
      audit: { ...settings.audit, days: Number(days) },
    }),
  },
} as const;

type SettingName = keyof typeof SETTINGS;

const NAMES = Object.keys(SETTINGS) as SettingName[];
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

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
    one("value", "a time such as 4h, or off; a number of days; a mode"),
  ],
  options: { ...jsonOption },
  examples: [
    ["keepsake config set lock.idle 4h", "stay open for four idle hours"],
    [
      "keepsake config set confirm.mode terminal",
      "programs forget and replace only what you allow in a terminal",
    ],
  ],
  run: async ({ words, options }, { configuration, screen }) => {
    const name = checkedName(words[0]);
    const value = words[1] ?? "";
    const { schema, takes, words: known } = SETTINGS[name];
    if (!schema.safeParse(value).success) throw notOneOfError(`${name} takes ${takes}`, value, known);
    await configuration.replace(SETTINGS[name].write(await configuration.read(), value));
    if (options.json) printJson(screen.out, { [name]: value });
    else screen.out.write(`${name} is ${value}\n`);
    if (screen.out.isTerminal && !options.json) {
      reportHint(screen.err, "a daemon that runs goes by it within 10 s");
    }
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
      { text: SETTINGS[name].read(settings) === undefined ? "default" : "set", style: out.style.dim },
      { text: SETTINGS[name].summary, style: out.style.dim },
    ]);
    out.write(formatTable(rows, screen.lineWidth));
  },
});

function valueOf(name: SettingName, settings: Settings): string {
  const { read, fallback } = SETTINGS[name];
  return read(settings) ?? fallback();
}

/** @throws USAGE */
function checkedName(word = ""): SettingName {
  const name = NAMES.find((each) => each === word);
  if (name === undefined) throw notOneOfError(`the settings are ${NAMES.join(", ")}`, word, NAMES);
  return name;
}

/** A time in the largest unit that divides it. */
function spelledOut(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "off";
  const [unit, size] = UNITS.find(([, each]) => milliseconds % each === 0) ?? (["s", 1_000] as const);
  return `${milliseconds / size}${unit}`;
}
