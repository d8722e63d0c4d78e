/** JSON objects of a transcript: nothing of their shape is known before it was looked at. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The texts of a message, which is one text or blocks of several kinds. */
export function textsIn(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  return blocksIn(content, "text").flatMap(({ text }) => (typeof text === "string" ? [text] : []));
}

/** The blocks of one kind in a message. */
export function blocksIn(content: unknown, type: string): readonly Fields[] {
  if (!Array.isArray(content)) return [];
  return content.filter((block: unknown): block is Fields => isFields(block) && block["type"] === type);
}
