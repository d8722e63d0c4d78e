/** A text with `~` in place of each secret. */
import { createRedaction } from "../../../src/redaction/redact.ts";

export const redact = createRedaction();

export function hidden(text: string): string {
  return redact(text).text.replaceAll(/\[redacted: [^\]]+\]/g, "~");
}
