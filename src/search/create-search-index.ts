/** How the daemon makes its search index, and how it takes one back from a checkpoint. */
import { PlainIndex } from "./plain-index.ts";
import type { PlainEntry } from "./plain-index.ts";
import type { SearchIndexFactory } from "./search-index.ts";
import { snippetOf } from "./snippet.ts";

export const searchIndexFactory: SearchIndexFactory = {
  create: () => new PlainIndex(),
  load: async (chunks) => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const index = new PlainIndex();
    let expected: number | undefined;
    for await (const chunk of chunks) {
      if (expected === undefined) {
        const header = JSON.parse(decoder.decode(chunk)) as { version: number; count: number };
        if (header.version !== 1) throw new Error("the index is of another version");
        expected = header.count;
        continue;
      }
      for (const line of decoder.decode(chunk).split("\n")) {
        const entry = JSON.parse(line) as Omit<PlainEntry, "terms"> & { terms: [string, number][] };
        index.addEntry({
          ...entry,
          session: entry.session,
          role: entry.role,
          speaker: entry.speaker,
          expiresAt: entry.expiresAt,
          supersedes: entry.supersedes,
          terms: new Map(entry.terms),
        });
      }
    }
    if (index.size !== expected) throw new Error("the index does not hold what it says");
    return index;
  },
  snippet: snippetOf,
};
