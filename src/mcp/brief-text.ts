/** A project's brief as framed text. */
import { framed } from "../base/stored-text.ts";
import { visibleLine } from "../base/visible-text.ts";
import type { Result } from "../protocol/method-table.ts";

/** @returns a frame of stored text, or one sentence when nothing is stored */
export function briefText({ lines }: Pick<Result<"memory.brief">, "lines">, mark: string): string {
  return lines.length === 0 ? "Nothing is stored here yet." : framed(lines.map(visibleLine), mark);
}
