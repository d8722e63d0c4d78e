/** An answer with what was left out of its arguments or changed, said twice as the answer is. */
import type { ToolOutcome } from "./tool.ts";

/** @param remarks - clauses in this process's own words */
export function answered(
  { text, structured }: ToolOutcome<object>,
  remarks: readonly string[],
): ToolOutcome<Record<string, unknown>> {
  if (remarks.length === 0) return { text, structured: { ...structured } };
  const said = `Of the arguments: ${remarks.join("; ")}.`;
  // What stored text stands in ends with a sentence of its own.
  const { end, ...fields } = structured as { readonly end?: unknown };
  return {
    text: `${text}\n${said}`,
    structured: { ...fields, remarks: [...remarks], ...(end !== undefined && { end }) },
  };
}
