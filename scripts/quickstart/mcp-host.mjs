/**
 * A host of an MCP server: the official client where its package is there, as in a checkout; else the protocol's own lines over stdio,
 * which is all that is needed and all that an installed keepsake has.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const PROTOCOL_VERSION = "2025-11-25";
const ANSWER_MS = 60_000;

/**
 * @param {{ command: string, args: readonly string[], env: Record<string, string> }} server
 * @returns {Promise<{ name: string, listTools: () => Promise<any>, callTool: (call: object) => Promise<any>, close: () => Promise<void> }>}
 */
export async function openMcpHost(server) {
  const official = await import("@modelcontextprotocol/client").catch(() => undefined);
  return official === undefined ? plainHost(server) : officialHost(official, server);
}

async function officialHost({ Client }, server) {
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const client = new Client({ name: "keepsake-quickstart", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ ...server, stderr: "ignore" }));
  return {
    name: "the official MCP client",
    listTools: () => client.listTools(),
    callTool: (call) => client.callTool(call),
    close: () => client.close(),
  };
}

async function plainHost({ command, args, env }) {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line);
    waiting.get(id)?.(error === undefined ? result : Promise.reject(new Error(error.message)));
    waiting.delete(id);
  });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let id = 0;
  const ask = (method, params) => {
    id += 1;
    send({ id, method, params });
    const own = id;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS);
      waiting.set(own, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  };
  await ask("initialize", {
    protocolVersion: PROTOCOL_VERSION,
    capabilities: {},
    clientInfo: { name: "keepsake-quickstart", version: "1.0.0" },
  });
  send({ method: "notifications/initialized" });
  return {
    name: "lines of JSON",
    listTools: () => ask("tools/list", {}),
    callTool: (call) => ask("tools/call", call),
    close: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
    },
  };
}
