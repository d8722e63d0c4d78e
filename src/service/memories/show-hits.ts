/** The texts of hits and of what stands beside them, cut to what answers the query. */
import { LIMITS } from "../../base/limits.ts";
import type { Hit } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { FoundHit } from "./fold-hits.ts";
import { shareRoom } from "./share-room.ts";

type Shown = Pick<Hit, "snippet" | "request" | "answer">;
type Cut = (text: string, characters: number) => string;

/** A request is shown in a line; in a longer one where the texts leave room. */
const REQUEST_CHARACTERS = 80;
const MAX_REQUEST_CHARACTERS = 160;
/** Each hit has this share of the room of the one before it, and a request half of that of its exchange. */
const NEXT = 0.7;
const MIN_CHARACTERS = 60;

/**
 * @param room - UTF-8 bytes of all snippets together; without it each has a fixed length
 * @returns for each hit, in order
 */
export function showHits(hits: readonly FoundHit[], room: number | undefined, cut: Cut): readonly Shown[] {
  const requestsOf = (characters: number) =>
    hits.map(({ request }) => request && cut(request.text, characters));
  const pairs = hits.map(({ memory, answer }) => [memory, ...(answer === undefined ? [] : [answer])]);
  const texts = pairs.flat();
  const bytes = texts.map(({ text }) => Buffer.byteLength(text));
  const weights = pairs.flatMap((pair, place) => pair.map(() => NEXT ** place / pair.length));
  const longer = requestsOf(MAX_REQUEST_CHARACTERS);
  const whole = bytesOf(longer) + bytes.reduce((sum, length) => sum + length, 0);
  const requests = whole <= (room ?? 0) ? longer : requestsOf(REQUEST_CHARACTERS);
  const left = (room ?? 0) - bytesOf(requests);
  const shares = shareRoom(bytes, weights, Math.max(0, left));
  const snippets = new Map(
    texts.map((memory, place) => {
      const share = (shares[place] ?? 0) / Math.max(1, bytes[place] ?? 0);
      const characters =
        room === undefined
          ? LIMITS.snippetCharacters
          : Math.max(MIN_CHARACTERS, Math.floor(memory.text.length * share));
      return [memory, cut(memory.text, characters)];
    }),
  );
  const shown = (memory: Memory, snippet = snippets.get(memory) ?? "") => ({ id: memory.id, snippet });
  return hits.map(({ memory, request, answer }, place) => ({
    snippet: snippets.get(memory) ?? "",
    ...(request !== undefined && { request: shown(request, requests[place]) }),
    ...(answer !== undefined && { answer: shown(answer) }),
  }));
}

function bytesOf(texts: readonly (string | undefined)[]): number {
  return texts.reduce((sum, text = "") => sum + Buffer.byteLength(text), 0);
}
