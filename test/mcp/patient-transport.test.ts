import { PassThrough } from "node:stream";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import { describe, expect, it } from "vitest";
import type { Heard } from "../../src/mcp/opening/hear-opening.ts";
import { PatientTransport } from "../../src/mcp/patient-transport.ts";

interface Wire {
  readonly input: PassThrough;
  readonly transport: PatientTransport;
  readonly taken: JSONRPCMessage[];
  readonly written: () => readonly unknown[];
  readonly isClosed: () => boolean;
}

async function open(heard?: Heard): Promise<Wire> {
  const input = new PassThrough();
  const output = new PassThrough();
  let text = "";
  let isClosed = false;
  output.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const transport = new PatientTransport(input, output, heard);
  const taken: JSONRPCMessage[] = [];
  /* oxlint-disable unicorn/prefer-add-event-listener -- the SDK has only these properties */
  transport.onmessage = (message: JSONRPCMessage) => taken.push(message);
  transport.onclose = () => (isClosed = true);
  /* oxlint-enable unicorn/prefer-add-event-listener */
  await transport.start();
  const written = () =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  return { input, transport, taken, written, isClosed: () => isClosed };
}

const turns = (ms = 20) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
const call = (id: number, given?: unknown) =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x", arguments: given } })}\n`;
const answer = (id: number) => ({ jsonrpc: "2.0", id, result: {} }) as const;

describe("what was answered before", () => {
  it("is taken once more and not answered again, and what comes after it waits for that", async () => {
    const { input, transport, taken, written } = await open({
      settled: Buffer.from(call(1) + call(2)),
      rest: Buffer.from(call(1, { again: true })),
      answered: new Set([1, 2]),
    });
    input.write(call(3));
    await turns();
    expect(taken).toMatchObject([{ id: 1 }, { id: 2 }]);
    await transport.send(answer(2));
    await turns();
    expect(taken.length).toBe(2);
    await transport.send(answer(1));
    await turns();
    expect(taken.slice(2)).toMatchObject([{ id: 1, params: { arguments: { again: true } } }, { id: 3 }]);
    expect(written()).toEqual([]);
    await transport.send(answer(1));
    expect(written()).toEqual([answer(1)]);
  });

  it("does not keep the input open once it is answered", async () => {
    const heard = { settled: Buffer.from(call(1)), rest: Buffer.alloc(0), answered: new Set([1]) };
    const { input, transport, isClosed } = await open(heard);
    input.end();
    await turns();
    expect(isClosed()).toBe(false);
    await transport.send(answer(1));
    await turns();
    expect(isClosed()).toBe(true);
  });
});

describe("the end of the input", () => {
  it("closes at once when nothing is under way", async () => {
    const { input, isClosed } = await open();
    input.end();
    await turns();
    expect(isClosed()).toBe(true);
  });

  it("closes once every call is answered, and not before", async () => {
    const { input, transport, taken, written, isClosed } = await open();
    input.end(call(1) + call(2));
    await turns();
    expect([taken.length, isClosed()]).toEqual([2, false]);
    await transport.send(answer(1));
    await turns();
    expect(isClosed()).toBe(false);
    await transport.send(answer(2));
    await turns();
    expect(isClosed()).toBe(true);
    expect(written()).toEqual([answer(1), answer(2)]);
  });

  it("does not wait for what was cancelled", async () => {
    const { input, isClosed } = await open();
    const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    input.end(`${call(1)}${JSON.stringify(cancelled)}\n`);
    await turns();
    expect(isClosed()).toBe(true);
  });

  it("answers what this side asked, so that nothing waits for it", async () => {
    const { input, transport, taken, isClosed } = await open();
    input.write(call(1));
    await turns();
    await transport.send({ jsonrpc: "2.0", id: 7, method: "roots/list" });
    input.end();
    await turns();
    expect(taken.at(-1)).toMatchObject({ id: 7, error: { code: -32_000 } });
    expect(isClosed()).toBe(false);
  });

  it("takes a last message without a line end", async () => {
    const { input, taken } = await open();
    input.end(call(1).trimEnd());
    await turns();
    expect(taken).toMatchObject([{ id: 1 }]);
  });

  it("comes when somebody closes, whatever is under way", async () => {
    const { input, transport, isClosed } = await open();
    input.write(call(1));
    await turns();
    await transport.close();
    await turns();
    expect([isClosed(), input.destroyed]).toEqual([true, true]);
  });

  it("comes when the input fails", async () => {
    const { input, isClosed } = await open();
    input.destroy(new Error("broken"));
    await turns();
    expect(isClosed()).toBe(true);
  });
});

describe("arguments that are no object", () => {
  it.each([
    [null, {}],
    ["", {}],
    [[], {}],
    ['{"a":1}', { a: 1 }],
    [{ a: null }, { a: null }],
    ["[1]", "[1]"],
    [["x"], ["x"]],
  ])("are made the one that is meant: %j", async (given, meant) => {
    const { input, taken } = await open();
    input.write(call(1, given));
    await turns();
    expect(taken[0]).toMatchObject({ params: { name: "x", arguments: meant } });
  });

  it("are left as they are elsewhere", async () => {
    const { input, taken } = await open();
    const message = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { arguments: null } };
    input.write(`${JSON.stringify(message)}\n`);
    await turns();
    expect(taken).toEqual([message]);
  });
});
