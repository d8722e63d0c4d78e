/** What of a transcript may be published: shapes, short words of the host, and what the scenario says; no path of this machine. */

import { publicValue } from "./fixtures.mjs";

/** @param {readonly (readonly [string, string, boolean?])[]} said */
export function publicLines(lines, { home, said }) {
  const ours = said.map(([, text]) => text);
  return lines.map((line) => {
    const isTalk =
      line.type === "user" || line.type === "assistant" || line.attachment?.type === "queued_command";
    return publicValue(isTalk ? line : withoutBulk(line), { home, ours });
  });
}

/** Prompts, tools and skills of the host are long lists; a few entries keep the shape. */
function withoutBulk(value, depth = 0) {
  if (Array.isArray(value)) return value.slice(0, 2).map((inner) => withoutBulk(inner, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  if (depth > 4) return {};
  const entries = Object.entries(value).slice(0, 24);
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutBulk(inner, depth + 1)]));
}

/** The line of each thing said, found by its words alone; each line is taken once. */
export function turnsOf(lines, said) {
  const taken = new Set();
  return said.map(([role, text, isInside]) => {
    const index = lines.findIndex((line, place) => !taken.has(place) && holds(line, role, text, isInside));
    if (index === -1) throw new Error(`no line says: ${text}`);
    taken.add(index);
    return { uuid: lines[index].uuid, role, text, ...(isInside && { wrapped: true }) };
  });
}

function holds({ type, attachment, message, isMeta }, role, text, isInside) {
  if (isMeta === true) return false;
  if (attachment?.type === "queued_command") return role === "user" && attachment.prompt === text;
  if (type !== role) return false;
  if (isInside) return JSON.stringify(message.content).includes(JSON.stringify(text).slice(1, -1));
  const content = message?.content;
  return content === text || (Array.isArray(content) && content.some((block) => block.text === text));
}
