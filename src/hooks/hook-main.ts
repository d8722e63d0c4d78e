/**
 * `keepsake hook <host> <event>`: what hosts call while they run. It exits with 0 and prints nothing when anything is wrong: a memory
 * never blocks a host. Only what the host's model is to be told goes to standard output, nothing ever to standard error.
 */
import { join } from "node:path";
import { monotonicMs } from "../base/clock.ts";
import { Secret } from "../base/secret.ts";
import { hardenProcess } from "../platform/harden.ts";
import { PrivatePlaces, privatePlacesPath } from "../platform/privacy/private-places.ts";
import { resolvePlaces } from "../platform/places.ts";
import type { Places } from "../platform/places.ts";
import { readTokenFile } from "../platform/token-file.ts";
import type { Params } from "../protocol/method-table.ts";
import { answerEvent } from "./answer-event.ts";
import { Delivery } from "./turn-delivery.ts";
import { growingFile } from "./file-lines.ts";
import { HANDED_OVER, handOver, handedOver } from "./hand-over.ts";
import { readHookSettings } from "./hook-settings.ts";
import { isCaptured, privacyOf, rememberSeen } from "./is-captured.ts";
import { payloadOf, readPayload } from "./payload.ts";
import type { Payload } from "./payload.ts";
import { ReadMarks } from "./read-marks.ts";

/** From the start to the answer, whatever happens: for what the model is told at the start, and for everything else. */
const SESSION_START_MS = 2_000;
const EVENT_MS = 1_500;
/** Of them, for reaching the daemon; what is left hands over what is not safe yet. */
const REACH_MS = 900;
/** What handing over may take where the time ran out. */
const HAND_OVER_MS = 5_000;
/** A host that never ends what it says. */
const LISTENING_MS = 15_000;
/** When nobody waits. */
const ALONE_MS = 60_000;
const REACH_ALONE_MS = 5_000;

hardenProcess();
const [host, event, mode] = process.argv.slice(2);
const isAlone = mode === HANDED_OVER;
/** When this process began, as `monotonicMs` says it. */
const startedMs = monotonicMs() - process.uptime() * 1_000;
/** What is not safe yet. */
let unsafe: Payload | undefined;
let isListening = true;
let isLate = false;

process.on("uncaughtException", leave).on("unhandledRejection", leave);
process.stdout.on("error", leave);
setTimeout(leaveLate, deadlineMs()).unref();
setTimeout(leave, deadlineMs() + LISTENING_MS).unref();
void run().then(tell, leave);

async function run(): Promise<string | undefined> {
  const json = await readPayload(process.stdin);
  const told = isAlone ? handedOver(json ?? "") : payloadOf(host, event, json ?? "", process.env);
  if (told === undefined) return undefined;
  const payload = isAlone ? told : await measured(told);
  const places = resolvePlaces();
  const found = await readTokenFile(join(places.clients, `${payload.host}.json`));
  if (found === undefined) return undefined;
  const token = new Secret(found.token);
  const settings = await readHookSettings(places.config);
  const privatePlaces = await PrivatePlaces.read(privatePlacesPath(places.config));
  // The second process brings what was seen already.
  if (!isAlone) await rememberSeen(payload, privatePlaces, Date.now()).catch(() => undefined);
  const privacy = await privacyOf(payload, privatePlaces, Date.now());
  const captured = isCaptured(payload, settings, privacy);
  isListening = false;
  if (captured && !isAlone && payload.means !== "session-start") unsafe = payload;
  if (isLate) {
    if (unsafe !== undefined) await handOver(unsafe);
    return undefined;
  }
  const delivery = new Delivery({
    places,
    client: payload.host,
    token,
    reachMs: isAlone ? REACH_ALONE_MS : REACH_MS,
    seal: (capture) => seal(places, capture, payload.host),
  });
  return answerEvent({
    payload,
    settings,
    isCaptured: captured,
    privacy,
    privatePlaces,
    onSafe: () => (unsafe = undefined),
    isAlone,
    delivery,
    marks: new ReadMarks(places.state, token),
    until: startedMs + deadlineMs(),
  });
}

/** Before the host goes on: what it is about to say is not in its file yet. */
async function measured(payload: Payload): Promise<Payload> {
  const { transcript } = payload;
  const found = transcript === undefined ? undefined : await growingFile(transcript);
  return { ...payload, fileBytes: found?.bytes ?? 0 };
}

/** Where no daemon can be reached. */
async function seal(places: Places, capture: Params<"memory.capture">, client: string): Promise<void> {
  const { sealAlone } = await import("./seal-alone.ts");
  await sealAlone(places, capture, client);
}

function deadlineMs(): number {
  if (isAlone) return ALONE_MS;
  return event?.toLowerCase() === "sessionstart" ? SESSION_START_MS : EVENT_MS;
}

function tell(text: string | undefined): void {
  if (text === undefined) leave();
  else process.stdout.write(`${text}\n`, leave);
}

/** A busy machine is no reason to lose what was said: what a host says is heard to its end. */
function leaveLate(): void {
  isLate = true;
  if (isListening && !isAlone) return;
  if (unsafe === undefined) leave();
  else {
    setTimeout(leave, HAND_OVER_MS).unref();
    void handOver(unsafe).then(leave, leave);
  }
}

function leave(): void {
  process.exit(0);
}
