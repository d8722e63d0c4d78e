/**
 * The settings a hook heeds, read from the configuration without its schemas, which take longer to load than a hook may run. Of a file
 * that is not private or not JSON nothing is believed: neither captured nor recalled.
 */
import { join } from "node:path";
import { attempt } from "../base/attempt.ts";
import { fieldsIn, isFields } from "../capture/shapes/fields.ts";
import type { Fields } from "../capture/shapes/fields.ts";
import { readPrivateFile } from "../platform/private-files.ts";

const CONFIGURATION_BYTES = 64 << 10;

export interface HookSettings {
  readonly capturesOf: (host: string) => boolean;
  readonly givesBrief: boolean;
  readonly recallsPrompts: boolean;
  readonly capturesAgents: boolean;
}

const NOTHING: HookSettings = {
  capturesOf: () => false,
  givesBrief: false,
  recallsPrompts: false,
  capturesAgents: false,
};

export async function readHookSettings(configFolder: string): Promise<HookSettings> {
  try {
    const bytes = await readPrivateFile(join(configFolder, "config.json"), CONFIGURATION_BYTES);
    if (bytes === undefined) return settingsIn({});
    const parsed = attempt<unknown>(() => JSON.parse(Buffer.from(bytes).toString("utf8")));
    return isFields(parsed) ? settingsIn(parsed) : NOTHING;
  } catch {
    return NOTHING;
  }
}

function settingsIn(fields: Fields): HookSettings {
  const hooks = fieldsIn(fields, "hooks");
  const capture = fieldsIn(fields, "capture");
  return {
    capturesOf: (host) => (capture[host] ?? "on") === "on",
    givesBrief: fields["brief"] !== "off",
    recallsPrompts: hooks["promptRecall"] === "on",
    capturesAgents: hooks["subagents"] === "on",
  };
}
