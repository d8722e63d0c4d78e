/**
 * Conversations of ChatGPT's export: an array, whole or in shards, of `{conversation_id, title, create_time, mapping,
 * current_node}`; times are seconds since the epoch or null. `mapping` is a tree of `{id, message, parent, children}`. Taken is
 * the way from `current_node` up; other children are answers that were tried again. Of a conversation that is cut off before that
 * node, what comes before they part is taken. A message is `{id, author: {role},
 * create_time, content: {content_type, parts}, recipient, channel, metadata}`.
 */
import { fieldsIn, isFields, listIn, textIn, timeIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import type { Given, Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { entriesAlone, messageName, turnEntries } from "../shapes/turn-entries.ts";
import { branchTo, sharedBranch } from "./branch.ts";
import type { Node } from "./branch.ts";
import { jsonElements } from "../shapes/json-elements.ts";

const MS_PER_SECOND = 1_000;
/** Kinds of content that hold words; others hold thoughts, pages that were read, what the service remembers. */
const SPOKEN_CONTENT: ReadonlySet<string> = new Set(["text", "multimodal_text"]);
const HIDDEN_FLAGS = ["is_visually_hidden_from_conversation", "is_user_system_message"];

interface MessageNode extends Node {
  readonly message: Fields | undefined;
}

export async function* readChatgptExport(reading: Reading) {
  let isCut = false;
  const onHit = () => (isCut = true);
  for await (const conversation of jsonElements(reading, onHit)) {
    if (isFields(conversation) && isFields(conversation["mapping"]))
      yield* entriesAlone(conversationTurns(conversation, conversation["mapping"], isCut, reading), reading);
    else reading.onSkip("unknown-shape");
  }
}

async function* conversationTurns(
  conversation: Fields,
  mapping: Fields,
  isCut: boolean,
  reading: Reading,
): AsyncGenerator<Given> {
  const { onSkip } = reading;
  const nodes = nodesOf(mapping, onSkip);
  const shown = textIn(conversation, "current_node");
  const isUnknown = isCut && (shown === undefined || !nodes.has(shown));
  const branch = isUnknown ? sharedBranch(nodes) : branchTo(nodes, shown);
  const session = textIn(conversation, "conversation_id", "id") ?? nameOfNameless(conversation, branch);
  const taken = new Set(branch);
  const left = [...nodes.values()].filter((node) => node.message !== undefined && !taken.has(node));
  for (const _ of left) yield isUnknown ? "unknown-branch" : "other-branch";
  let at = timeIn(conversation, "create_time", MS_PER_SECOND) ?? reading.modified;
  for (const { id, message, at: said } of branch) {
    if (message === undefined) continue;
    at = said ?? at;
    const read = readMessage(message);
    if (typeof read === "string") yield read;
    else
      yield* turnEntries(
        { ...read, at, session, name: messageName(session, textIn(message, "id") ?? id) },
        reading,
      );
  }
}

function nodesOf(mapping: Fields, onSkip: Reading["onSkip"]): ReadonlyMap<string, MessageNode> {
  const parents = new Map<string, string>();
  const nodes = new Map<string, MessageNode>();
  for (const [id, node] of Object.entries(mapping)) {
    if (isFields(node)) {
      for (const child of listIn(node, "children")) if (typeof child === "string") parents.set(child, id);
    } else onSkip("unknown-shape");
  }
  for (const [id, node] of Object.entries(mapping)) {
    if (!isFields(node)) continue;
    const message = isFields(node["message"]) ? node["message"] : undefined;
    const named = textIn(node, "parent");
    nodes.set(id, {
      id,
      // A node whose own word is lost is still somebody's child.
      parent: named !== undefined && Object.hasOwn(mapping, named) ? named : parents.get(id),
      children: listIn(node, "children").length,
      at: message && timeIn(message, "create_time", MS_PER_SECOND),
      message,
    });
  }
  return nodes;
}

/** A conversation grows at its end: when it began, and with what, stays. */
function nameOfNameless(conversation: Fields, branch: readonly MessageNode[]): string {
  const first = branch.find(({ message }) => message !== undefined);
  return `chatgpt:${timeIn(conversation, "create_time", MS_PER_SECOND) ?? ""}:${first?.id ?? ""}`;
}

function readMessage(message: Fields): { role: "user" | "assistant"; text: string } | SkipReason {
  const role = textIn(fieldsIn(message, "author"), "role");
  if (role === "tool") return "tool-result";
  if (role !== "user" && role !== "assistant") return "meta";
  const metadata = fieldsIn(message, "metadata");
  if (HIDDEN_FLAGS.some((flag) => metadata[flag] === true)) return "meta";
  const isToAll = (textIn(message, "recipient") ?? "all") === "all";
  if (!isToAll || message["channel"] === "analysis") return "no-words";
  const content = fieldsIn(message, "content");
  if (!SPOKEN_CONTENT.has(textIn(content, "content_type") ?? "text")) return "no-words";
  const parts = listIn(content, "parts").flatMap((part) =>
    typeof part === "string" ? part : isFields(part) ? (textIn(part, "text") ?? []) : [],
  );
  const text =
    parts.length > 0 ? parts.filter((part) => part !== "").join("\n\n") : (textIn(content, "text") ?? "");
  return text.trim() === "" ? "no-words" : { role, text };
}
