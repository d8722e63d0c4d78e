/** Keepsake's own JSON Lines: each line goes to the daemon as it is, which alone checks it. */
import type { Reading } from "./reading.ts";
import { readLines } from "./read-lines.ts";

/** The largest memory there is, escaped, fits. */
const MAX_LINE_BYTES = 768 << 10;

export async function* readOwnLines({ chunks, project, onSkip }: Reading) {
  for await (const { text, fault, number } of readLines(chunks, MAX_LINE_BYTES)) {
    if (text === undefined) onSkip(fault ?? "not-utf8");
    else if (text.trim() !== "") yield { json: movedTo(text, project), line: number };
  }
}

/** A line with another project; one that is no object goes as it is, for the daemon to reject. */
function movedTo(json: string, project: string | null | undefined): string {
  if (project === undefined) return json;
  try {
    const entry: unknown = JSON.parse(json);
    return typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? JSON.stringify({ ...entry, project })
      : json;
  } catch {
    return json;
  }
}
