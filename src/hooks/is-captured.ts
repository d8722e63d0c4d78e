/** What the person keeps private: nothing of it is stored, and nothing recalled there. */
import { basename } from "node:path";
import { folderProjects } from "../client/projects/folder-projects.ts";
import type { PrivatePlaces } from "../platform/privacy/private-places.ts";
import type { Privacy, Whereabouts } from "../platform/privacy/privacy.ts";
import { countLines, growingFile } from "./file-lines.ts";
import { hookHost } from "./hook-hosts.ts";
import type { HookSettings } from "./hook-settings.ts";
import type { Payload } from "./payload.ts";

/**
 * Why a payload comes from a place that is private now, where it does. With a host whose lines say no time, what answers a prompt that was sent in
 * private still does: its conversation is in the open again with the next prompt. A summary tells all of its conversation, so it comes from wherever
 * that was since it began.
 */
export async function privacyOf(
  payload: Payload,
  places: PrivatePlaces,
  now: number,
): Promise<Privacy | undefined> {
  if (!places.hasAnyEver()) return undefined;
  const wheres = await wheresOf(payload);
  for (const where of wheres) {
    const privacy = await places.privacyOf(where, now);
    if (privacy !== undefined) return privacy;
  }
  const { host, session, means, transcript } = payload;
  if (means === "compacted") {
    const born = transcript === undefined ? undefined : (await growingFile(transcript))?.born;
    const when = { from: Math.trunc(born ?? 0), until: now, promptLine: 0 };
    const wasPrivate = await anyOf(wheres, async (where) => places.wasPrivate(where, when));
    return wasPrivate ? { because: "session", name: session } : undefined;
  }
  const isStill = hookHost(host).linesSay === "neither" && (await places.wasLastPrivate(session));
  return isStill ? { because: "session", name: session } : undefined;
}

/**
 * Remembers of a session that it is seen in a private place, or in the open again, where the host's file will not say so.
 *
 * @throws what the file system does
 */
export async function rememberSeen(payload: Payload, places: PrivatePlaces, now: number): Promise<void> {
  const { host, session, means, transcript } = payload;
  const { linesSay } = hookHost(host);
  if (linesSay === "folder and time" || !places.hasAnyEver()) return;
  const wheres = await wheresOf(payload);
  if (linesSay === "time") return places.see(session, wheres, { at: now });
  const isPrivate = await anyOf(wheres, async (each) => (await places.privacyOf(each, now)) !== undefined);
  const isNew = means === "prompt" || means === "session-start";
  if (!isPrivate && !isNew) return;
  const from = (transcript === undefined ? undefined : await growingFile(transcript))?.born ?? now;
  const when = { from: Math.trunc(from), until: now, promptLine: Infinity };
  for (const name of namesOf(payload)) {
    const wheresOfName = wheres.map((where) => ({ ...where, session: name }));
    const isShownOpen = !(await anyOf(wheresOfName, (where) => places.wasPrivate(where, when)));
    if (!isPrivate && isShownOpen) continue;
    const lines = isPrivate || transcript === undefined ? undefined : await countLines(transcript);
    await places.see(name, wheres, { at: now, lines });
  }
}

/** Whether anything of a payload may be stored now. */
export function isCaptured({ host }: Payload, settings: HookSettings, privacy: Privacy | undefined): boolean {
  return settings.capturesOf(host) && privacy === undefined;
}

/** A window may have several folders open: what is said in it is said in each. */
async function wheresOf({ folder, folders, session }: Payload): Promise<readonly Whereabouts[]> {
  const projectOf = folderProjects()();
  const all = folders.length === 0 ? [folder] : folders;
  return Promise.all(all.map(async (each) => ({ folder: each, session, project: await projectOf(each) })));
}

/** What its file calls the session, too. */
function namesOf({ session, transcript }: Payload): ReadonlySet<string> {
  return new Set([session, transcript === undefined ? [] : basename(transcript, ".jsonl")].flat());
}

async function anyOf<T>(all: readonly T[], holds: (each: T) => Promise<boolean>): Promise<boolean> {
  for (const each of all) if (await holds(each)) return true;
  return false;
}
