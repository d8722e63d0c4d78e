/** Whether anything of a payload may be stored, or anything be recalled for it. */
import type { HookSettings } from "./hook-settings.ts";
import type { Payload } from "./payload.ts";

export function isCaptured({ host }: Payload, settings: HookSettings): Promise<boolean> {
  return Promise.resolve(settings.capturesOf(host));
}

/** Whether the model may be told what is stored. */
export function isRecalled(_payload: Payload): Promise<boolean> {
  return Promise.resolve(true);
}
