/** What the person keeps private: nothing of it is stored, and nothing recalled there. */
import { folderProjects } from "../client/projects/folder-projects.ts";
import type { PrivatePlaces } from "../platform/privacy/private-places.ts";
import type { HookSettings } from "./hook-settings.ts";
import type { Payload } from "./payload.ts";

/** Whether a payload comes from a place that is private now. */
export async function isPlacePrivate(
  { folder, session }: Payload,
  places: PrivatePlaces,
  now: number,
): Promise<boolean> {
  if (!places.hasAny(now)) return false;
  const project = await folderProjects()()(folder);
  return (await places.privacyOf({ folder, session, project }, now)) !== undefined;
}

/** Whether anything of a payload may be stored now. */
export function isCaptured({ host }: Payload, settings: HookSettings, isPrivate: boolean): boolean {
  return settings.capturesOf(host) && !isPrivate;
}
