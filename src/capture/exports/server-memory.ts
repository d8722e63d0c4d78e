/**
 * The memory.jsonl of the MCP server "memory": `{"type": "entity", name, entityType, observations}` and `{"type": "relation",
 * from, to, relationType}`, a line each. An entity is a note with its observations; a relation is a note of one line.
 */
import { listIn, textIn } from "../fields.ts";
import { readFieldLines } from "../field-lines.ts";
import type { Reading } from "../reading.ts";
import { noteEntries } from "../turn-entries.ts";

export async function* readServerMemory(reading: Reading) {
  for await (const { fields } of readFieldLines(reading)) {
    const { type } = fields;
    const note =
      type === "entity" ? entityNote(fields) : type === "relation" ? relationNote(fields) : undefined;
    if (note === undefined) reading.onSkip("unknown-shape");
    else yield* noteEntries(note, reading.modified, reading);
  }
}

function entityNote(entity: Parameters<typeof textIn>[0]): string | undefined {
  const name = textIn(entity, "name");
  if (name === undefined) return undefined;
  const kind = textIn(entity, "entityType");
  const observations = listIn(entity, "observations").filter(
    (observation) => typeof observation === "string",
  );
  const title = kind === undefined ? name : `${name} (${kind})`;
  return [title, ...observations.map((observation) => `- ${observation}`)].join("\n");
}

function relationNote(relation: Parameters<typeof textIn>[0]): string | undefined {
  const [from, kind, to] = [
    textIn(relation, "from"),
    textIn(relation, "relationType"),
    textIn(relation, "to"),
  ];
  return from === undefined || kind === undefined || to === undefined ? undefined : `${from} ${kind} ${to}`;
}
