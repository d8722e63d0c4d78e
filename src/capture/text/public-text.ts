/** What may be stored of a text. What takes private passages out parses Markdown, and is loaded only where there may be one. */
import { withoutFrames } from "./framed-passages.ts";
import { mayHaveMarks } from "./private-tags.ts";
import type { CutText } from "./private-text.ts";

/** A text without what is private in it and what keepsake itself gave its host. @param onCut - told where something private was taken out */
export async function publicText(
  text: string,
  onCut?: (cut: Omit<CutText, "text">) => void,
): Promise<string> {
  const own = withoutFrames(text);
  if (!mayHaveMarks(own)) return own.toWellFormed();
  const { cutPrivate } = await import("./private-text.ts");
  const cut = cutPrivate(own);
  if (cut.passages + cut.unopened > 0) onCut?.(cut);
  return cut.text.toWellFormed();
}
