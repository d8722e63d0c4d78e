/**
 * A model that is none: answers the Gemini API on loopback with what a scenario says. A block is `{ text }`, `{ thinking }`,
 * `{ run }` (a command for the host's shell tool) or, alone, `{ error }`.
 */
import { answering, sendJson, serve } from "./running.mjs";

export function startGeminiModel(steps) {
  const answerTo = answering(steps);
  return serve((url, asked, response) => {
    const texts = (asked.contents ?? [])
      .filter(({ role }) => role === "user")
      .map(({ parts }) => parts.map(({ text }) => text ?? "").join("\n"));
    const blocks = answerTo(texts);
    const [{ error }] = blocks;
    if (error !== undefined)
      return sendJson(response, 400, { error: { code: 400, status: "INVALID_ARGUMENT", message: error } });
    const answer = {
      candidates: [{ content: { role: "model", parts: blocks.map(partOf) }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 },
      modelVersion: "none",
    };
    if (!url.includes("stream")) return sendJson(response, 200, answer);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${JSON.stringify(answer)}\n\n`);
  });
}

function partOf(block) {
  if ("thinking" in block) return { text: block.thinking, thought: true };
  if ("run" in block)
    return { functionCall: { name: "run_shell_command", args: { command: block.run, description: "look" } } };
  return { text: block.text };
}
