/**
 * What keepsake gave a host to read stands in a frame (`framed` of `src/base/stored-text.ts`). Hosts put it into prompts and people
 * copy it: it is stored already, and is never stored again.
 */
import { NOTICE } from "../../base/stored-text.ts";

const OPENING = new RegExp(`Between the ([0-9a-f]{12}) marks: ${NOTICE}\\.\\r?\\n<<\\1(?=\\r?\\n)`, "g");

/** A text without whole frames, exactly as it was where it holds none. One that is never closed is left: it is no frame of keepsake's. */
export function withoutFrames(text: string): string {
  let kept = "";
  let from = 0;
  for (const found of text.matchAll(OPENING)) {
    if (found.index < from) continue;
    const close = `\n${found[1]}>>`;
    const end = text.indexOf(close, found.index + found[0].length);
    if (end === -1) continue;
    kept += text.slice(from, found.index);
    from = end + close.length;
  }
  return from === 0 ? text : (kept + text.slice(from)).trim();
}
