/**
 * Takes out what stands between `<private>` and `</private>`, marks included. Pairs may nest; a mark that is never
 * closed hides everything behind it: in doubt, less is stored.
 */
const MARK = /<(\/?)private>/gi;

/** @returns the text itself when nothing in it is private, else what is left of it, trimmed */
export function removePrivate(text: string): string {
  if (!/<\/?private>/i.test(text)) return text;
  let kept = "";
  let depth = 0;
  let from = 0;
  for (const mark of text.matchAll(MARK)) {
    if (depth === 0) kept += text.slice(from, mark.index);
    depth = mark[1] === "/" ? Math.max(0, depth - 1) : depth + 1;
    from = mark.index + mark[0].length;
  }
  if (depth === 0) kept += text.slice(from);
  return kept.trim();
}
