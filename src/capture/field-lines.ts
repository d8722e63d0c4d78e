/** The JSON objects of a file of JSON Lines; a line that is none is counted. */
import { parseFields } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { readLines } from "./read-lines.ts";
import type { Reading } from "./reading.ts";

/** Lines hold images and tool results; longer ones than this are passed over. */
const MAX_LINE_BYTES = 32 << 20;

export async function* readFieldLines({
  chunks,
  onSkip,
}: Pick<Reading, "chunks" | "onSkip">): AsyncGenerator<{ readonly fields: Fields; readonly number: number }> {
  for await (const { text, fault, number } of readLines(chunks, MAX_LINE_BYTES)) {
    if (text === undefined) onSkip(fault ?? "not-utf8");
    else if (text.trim() !== "") {
      const fields = parseFields(text);
      if (fields === undefined) onSkip("not-json");
      else yield { fields, number };
    }
  }
}
