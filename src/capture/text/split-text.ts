/**
 * Cuts a text over the size cap into parts that join to exactly the same text: behind the last line end that fits, else
 * behind the last space, else between two graphemes, else (one enormous grapheme) between two code points.
 */

/** @param maxBytes - of UTF-8 in each part, at least 4 */
export function splitText(text: string, maxBytes: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  // A character takes at least a byte: what is longer in characters need not be measured.
  while (rest.length > maxBytes || Buffer.byteLength(rest) > maxBytes) {
    const cut = cutPoint(longestPrefix(rest, maxBytes), rest);
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...parts, rest];
}

/** The longest start of `text` that takes at most `maxBytes`, between code points. */
function longestPrefix(text: string, maxBytes: number): string {
  const window = text.slice(0, maxBytes);
  const bytes = Buffer.from(window);
  if (bytes.length <= maxBytes) return endsInPair(text, window.length) ? window.slice(0, -1) : window;
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}

function endsInPair(text: string, cut: number): boolean {
  return cut > 0 && cut < text.length && (text.codePointAt(cut - 1) ?? 0) > 0xffff;
}

/** Where to cut inside `fitting`, in UTF-16 units; more than 0. */
function cutPoint(fitting: string, text: string): number {
  const least = fitting.length / 2;
  const line = fitting.lastIndexOf("\n") + 1;
  if (line > least) return line;
  const space = fitting.lastIndexOf(" ") + 1;
  if (space > least) return space;
  const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  // Graphemes that matter are short; looking at the last stretch alone keeps this linear.
  const from = Math.max(0, fitting.length - 1_024);
  const window = text.slice(from, fitting.length + 64);
  let cut = 0;
  for (const { index } of graphemes.segment(window)) {
    if (from + index <= fitting.length) cut = from + index;
  }
  return cut > from ? cut : fitting.length;
}
