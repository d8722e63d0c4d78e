/**
 * A model that is none: answers the Anthropic Messages API on 127.0.0.1 with what a scenario says, so that a real host can be
 * driven without an account.
 *
 * A scenario is a list of steps `{ say, answers }`. A request is answered with the step whose `say` is the last that stands in
 * it, and with that step's next answer: a list of blocks, or `{ error }`. A block is `{ text }`, `{ thinking }`,
 * `{ tool, input }` or `{ pause }` (milliseconds without a word).
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { answering, sendJson, serve } from "./running.mjs";

const TITLE = [{ text: "Harbour talk" }];

/** @returns {Promise<{ url: string, close: () => void }>} */
export function startModel(steps) {
  const answer = answering(steps);
  return serve((url, asked, response) => {
    respond(url, asked, response, answer).catch(() => response.destroy());
  });
}

async function respond(url, asked, response, answering) {
  if (!url.startsWith("/v1/messages")) return sendJson(response, 404, failure("not_found_error"));
  if (url.includes("count_tokens")) return sendJson(response, 200, { input_tokens: 100 });
  const answer = answerTo(asked, answering);
  if ("error" in answer) return sendJson(response, 400, failure("invalid_request_error", answer.error));
  const message = {
    id: `msg_${randomUUID().slice(0, 8)}`,
    type: "message",
    role: "assistant",
    model: asked.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: 100,
      output_tokens: 20,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
  };
  const stop = answer.some((block) => "tool" in block) ? "tool_use" : "end_turn";
  if (asked.stream !== true) {
    const content = answer.filter((block) => !("pause" in block)).map(contentOf);
    return sendJson(response, 200, { ...message, content, stop_reason: stop });
  }
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_harbour" });
  const send = (type, data) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  send("message_start", { message });
  let index = 0;
  for (const block of answer) {
    if ("pause" in block) {
      await sleep(block.pause);
      continue;
    }
    streamBlock(send, index, contentOf(block));
    index += 1;
  }
  send("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 20 } });
  send("message_stop", {});
  response.end();
}

/** Requests without tools are the host's own questions. */
function answerTo({ messages = [], tools = [] }, answering) {
  if (tools.length === 0) return TITLE;
  return answering(
    messages.filter(({ role }) => role === "user").map(({ content }) => JSON.stringify(content)),
  );
}

function contentOf(block) {
  if ("text" in block) return { type: "text", text: block.text };
  if ("thinking" in block) return { type: "thinking", thinking: block.thinking, signature: "c2ln" };
  return { type: "tool_use", id: `toolu_${randomUUID().slice(0, 8)}`, name: block.tool, input: block.input };
}

function streamBlock(send, index, content) {
  const delta = (change) => send("content_block_delta", { index, delta: change });
  if (content.type === "text") {
    send("content_block_start", { index, content_block: { type: "text", text: "" } });
    for (const part of content.text.match(/[^]{1,12}/g)) delta({ type: "text_delta", text: part });
  } else if (content.type === "thinking") {
    send("content_block_start", { index, content_block: { type: "thinking", thinking: "", signature: "" } });
    delta({ type: "thinking_delta", thinking: content.thinking });
    delta({ type: "signature_delta", signature: content.signature });
  } else {
    send("content_block_start", { index, content_block: { ...content, input: {} } });
    delta({ type: "input_json_delta", partial_json: JSON.stringify(content.input) });
  }
  send("content_block_stop", { index });
}

function failure(type, message = "no") {
  return { type: "error", error: { type, message } };
}
