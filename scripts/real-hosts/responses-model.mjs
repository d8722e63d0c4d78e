/**
 * A model that is none: answers OpenAI's Responses API on loopback with what a scenario says. A block is `{ text }`,
 * `{ thinking }`, `{ run }` (a command for the host's shell tool) or, alone, `{ error }`.
 */
import { randomUUID } from "node:crypto";
import { answering, sendJson, serve } from "./running.mjs";

export function startResponsesModel(steps) {
  const answerTo = answering(steps);
  return serve((url, asked, response) => {
    if (!url.endsWith("/responses")) return sendJson(response, 404, { error: { message: "no" } });
    const texts = (asked.input ?? [])
      .filter(({ type, role }) => type === "message" && role === "user")
      .map(({ content }) => content.map(({ text }) => text ?? "").join("\n"));
    const blocks = answerTo(texts);
    const [{ error }] = blocks;
    if (error !== undefined)
      return sendJson(response, 400, { error: { type: "invalid_request_error", message: error } });
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (type, data) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    const id = `resp_${randomUUID().slice(0, 8)}`;
    send("response.created", { response: { id } });
    const tool = (asked.tools ?? [])
      .map(({ name }) => name)
      .find((name) => /exec_command|shell/.test(name ?? ""));
    for (const [index, block] of blocks.entries()) streamItem(send, index, itemOf(block, tool));
    const usage = { input_tokens: 100, output_tokens: 20, total_tokens: 120 };
    send("response.completed", { response: { id, usage } });
    response.end();
  });
}

function itemOf(block, tool) {
  const name = randomUUID().slice(0, 8);
  if ("thinking" in block)
    return { type: "reasoning", id: `rs_${name}`, summary: [{ type: "summary_text", text: block.thinking }] };
  if ("run" in block)
    return {
      type: "function_call",
      id: `fc_${name}`,
      call_id: `call_${name}`,
      name: tool,
      arguments: JSON.stringify(
        tool === "exec_command" ? { cmd: block.run } : { command: ["sh", "-c", block.run] },
      ),
    };
  return {
    type: "message",
    id: `msg_${name}`,
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: block.text, annotations: [] }],
  };
}

function streamItem(send, index, item) {
  send("response.output_item.added", {
    output_index: index,
    item: item.type === "message" ? { ...item, content: [] } : item,
  });
  if (item.type === "message") {
    for (const delta of item.content[0].text.match(/[^]{1,12}/g))
      send("response.output_text.delta", { item_id: item.id, output_index: index, content_index: 0, delta });
  }
  send("response.output_item.done", { output_index: index, item });
}
