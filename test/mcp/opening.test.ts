import { PassThrough } from "node:stream";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { beforeAll, describe, expect, it } from "vitest";
import { askServer } from "../../scripts/known-answers.mjs";
import { createDaemonLink } from "../../src/mcp/daemon-link.ts";
import { createMcpServer } from "../../src/mcp/mcp-server.ts";
import { FirstAnswers } from "../../src/mcp/opening/first-answers.ts";
import { hearOpening } from "../../src/mcp/opening/hear-opening.ts";
import { KNOWN_ANSWERS } from "../../src/mcp/opening/known-answers.ts";
import type { KnownAnswers } from "../../src/mcp/opening/known-answers.ts";
import { PatientTransport } from "../../src/mcp/patient-transport.ts";
import { PROJECT_ROOT } from "../support/throw-away-home.ts";
import { FakeClient } from "./support/fake-client.ts";

const VERSION = "1.2.3";
const LISTS = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
const CLIENT = { name: "host", version: "7" };
const LAST = message("last", "no/such-method", undefined);
const TOOL = { name: "memory_recent", arguments: {} };

let known: KnownAnswers = KNOWN_ANSWERS;
beforeAll(async () => {
  known = await askServer(PROJECT_ROOT, VERSION);
});

function message(id: unknown, method: string, params?: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", ...(id !== undefined && { id }), method, params });
}
function initialize(more: object = {}, id: unknown = 0): string {
  return message(id, "initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: CLIENT,
    ...more,
  });
}
function modern(id: unknown, method: string, more: object = {}, params: object = {}): string {
  const meta = { protocolVersion: "2026-07-28", clientInfo: CLIENT, clientCapabilities: {}, ...more };
  const _meta = Object.fromEntries(
    Object.entries(meta).map(([key, value]) => [`io.modelcontextprotocol/${key}`, value]),
  );
  return message(id, method, { ...params, _meta });
}
function nested(depth: number): object {
  let held = {};
  for (let level = 0; level < depth; level++) held = { "": held };
  return held;
}
const INITIALIZED = message(undefined, "notifications/initialized");
const legacyLists = LISTS.map((method, place) => message(place + 1, method));
const modernLists = LISTS.map((method, place) => modern(place + 1, method));

/** What a session of these lines answers, in any order, and how many answers came before the server was there. */
async function answered(lines: readonly string[], answers: KnownAnswers) {
  const [input, output] = [new PassThrough(), new PassThrough({ encoding: "utf8" })];
  let text = "";
  let early = 0;
  const clock = { now: () => 0, monotonic: () => performance.now() };
  const daemon = new FakeClient({ "memory.recent": () => ({ memories: [], more: false }) });
  output.on("data", (chunk: string) => {
    text += chunk;
    if (text.includes('"id":"last"')) input.end();
  });
  const ended = new Promise((resolve) => {
    input.once("close", resolve);
  });
  input.write(`${[...lines, LAST].join("\n")}\n`);
  const heard = await hearOpening(input, output, new FirstAnswers(answers));
  early = heard.answered.size;
  serveStdio(
    () =>
      createMcpServer({
        daemon: createDaemonLink({ open: () => Promise.resolve(daemon), client: "mcp", clock }),
        clock,
        version: VERSION,
        hostFolder: undefined,
        workingFolder: "/",
        resolveProject: () => Promise.resolve(null),
        privacyOf: () => Promise.resolve(undefined),
        drawMark: () => "mark",
        drawKey: () => "key",
      }),
    { transport: new PatientTransport(input, output, heard) },
  );
  await ended;
  return { answers: text.trimEnd().split("\n").toSorted(), early };
}

async function expectSame(lines: readonly string[]): Promise<number> {
  const plain = await answered(lines, KNOWN_ANSWERS);
  const fast = await answered(lines, known);
  expect(plain.early).toBe(0);
  expect(fast.answers).toEqual(plain.answers);
  return fast.early;
}

