/**
 * The configuration: `config.json`, 0600, in the config folder. Security settings come from this file and from nowhere
 * else, no method of the socket changes them. A file that is loose or does not hold valid settings is refused as a
 * whole: falling back to defaults could weaken what the user had asked for.
 *
 *   {"lock": {"idle": "30m", "max": "12h"},      a number with s, m, h or d, or "off"
 *    "audit": {"days": 90},
 *    "confirm": {"mode": "token"},               or "terminal"
 *    "unlock": {"ask": "off", "keychain": "off"}, "pinentry": a host's call on a locked vault opens a window, of the program
                                                that "pinentry" then names; "on": at login
 *    "brief": "full",                            or "short" or "off"
 *    "hooks": {"promptRecall": "off", "subagents": "off"},
 *    "capture": {"claude-code": "on", …}}        a host whose conversations are stored
 */
import { isAbsolute, join } from "node:path";
import * as z from "zod";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { readPrivateFile, replacePrivateFile } from "./private-files.ts";

const CONFIGURATION_BYTES = 64 << 10;
const MAX_PATH_CHARACTERS = 4_096;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
export const MAX_AUDIT_DAYS = 3_650;
const LONGEST_MS = 365 * UNIT_MS.d;

/** The value of a setting that is a time. */
export const duration = z
  .string()
  .regex(/^(off|[1-9]\d{0,5}[smhd])$/, 'a number with s, m, h or d, or "off"')
  .refine((text) => (durationMs(text) ?? 0) <= LONGEST_MS, { error: "at most 365 days" });

/** What a host's call on a locked vault does for the person: nothing, or a window that asks. */
export const unlockAskWord = z.enum(["off", "pinentry"]);
const CONFIRM_MODES = ["token", "terminal"] as const;
export const confirmModeText = z.enum(CONFIRM_MODES);
/** How much every session of a host begins with. */
export const briefWord = z.enum(["off", "short", "full"]);
export const onOff = z.enum(["on", "off"]);
type OnOff = z.infer<typeof onOff>;
/** The hosts whose hooks keepsake answers. */
export const HOOK_HOSTS = ["claude-code", "codex", "gemini", "copilot", "cursor"] as const;
export type HookHost = (typeof HOOK_HOSTS)[number];
export const HOOK_SWITCHES = ["promptRecall", "subagents"] as const;
export type HookSwitch = (typeof HOOK_SWITCHES)[number];

/** A number of days, as it is typed. */
export const auditDaysText = z
  .string()
  .regex(/^[1-9]\d{0,3}$/)
  .refine((text) => Number(text) <= MAX_AUDIT_DAYS);

const settingsSchema = z.strictObject({
  lock: z
    .strictObject({
      /** Lock after so long without a request. */
      idle: duration.optional(),
      /** Lock so long after the unlock, whatever happens. */
      max: duration.optional(),
    })
    .optional(),
  unlock: z
    .strictObject({
      ask: unlockAskWord.optional(),
      /** Absolute path of the program that asks, found when `ask` was set. */
      pinentry: z.string().max(MAX_PATH_CHARACTERS).refine(isAbsolute).optional(),
      /** The daemon opens the vault with the keychain when it starts. */
      keychain: onOff.optional(),
    })
    .optional(),
  /** Who confirms what a host's client asks for: the client with a token, or the person in a terminal. */
  confirm: z.strictObject({ mode: confirmModeText.optional() }).optional(),
  audit: z
    .strictObject({
      /** How long entries of the record of calls are kept. */
      days: z.int().min(1).max(MAX_AUDIT_DAYS).optional(),
    })
    .optional(),
  brief: briefWord.optional(),
  hooks: z.partialRecord(z.enum(HOOK_SWITCHES), onOff).optional(),
  capture: z.partialRecord(z.enum(HOOK_HOSTS), onOff).optional(),
});

/** The settings as written; what is absent has its default. */
export type Settings = z.infer<typeof settingsSchema>;

