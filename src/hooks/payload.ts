/** What a host says to a hook, in one shape for all of them. Nothing of it is known before it was looked at. */
import { isAbsolute } from "node:path";
import type { Readable } from "node:stream";
import { cutToBytes } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";
import { parseFields, textIn } from "../capture/shapes/fields.ts";
import type { Fields } from "../capture/shapes/fields.ts";
import { HOOK_HOSTS, hookHost } from "./hook-hosts.ts";
import type { HookHostName, Meaning } from "./hook-hosts.ts";

export interface Payload {
  readonly host: HookHostName;
  /** The host's name of the event. */
  readonly event: string;
  readonly means: Meaning;
  readonly session: string;
  /** Where the host works: the first of the folders it has open. */
  readonly folder: string | undefined;
  /** All of them. */
  readonly folders: readonly string[];
  /** The host's file of the conversation; it need not be there. */
  readonly transcript: string | undefined;
  /** How long that was when the hook was called, in bytes. */
  readonly fileBytes?: number;
  readonly prompt: string | undefined;
  /** The host's id of the prompt, where it has one. */
  readonly promptId: string | undefined;
  /** The last message of the assistant, or of a sub-agent. */
  readonly answer: string | undefined;
  readonly summary: string | undefined;
  readonly agent: { readonly id: string; readonly type: string | undefined } | undefined;
}

/** As of a line in a host's file. */
const MAX_PAYLOAD_BYTES = 32 << 20;
const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d];

/**
 * What a stream holds up to the end of its first JSON object, which a host need not end it at. What is longer than 32 MiB is read to its
 * end, so that the host can write it, and not kept.
 *
 * @returns undefined for that
 */
export function readPayload(input: Readable): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  const object = new ObjectEnd();
  let bytes = 0;
  // Its events, since each program that goes through a stream by `for await` compiles what that takes.
  return new Promise((resolve, reject) => {
    const end = () => {
      input.off("data", take).pause();
      resolve(bytes > MAX_PAYLOAD_BYTES ? undefined : Buffer.concat(parts).toString("utf8"));
    };
    const take = (part: Uint8Array) => {
      bytes += part.length;
      if (bytes <= MAX_PAYLOAD_BYTES) parts.push(part);
      else parts.length = 0;
      if (object.isIn(part)) end();
    };
    input.on("data", take).once("end", end).once("error", reject);
  });
}

/** Finds the end of an object by its braces alone: whether it is one is seen when it is parsed. */
class ObjectEnd {
  #depth = 0;
  #isInText = false;
  #isEscaped = false;

  /** Whether the object that earlier parts began ends in this one. */
  isIn(part: Uint8Array): boolean {
    for (const byte of part) {
      if (this.#isInText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInText = false;
      } else if (byte === QUOTE) this.#isInText = true;
      else if (byte === OPEN) this.#depth += 1;
      else if (byte === CLOSE && (this.#depth -= 1) <= 0) return true;
    }
    return false;
  }
}

/** @returns undefined for a host or an event that keepsake has no answer to, and for what is not the shape of one */
export function payloadOf(
  host: string | undefined,
  event: string | undefined,
  json: string,
  environment: Readonly<Record<string, string | undefined>>,
): Payload | undefined {
  const name = (Object.keys(HOOK_HOSTS) as HookHostName[]).find((each) => each === host);
  if (name === undefined || event === undefined) return undefined;
  const row = hookHost(name);
  const means = Object.hasOwn(row.events, event) ? row.events[event] : undefined;
  const fields = parseFields(json) ?? {};
  const session = textIn(fields, "session_id", "sessionId", "conversation_id");
  if (means === undefined || session === undefined) return undefined;
  const agentId = textIn(fields, "agent_id");
  const folders = [textIn(fields, "cwd") ?? [], textsOf(fields["workspace_roots"])].flat();
  return {
    host: name,
    event,
    means,
    session: cutToBytes(session, LIMITS.sessionBytes),
    folder: folders[0],
    folders,
    transcript: pathIn(fields) ?? row.transcriptOf?.(session, environment),
    prompt: textIn(fields, "prompt"),
    promptId: row.promptId === undefined ? undefined : textIn(fields, row.promptId),
    answer: textIn(fields, "last_assistant_message", "prompt_response", ...(row.answer ?? [])),
    summary: textIn(fields, "compact_summary"),
    agent: agentId === undefined ? undefined : { id: agentId, type: textIn(fields, "agent_type") },
  };
}

function pathIn(fields: Fields): string | undefined {
  const path = textIn(fields, "transcript_path", "transcriptPath");
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? (value as unknown[]) : []).filter((each) => typeof each === "string");
}
