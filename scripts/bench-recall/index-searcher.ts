/** The search index itself as a searcher: all conversations of a data set in one index, each a project of its own. */
import { formatRecordId } from "../../src/base/record-id.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createSearchIndexFactory } from "../../src/search/create-search-index.ts";
import type { SearchIndex } from "../../src/search/search-index.ts";
import type { Weights } from "../../src/search/weights.ts";
import { textOf, timeOf } from "./conversations.ts";
import type { DataSet } from "./conversations.ts";
import type { Searcher } from "./searcher.ts";

/** Searchers that share the turns of one data set; the index is built anew for each, as weights belong to an index. */
export function indexSearcher({ conversations }: DataSet, weights: Weights): Searcher {
  const index = createSearchIndexFactory(weights, systemClock).create();
  const turnOf = new Map<string, number>();
  for (const [place, conversation] of conversations.entries()) {
    for (const [turn, doc] of conversation.docs.entries()) {
      const id = turnId(place, turn);
      turnOf.set(id, turn);
      const at = timeOf(conversation, turn);
      index.add({
        id,
        kind: "turn",
        text: textOf(doc),
        project: conversation.id,
        session: `${conversation.id}/${doc.s}`,
        role: doc.role === "" ? "user" : doc.role,
        speaker: doc.role === "" ? doc.sp : undefined,
        tags: [],
        at,
        savedAt: at,
        expiresAt: undefined,
        pinned: false,
        muted: false,
        trust: "captured",
        supersedes: undefined,
      });
    }
  }
  return {
    search: (conversation, cue, now, limit) =>
      searchIn(index, conversation.id, cue, now, limit).map((id) => turnOf.get(id) ?? -1),
  };
}

function searchIn(index: SearchIndex, project: string, cue: string, now: number, limit: number): string[] {
  const filter = { projects: [project] };
  return index.search({ cue, filter, limit, now }).hits.map(({ id }) => id);
}

/** A record id that stands for one turn. */
function turnId(conversation: number, turn: number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, Math.imul(conversation * 65_536 + turn + 1, 0x9e3779b1));
  new DataView(bytes.buffer).setUint32(8, conversation);
  new DataView(bytes.buffer).setUint32(12, turn);
  return formatRecordId(bytes);
}
