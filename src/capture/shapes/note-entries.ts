/** What another program remembers, on its way to an entry: private parts out, cut to size. */
import { LIMITS } from "../../base/limits.ts";
import type { Given, Reading } from "../reading.ts";
import { publicText } from "../text/public-text.ts";
import { splitText } from "../text/split-text.ts";

/** Something another program remembers: a note of each part that fits. */
export async function* noteEntries(
  text: string,
  at: number,
  { project, onCut }: Pick<Reading, "project" | "onCut">,
): AsyncGenerator<Given> {
  const kept = await publicText(text, onCut);
  if (kept.trim() === "") {
    yield text.trim() === "" ? "no-words" : "private";
    return;
  }
  for (const part of splitText(kept, LIMITS.textBytes)) {
    if (part.trim() === "") continue;
    yield { kind: "note", text: part, project: project ?? null, at: new Date(at).toISOString() };
  }
}
