/** What each event does. What the host may not wait for is handed over to a second process of this program. */
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../base/clock.ts";
import { folderProjects } from "../client/projects/folder-projects.ts";
import { publicText } from "../capture/text/public-text.ts";
import type { PrivatePlaces } from "../platform/privacy/private-places.ts";
import type { Privacy } from "../platform/privacy/privacy.ts";
import type { Delivery } from "./turn-delivery.ts";
import type { Awaited } from "./exchange.ts";
import type { FileFollower } from "./follow-file.ts";
import { growingFile } from "./file-lines.ts";
import { handOver } from "./hand-over.ts";
import { hookHost } from "./hook-hosts.ts";
import type { HookSettings } from "./hook-settings.ts";
import type { Payload } from "./payload.ts";
import type { ReadMarks } from "./read-marks.ts";
import { answerTurn, agentTurn, promptTurn, summaryTurn, typedIn } from "./single-turn.ts";

/** How long the host's file may take to say what a hook was told: while the host waits, and when nobody does. */
const AWAITED_MS = 300;
const AWAITED_ALONE_MS = 10_000;
const LOOKS_EVERY_MS = 50;
/** How long a second process reads at most before it stores what the hook was told. */
const READING_ALONE_MS = 40_000;
/** How long a file that is still written at the end of a session is followed. */
const QUIET_MS = 400;

export interface Answering {
  readonly payload: Payload;
  readonly settings: HookSettings;
  readonly isCaptured: boolean;
  /** Why the place is private now, where it is. */
  readonly privacy: Privacy | undefined;
  readonly privatePlaces: PrivatePlaces;
  /** Whether this is the second process. */
  readonly isAlone: boolean;
  readonly delivery: Delivery;
  readonly marks: ReadMarks;
  /** Told when all that the event brought is safe, or handed over. */
  readonly onSafe: () => void;
  /** When the host is to have its answer, as `monotonicMs` says it. */
  readonly until: number;
}

/** @returns what is printed for the host */
export async function answerEvent(answering: Answering): Promise<string | undefined> {
  const { payload, isCaptured, isAlone, settings } = answering;
  // What happens inside a sub-agent is no talk with the person.
  if (payload.agent !== undefined && payload.means !== "agent-end") return undefined;
  if (payload.means === "session-start") return settings.givesBrief ? brief(answering) : undefined;
  if (isCaptured) await (isAlone ? storeAlone(answering) : store(answering));
  answering.onSafe();
  return payload.means === "prompt" && !isAlone ? recall(answering) : undefined;
}

async function store(answering: Answering): Promise<void> {
  const { payload, settings } = answering;
  const { means, transcript, host } = payload;
  if (means === "session-end") return transcript === undefined ? undefined : handOver(payload);
  if (means === "compacted") return storeNow(answering, await summaryTurn(payload));
  if (means === "agent-end")
    return settings.capturesAgents ? storeNow(answering, await agentTurn(payload)) : undefined;
  if (means === "prompt") {
    const canBeNamed = hookHost(host).isPromptIdInFile === true && payload.promptId !== undefined;
    if (canBeNamed || transcript === undefined) return storeNow(answering, await promptTurn(payload));
    // The file gives the prompt an id that the hook is not told.
    return (await typedIn(payload)) === undefined ? undefined : handOver(payload);
  }
  if (transcript === undefined) return storeNow(answering, await answerTurn(payload));
  const isThere = await follow(answering, AWAITED_MS, await followerOf(answering));
  if (!isThere) await handOver(payload);
}

async function storeAlone(answering: Answering): Promise<void> {
  const { payload, marks, delivery } = answering;
  const { means } = payload;
  if (means === "session-end") {
    await follow(answering, QUIET_MS, await followerOf(answering));
    await marks.removeOld(Date.now());
    return;
  }
  if (means === "prompt" || means === "answer") {
    const follower = await followerOf(answering);
    if (!isNamedByFile(payload) && (await isToldByFile(answering, follower))) return;
    const turns = means === "prompt" ? promptTurn(payload, follower.lastName) : answerTurn(payload);
    await delivery.send(await turns);
  } else await delivery.send(await (means === "compacted" ? summaryTurn : agentTurn)(payload));
}

/** Whether the file says in time what the hook was told. One that takes longer to be read than a process may run is none that says so. */
async function isToldByFile(answering: Answering, follower: FileFollower): Promise<boolean> {
  if (answering.payload.transcript === undefined) return false;
  const late = sleep(READING_ALONE_MS, false, { ref: false });
  return Promise.race([follow(answering, AWAITED_ALONE_MS, follower), late]);
}

/** A prompt under the name that its line has too need not wait for it. */
function isNamedByFile({ means, host, promptId }: Payload): boolean {
  return means === "prompt" && hookHost(host).isPromptIdInFile === true && promptId !== undefined;
}

/** What cannot be made safe while the host waits is handed over. */
async function storeNow(
  { delivery, payload }: Answering,
  turns: Parameters<Delivery["send"]>[0],
): Promise<void> {
  if (turns.length > 0 && !(await delivery.send(turns))) await handOver(payload);
}

async function followerOf({ payload, marks, delivery, privatePlaces }: Answering): Promise<FileFollower> {
  const { FileFollower: Follower } = await import("./follow-file.ts");
  return new Follower(payload, marks, delivery, privatePlaces);
}

/** Reads the file on until it says what the hook was told, or time is over. @returns whether it said so, and all is safe */
async function follow({ payload }: Answering, ms: number, follower: FileFollower): Promise<boolean> {
  const awaited = await awaitedOf(payload);
  const until = monotonicMs() + ms;
  for (;;) {
    if (!(await follower.readOn())) return false;
    if (awaited === undefined ? payload.means !== "session-end" : follower.hasSeen(awaited)) return true;
    if (monotonicMs() >= until) return payload.means === "session-end";
    await sleep(LOOKS_EVERY_MS);
  }
}

async function awaitedOf(payload: Payload): Promise<Awaited | undefined> {
  const { means, answer, transcript } = payload;
  if (means === "prompt") return { role: "user", text: (await typedIn(payload)) ?? "" };
  if (means === "answer" && answer !== undefined)
    return { role: "assistant", text: await publicText(answer) };
  // A file that is not there yet may come.
  if (means !== "answer" || transcript === undefined) return undefined;
  return (await growingFile(transcript)) === undefined ? { role: "assistant", text: "" } : undefined;
}

async function brief({ payload, privacy, delivery, until }: Answering): Promise<string | undefined> {
  const { toldBrief, toldPrivate } = await import("./told-context.ts");
  if (privacy !== undefined) return toldPrivate(payload, privacy);
  const project = await folderProjects()()(payload.folder);
  return toldBrief(await delivery.line(), payload, project, until);
}

async function recall({
  payload,
  settings,
  privacy,
  delivery,
  until,
}: Answering): Promise<string | undefined> {
  if (!settings.recallsPrompts || !hookHost(payload.host).takesRecall) return undefined;
  const typed = privacy !== undefined ? undefined : await typedIn(payload);
  if (typed === undefined) return undefined;
  const { toldRecall } = await import("./told-context.ts");
  const project = await folderProjects()()(payload.folder);
  return toldRecall(await delivery.line(), payload, { typed, project }, until);
}
