/** Turns on their way from a hook to where they are safe: to the daemon, or sealed beside the vault when there is none. */
import { monotonicMs } from "../base/clock.ts";
import { hasCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Secret } from "../base/secret.ts";
import type { Places } from "../platform/places.ts";
import type { ImportEntry } from "../protocol/methods/data-methods.ts";
import type { Params } from "../protocol/method-table.ts";
import { openLine } from "./daemon-line.ts";
import type { DaemonLine } from "./daemon-line.ts";

/** Room in a frame for what is around the turns. */
const MAX_TURNS_BYTES = LIMITS.frameBytes - (8 << 10);
const CALL_MS = 5_000;

export interface DeliveryOptions {
  readonly places: Places;
  readonly client: string;
  readonly token: Secret;
  /** How long the daemon may take to be reached. */
  readonly reachMs: number;
  /** Seals turns where no daemon can be reached; @throws as the daemon would, and what keeps it from sealing */
  readonly seal: (capture: Params<"memory.capture">) => Promise<void>;
}

type Turn = Params<"memory.capture">["turns"][number];

/** What became of turns: `malformed` and `unwanted` ones are never taken, however often they are brought. */
type Outcome = "safe" | "malformed" | "unwanted" | "unsafe";

export class Delivery {
  readonly #options: DeliveryOptions;
  #line: Promise<DaemonLine> | undefined;
  #isUnreachable = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The line to the daemon, opened once. */
  line(): Promise<DaemonLine> {
    const { places, client, token, reachMs } = this.#options;
    this.#line ??= openLine({ socket: places.socket, client, token, until: monotonicMs() + reachMs });
    return this.#line;
  }

  /** @returns whether all of them are safe, or will never be wanted */
  async send(entries: readonly ImportEntry[]): Promise<boolean> {
    for (const capture of capturesOf(entries)) if (!(await this.#send(capture))) return false;
    return true;
  }

  /** What is refused for what it says is refused alone: of several turns, each half is sent by itself. */
  async #send(capture: Params<"memory.capture">): Promise<boolean> {
    const outcome = await this.#outcomeOf(capture);
    const { turns } = capture;
    if (outcome !== "malformed" || turns.length < 2) return outcome !== "unsafe";
    const middle = Math.ceil(turns.length / 2);
    const halves = [turns.slice(0, middle), turns.slice(middle)];
    for (const half of halves) if (!(await this.#send({ ...capture, turns: half }))) return false;
    return true;
  }

  async #outcomeOf(capture: Params<"memory.capture">): Promise<Outcome> {
    if (!this.#isUnreachable) {
      try {
        const line = await this.line();
        await line.call("memory.capture", capture, monotonicMs() + CALL_MS);
        return "safe";
      } catch (error) {
        const outcome = outcomeOf(error);
        if (outcome !== undefined) return outcome;
        // Also where something else sits at the socket: sealing tells it nothing.
        this.#isUnreachable = true;
      }
    }
    try {
      await this.#options.seal(capture);
      return "safe";
    } catch (error) {
      return outcomeOf(error) ?? "unsafe";
    }
  }
}

function outcomeOf(error: unknown): Outcome | undefined {
  if (hasCode(error, "INVALID_PARAMS")) return "malformed";
  // Not brought again: the client may not write there.
  if (hasCode(error, "PROJECT_DENIED", "SCOPE_DENIED")) return "unwanted";
  if (hasCode(error, "VAULT_MISSING", "INBOX_FULL", "HELLO_FAILED")) return "unsafe";
  return undefined;
}

/** As many captures as the daemon's caps ask for, in the order of what was said. */
function* capturesOf(entries: readonly ImportEntry[]): Generator<Params<"memory.capture">> {
  let [turns, bytes]: [Turn[], number] = [[], 0];
  let of: { project: string | null; session: string } | undefined;
  for (const { project, session = "", messageId = "", ...said } of entries) {
    const { alsoNamed, role = "user", speaker, text, at, tags } = said;
    const turn: Turn = {
      messageId,
      role,
      text,
      at,
      ...(alsoNamed !== undefined && { alsoNamed }),
      ...(speaker !== undefined && { speaker }),
      ...(tags !== undefined && { tags }),
    };
    const size = Buffer.byteLength(JSON.stringify(turn)) + 1;
    const isOther = of?.project !== project || of.session !== session;
    const isFull = turns.length === LIMITS.turnsPerCapture || bytes + size > MAX_TURNS_BYTES;
    if (of !== undefined && turns.length > 0 && (isOther || isFull)) {
      yield { ...of, turns };
      [turns, bytes] = [[], 0];
    }
    of = { project, session };
    turns.push(turn);
    bytes += size;
  }
  if (of !== undefined && turns.length > 0) yield { ...of, turns };
}