describe("an opening that is known", () => {
  it.each(["2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])(
    "of %s is answered before the server is there, as the server does, and the session goes on with it",
    async (protocolVersion) => {
      const lines = [initialize({ protocolVersion }), INITIALIZED, ...legacyLists, message("p", "ping", {})];
      expect(await expectSame([...lines, message(9, "tools/call", TOOL)])).toBe(6);
    },
  );

  it("of 2026-07-28 is answered before the server is there, as the server does, and the session goes on with it", async () => {
    const lines = [modern(0, "server/discover"), ...modernLists, modern(9, "tools/call", {}, TOOL)];
    expect(await expectSame(lines)).toBe(5);
  });

  it.each([
    ["a discovery and then the older handshake", [modern(0, "server/discover"), initialize({}, "i")], 2],
    [
      "a discovery, the older handshake and its lists",
      [modern(7, "server/discover"), initialize(), INITIALIZED, ...legacyLists],
      6,
    ],
    ["lists without a discovery", modernLists, 4],
    [
      "a discovery between lists",
      [modern("a", "tools/list"), modern("b", "server/discover"), modern("c", "tools/list")],
      3,
    ],
    [
      "ids of every kind",
      [
        initialize({}, '\u2028\ud800"'),
        message("1", "ping"),
        message(1, "ping"),
        message(-0, "ping"),
        message("", "ping"),
      ],
      5,
    ],
    [
      "lines that end as Windows has them",
      [`${initialize()}\r`, `${INITIALIZED}\r`, ` ${message(1, "tools/list")} \r`],
      2,
    ],
    [
      "capabilities of every kind",
      [
        initialize({
          capabilities: {
            roots: { listChanged: true },
            sampling: { tools: {}, context: {} },
            elicitation: { form: {}, url: {} },
            tasks: { list: {}, requests: { sampling: { createMessage: {} } } },
            extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html"] } },
            experimental: { x: { y: [1, null] } },
          },
          clientInfo: { ...CLIENT, title: "Host", description: "d", websiteUrl: "https://host.invalid" },
        }),
        message(1, "tools/list"),
      ],
      2,
    ],
    ["capabilities in capabilities", [initialize({ capabilities: { sampling: { tools: nested(700) } } })], 1],
  ])("is %s", async (_what, lines, early) => {
    expect(await expectSame(lines)).toBe(early);
  });
});

describe("what is not exactly known", () => {
  it.each([
    ["an unknown version", [initialize({ protocolVersion: "2030-01-01" })], 0],
    ["a version that an object has", [initialize({ protocolVersion: "constructor" })], 0],
    ["the newer version in the older handshake", [initialize({ protocolVersion: "2026-07-28" })], 0],
    ["no client", [initialize({ clientInfo: undefined })], 0],
    ["a client without a version", [initialize({ clientInfo: { name: "x" } })], 0],
    ["a client with icons", [initialize({ clientInfo: { ...CLIENT, icons: [{ src: "data:," }] } })], 0],
    ["a client's name of another type", [initialize({ clientInfo: { ...CLIENT, name: 1 } })], 0],
    ["capabilities that are none", [initialize({ capabilities: [] })], 0],
    ["roots that are none", [initialize({ capabilities: { roots: true } })], 0],
    ["a capability of another type", [initialize({ capabilities: { roots: { listChanged: 1 } } })], 0],
    ["sampling that holds a list", [initialize({ capabilities: { sampling: { tools: [] } } })], 0],
    ["an extension that is no object", [initialize({ capabilities: { extensions: { x: 1 } } })], 0],
    ["an unknown capability", [initialize({ capabilities: { tools: true } })], 0],
    ["a handshake with a progress token", [initialize({ _meta: { progressToken: 1 } })], 0],
    ["a batch", [`[${initialize()}]`], 0],
    ["no JSON", ["{", initialize()], 0],
    ["JSON that is no message", ["null", "1", "[]", "{}", initialize()], 0],
    ["an empty line", ["", initialize()], 0],
    ["another protocol", [initialize().replace('"2.0"', '"1.0"')], 0],
    ["a key too many", [initialize().replace("{", '{"extra":1,')], 0],
    [
      "an id of another type",
      [initialize({}, null), initialize({}, 1.5), initialize({}, [1]), initialize()],
      0,
    ],
    ["a handshake without an id", [initialize().replace('"id":0,', ""), message(1, "tools/list")], 0],
    ["a list before the handshake", [message(1, "tools/list"), initialize()], 0],
    ["a second handshake", [initialize(), initialize({}, 1)], 1],
    ["an id that comes again", [initialize(), message(0, "ping"), message(0, "tools/list")], 1],
    ["a list with a cursor", [initialize(), message(1, "tools/list", { cursor: "x" })], 1],
    [
      "a list with a progress token",
      [initialize(), message(1, "tools/list", { _meta: { progressToken: 1 } })],
      1,
    ],
    ["parameters that are none", [initialize(), message(1, "tools/list", null), message(2, "ping", [])], 1],
    ["a list without an id", [initialize(), message(undefined, "tools/list"), message(1, "ping")], 1],
    ["a method that an object has", [initialize(), message(1, "toString"), message(2, "__proto__")], 1],
    ["initialized before the handshake", [INITIALIZED, initialize()], 0],
    ["initialized with an id", [initialize(), message(1, "notifications/initialized")], 1],
    [
      "initialized with parameters",
      [initialize(), message(undefined, "notifications/initialized", { x: 1 }), message(1, "ping")],
      1,
    ],
    ["an answer to nothing", [initialize(), '{"jsonrpc":"2.0","id":5,"result":{}}', message(1, "ping")], 1],
    ["an envelope in an older session", [initialize(), modern(1, "tools/list")], 1],
    ["the older handshake in a newer session", [modern(0, "tools/list"), initialize({}, 1)], 1],
    ["an older list in a newer session", [modern(0, "tools/list"), message(1, "tools/list")], 1],
    ["an older list after a discovery", [modern(0, "server/discover"), message(1, "tools/list")], 1],
    [
      "an envelope of an unknown version",
      [modern(0, "server/discover", { protocolVersion: "2030-01-01" }), initialize()],
      0,
    ],
    ["an envelope of an older version", [modern(0, "tools/list", { protocolVersion: "2025-11-25" })], 0],
    ["an envelope without capabilities", [modern(0, "tools/list", { clientCapabilities: undefined })], 0],
    ["an envelope with more", [modern(0, "tools/list", { logLevel: "debug" })], 0],
    ["a newer list with a cursor", [modern(0, "tools/list", {}, { cursor: "x" })], 0],
    ["a ping in a newer session", [modern(0, "tools/list"), modern(1, "ping")], 1],
    ["initialized in a newer session", [modern(0, "tools/list"), INITIALIZED, modern(1, "prompts/list")], 1],
    [
      "a line longer than any that is known",
      [initialize({ clientInfo: { ...CLIENT, title: "x".repeat(4_096) } })],
      0,
    ],
    [
      "capabilities as deep as a line is long",
      [initialize({ capabilities: { sampling: nested(1_100) } })],
      0,
    ],
  ])("is answered by the server: %s", async (_what, lines, early) => {
    expect(await expectSame(lines)).toBe(early);
  });
});

describe("a request that is cancelled", () => {
  it("has its answer when it was answered before, and the rest is as the server does it", async () => {
    const cancelled = message(undefined, "notifications/cancelled", { requestId: 0 });
    const lines = [initialize(), cancelled, message(1, "ping"), message(2, "tools/call", TOOL)];
    const plain = await answered(lines, KNOWN_ANSWERS);
    const fast = await answered(lines, known);
    expect(fast.early).toBe(1);
    expect(fast.answers.filter((line) => !line.endsWith('"id":0}'))).toEqual(plain.answers);
    expect(fast.answers.length).toBe(plain.answers.length + 1);
  });
});

describe("the input of an opening", () => {
  it("may come in pieces of any size", async () => {
    const [input, output] = [new PassThrough(), new PassThrough({ encoding: "utf8" })];
    const heard = hearOpening(input, output, new FirstAnswers(known));
    for (const byte of Buffer.from(`${initialize()}\n${message("é", "ping")}\n{"half`))
      input.write(Buffer.of(byte));
    input.end();
    const { settled, rest, answered: ids } = await heard;
    expect([settled.toString().split("\n").length, rest.toString(), [...ids]]).toEqual([
      3,
      '{"half',
      [0, "é"],
    ]);
    expect((output.read() as string).split("\n").length).toBe(3);
  });

  it("wants the server after a quiet moment, and leaves what comes then to it", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const heard = hearOpening(input, output, new FirstAnswers(known));
    input.write(`${initialize()}\n`);
    const { settled, rest } = await heard;
    expect([settled.toString(), rest.length]).toEqual([`${initialize()}\n`, 0]);
    input.write("later");
    expect(input.isPaused()).toBe(true);
    expect(String(input.read())).toBe("later");
  });
});
