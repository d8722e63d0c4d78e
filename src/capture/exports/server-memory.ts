/**
 * The memory.jsonl of the MCP server "memory": `{"type": "entity", name, entityType, observations}` and `{"type": "relation",
 * from, to, relationType}`, a line each. An entity is a note with its observations; a relation is a note of one line.
 */
import { listIn, textIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import { lineEntries } from "../shapes/line-entries.ts";
import type { Given, Reading } from "../reading.ts";
import { noteEntries } from "../shapes/note-entries.ts";

export async function* readServerMemory(reading: Reading) {
  yield* lineEntries(reading, async function* (record): AsyncGenerator<Given> {
    const { type } = record;
    const note =
      type === "entity" ? entityNote(record) : type === "relation" ? relationNote(record) : undefined;
    if (note === undefined) yield "unknown-shape";
    else yield* noteEntries(note, reading.modified, reading);
  });
}

function entityNote(entity: Fields): string | undefined {
  const name = textIn(entity, "name");
  if (name === undefined) return undefined;
  const kind = textIn(entity, "entityType");
  const observations = listIn(entity, "observations").filter(
    (observation): observation is string => typeof observation === "string" && observation.trim() !== "",
  );
  const title = kind === undefined ? name : `${name} (${kind})`;
  return [title, ...observations.map((observation) => `- ${observation}`)].join("\n");
}

function relationNote(relation: Fields): string | undefined {
  const [from, kind, to] = [
    textIn(relation, "from"),
    textIn(relation, "relationType"),
    textIn(relation, "to"),
  ];
  return from === undefined || kind === undefined || to === undefined ? undefined : `${from} ${kind} ${to}`;
}
