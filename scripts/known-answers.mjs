/**
 * Writes `src/mcp/opening/known-answers.ts` anew: the server is asked, in every version of the protocol that it speaks, and what it
 * answers is written down.
 */
import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import manifest from "../package.json" with { type: "json" };
import { loadSources } from "./load-sources.mjs";

const LISTS = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
const CLIENT = { name: "build", version: "1" };

/**
 * An esbuild plugin that puts the written answers in the place of none.
 *
 * @param {string} root - the project's folder
 * @returns {Promise<import("esbuild").Plugin>}
 */
export async function knownAnswers(root) {
  const contents = `export const KNOWN_ANSWERS = ${JSON.stringify(await askServer(root, manifest.version))};`;
  return {
    name: "known-answers",
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/]opening[\\/]known-answers\.ts$/ }, () => ({ contents, loader: "js" }));
    },
  };
}

/**
 * @param {string} root
 * @param {string} version - of the server
 * @returns {Promise<import("../src/mcp/opening/known-answers.ts").KnownAnswers>}
 */
export async function askServer(root, version) {
  const sources = await loadSources(root, [
    'export { createMcpServer } from "./src/mcp/mcp-server.ts";',
    'export { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";',
    'export { SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";',
  ]);
  const legacy = {};
  for (const protocolVersion of sources.SUPPORTED_PROTOCOL_VERSIONS) {
    const opening = { protocolVersion, capabilities: {}, clientInfo: CLIENT };
    const requests = [["initialize", opening], ...["ping", ...LISTS].map((method) => [method])];
    legacy[protocolVersion] = await answersTo(sources, version, requests);
  }
  const modern = {};
  for (const protocolVersion of ["2026-07-28"]) {
    const prefix = "io.modelcontextprotocol/";
    const meta = { protocolVersion, clientInfo: CLIENT, clientCapabilities: {} };
    const _meta = Object.fromEntries(Object.entries(meta).map(([key, value]) => [`${prefix}${key}`, value]));
    const requests = ["server/discover", ...LISTS].map((method) => [method, { _meta }]);
    modern[protocolVersion] = await answersTo(sources, version, requests);
  }
  return { legacy, modern };
}

/** Each answer's text before and after the id. @throws Error for an answer that is none */
async function answersTo({ createMcpServer, serveStdio, StdioServerTransport }, version, requests) {
  const [input, output] = [new PassThrough(), new PassThrough({ encoding: "utf8" })];
  const deps = { version, daemon: { close: () => {} }, workingFolder: "/" };
  const served = serveStdio(() => createMcpServer(deps), {
    transport: new StdioServerTransport(input, output),
  });
  const answers = {};
  for (const [method, params] of requests) {
    const id = randomUUID();
    input.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    let text = "";
    while (!text.endsWith("\n")) {
      text += output.read() ?? "";
      await new Promise((resolve) => setImmediate(resolve));
    }
    const parts = text.trimEnd().split(JSON.stringify(id));
    if (parts.length !== 2 || JSON.parse(text).result === undefined)
      throw new Error(`the server does not answer ${method}`);
    answers[method] = parts;
  }
  await served.close();
  return answers;
}
