/**
 * The texts of hits and of what stands beside them, cut to what answers the query. A hundred long texts take seconds, so
 * others get their turn between two cuts, and what is over a bound is only looked at in its beginning.
 */
import { LIMITS } from "../../base/limits.ts";
import type { Hit } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { FoundHit } from "./fold-hits.ts";
import { shareRoom } from "./share-room.ts";

type Shown = Pick<Hit, "snippet" | "request" | "answer">;
type Cut = (text: string, characters: number) => string;

/** UTF-16 units of all texts of a search that are looked at; behind them so many of each. */
const MAX_LOOKED_AT = 1 << 20;
const LOOKED_AT_OF_EACH = 2_000;

/** A request is shown in a line; in a longer one where there is room. */
const REQUEST_CHARACTERS = 80;
const MAX_REQUEST_CHARACTERS = 160;
/** Each hit has this share of the room of the one before it, and a request half of that of its exchange. */
const NEXT = 0.7;
const MIN_CHARACTERS = 60;

/**
 * @param room - UTF-8 bytes of all snippets together; without it each has a fixed length
 * @param pause - gives others their turn; what it throws ends the work
 * @returns for each hit, in order
 */
export async function showHits(
  hits: readonly FoundHit[],
  room: number | undefined,
  cutWhole: Cut,
  pause: () => Promise<void>,
): Promise<readonly Shown[]> {
  let left = MAX_LOOKED_AT;
  const cut = async (text: string, characters: number): Promise<string> => {
    await pause();
    const looked = text.slice(0, Math.max(left, LOOKED_AT_OF_EACH, characters));
    left = Math.max(0, left - looked.length);
    return cutWhole(looked, characters);
  };
  const requestsOf = async (characters: number) => {
    const requests: (string | undefined)[] = [];
    for (const { request } of hits) requests.push(request && (await cut(request.text, characters)));
    return requests;
  };
  const pairs = hits.map(({ memory, answer }) => [memory, ...(answer === undefined ? [] : [answer])]);
  const texts = pairs.flat();
  const bytes = texts.map(({ text }) => Buffer.byteLength(text));
  const weights = pairs.flatMap((pair, place) => pair.map(() => NEXT ** place / pair.length));
  const longer = await requestsOf(MAX_REQUEST_CHARACTERS);
  const whole = bytesOf(longer) + bytes.reduce((sum, length) => sum + length, 0);
  const requests = whole <= (room ?? whole) ? longer : await requestsOf(REQUEST_CHARACTERS);
  const shares = shareRoom(bytes, weights, Math.max(0, (room ?? 0) - bytesOf(requests)));
  const snippets = new Map<Memory, string>();
  for (const [place, memory] of texts.entries()) {
    const share = (shares[place] ?? 0) / Math.max(1, bytes[place] ?? 0);
    const characters =
      room === undefined
        ? LIMITS.snippetCharacters
        : Math.max(MIN_CHARACTERS, Math.floor(memory.text.length * share));
    snippets.set(memory, await cut(memory.text, characters));
  }
  const shown = (memory: Memory, snippet = snippets.get(memory) ?? "") => ({
    id: memory.id,
    trust: memory.trust,
    snippet,
  });
  return hits.map(({ memory, request, answer }, place) => ({
    snippet: snippets.get(memory) ?? "",
    ...(request !== undefined && { request: shown(request, requests[place]) }),
    ...(answer !== undefined && { answer: shown(answer) }),
  }));
}

function bytesOf(texts: readonly (string | undefined)[]): number {
  return texts.reduce((sum, text = "") => sum + Buffer.byteLength(text), 0);
}
