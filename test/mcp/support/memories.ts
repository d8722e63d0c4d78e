/** Memories for tests. */
import { formatRecordId } from "../../../src/base/record-id.ts";
import type { Hit } from "../../../src/protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../../src/protocol/schemas.ts";

/** The id whose 16 bytes all are `number`. */
export function idOf(number: number): string {
  return formatRecordId(new Uint8Array(16).fill(number));
}

export function aMemory(number: number, fields: Partial<Memory> = {}): Memory {
  return {
    id: idOf(number),
    kind: "note",
    text: `note number ${number}`,
    project: "/home/user/keepsake",
    source: "mcp",
    tags: [],
    at: "2026-05-01T10:00:00Z",
    savedAt: "2026-05-01T10:00:00Z",
    pinned: false,
    trust: fields.kind === "turn" ? "captured" : "user",
    ...fields,
  };
}

export function aHit(number: number, fields: Partial<Hit> = {}): Hit {
  const memory = aMemory(number, fields);
  return { ...memory, score: 1, snippet: memory.text.slice(0, 200), ...fields };
}
