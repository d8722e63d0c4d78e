/** What is looked for in the whole of a text, since no word stands where it begins. */
import type { Found } from "./found.ts";
import { SCANNED } from "./rules/scanned-rules.ts";
import { seedPhrasesIn } from "./seed-phrases.ts";
import { secretsOfTables } from "./tables.ts";

export function scansOf(text: string): readonly Found[] {
  const spans: Found[] = [];
  for (const { kind, pattern, isSecret, where } of SCANNED) {
    if (where?.test(text) === false) continue;
    for (const match of text.matchAll(pattern)) {
      const secret = match[1] ?? match[0];
      const start = match.index + match[0].length - secret.length;
      if (isSecret(secret)) spans.push({ kind, start, end: start + secret.length });
    }
  }
  for (const phrase of seedPhrasesIn(text)) spans.push({ kind: "seed phrase", ...phrase });
  return [...spans, ...secretsOfTables(text)];
}