/** When the vault locks by itself; `undefined`: never for this reason. */
export interface LockTimes {
  readonly idleMs: number | undefined;
  readonly maxMs: number | undefined;
}

const DEFAULT_IDLE = "30m";
const DEFAULT_MAX = "12h";
const DEFAULT_AUDIT_DAYS = 90;

export function lockTimes({ lock }: Settings): LockTimes {
  return { idleMs: durationMs(lock?.idle ?? DEFAULT_IDLE), maxMs: durationMs(lock?.max ?? DEFAULT_MAX) };
}

export function confirmMode({ confirm }: Settings): z.infer<typeof confirmModeText> {
  return confirm?.mode ?? "token";
}

export function unlockAsk({ unlock }: Settings): z.infer<typeof unlockAskWord> {
  return unlock?.ask ?? "off";
}

export function unlockKeychain({ unlock }: Settings): OnOff {
  return unlock?.keychain ?? "off";
}

export function briefOf({ brief }: Settings): z.infer<typeof briefWord> {
  return brief ?? "full";
}

/** What hooks do only where the person wants it: recall for each prompt, and what sub-agents say at last. */
export function hookSwitch({ hooks }: Settings, name: HookSwitch): OnOff {
  return hooks?.[name] ?? "off";
}

/** Whether the conversations of a host are stored. */
export function captureOf({ capture }: Settings, host: HookHost): OnOff {
  return capture?.[host] ?? "on";
}

/** How long entries of the record of calls are kept. */
export function auditDays({ audit }: Settings): number {
  return audit?.days ?? DEFAULT_AUDIT_DAYS;
}

/** The same in milliseconds. */
export function auditKeptMs(settings: Settings): number {
  return auditDays(settings) * UNIT_MS.d;
}

export class ConfigurationFile {
  readonly path: string;

  /** @param folder - the config folder; checked by whoever makes it */
  constructor(folder: string) {
    this.path = join(folder, "config.json");
  }

  /**
   * The settings, empty when there is no file.
   *
   * @throws INVALID_CONFIG when the file is not private or any part of it is not valid; the message names the part
   */
  async read(): Promise<Settings> {
    let parsed: unknown;
    try {
      const bytes = await readPrivateFile(this.path, CONFIGURATION_BYTES);
      if (bytes === undefined) return {};
      parsed = JSON.parse(fromUtf8(bytes));
    } catch (cause) {
      const reason = cause instanceof KeepsakeError ? cause.message : `${this.path} is not JSON`;
      throw new KeepsakeError("INVALID_CONFIG", reason, { cause });
    }
    return this.#check(parsed);
  }

  /**
   * Puts other settings in place, atomically.
   *
   * @throws INVALID_CONFIG when they are not valid: nothing is written
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  async replace(next: unknown): Promise<void> {
    const checked = this.#check(next);
    await replacePrivateFile(this.path, utf8(`${JSON.stringify(checked, null, 2)}\n`));
  }

  #check(value: unknown): Settings {
    const result = settingsSchema.safeParse(value);
    if (result.success) return result.data;
    const parts = result.error.issues.map(({ path }) => (path.length === 0 ? "the whole" : path.join(".")));
    throw new KeepsakeError("INVALID_CONFIG", `${this.path} is not valid in: ${parts.join(", ")}`);
  }
}

/** `undefined` for "off", and for what is no time. */
export function durationMs(text: string): number | undefined {
  const unit = text.at(-1);
  if (unit !== "s" && unit !== "m" && unit !== "h" && unit !== "d") return undefined;
  return Number(text.slice(0, -1)) * UNIT_MS[unit];
}

/** The other way: in the largest unit that divides it. @param milliseconds - whole seconds; undefined: off */
export function durationText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "off";
  const [unit, size] = Object.entries(UNIT_MS).findLast(([, each]) => milliseconds % each === 0) ?? [
    "s",
    1_000,
  ];
  return `${milliseconds / size}${unit}`;
}
