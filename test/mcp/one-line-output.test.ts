import { PassThrough } from "node:stream";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { oneLineOutput } from "../../src/mcp/one-line-output.ts";

const UNICODE_LINE_END = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

describe("the one writer", () => {
  it("escapes what some hosts take for a line end, and the JSON says the same", async () => {
    const target = new PassThrough();
    const output = oneLineOutput(target);
    const message = { text: "one\u2028two\u2029three\u0085four\nfive" };
    output.end(`${JSON.stringify(message)}\n`);
    await once(output, "finish");
    const lines = String(target.read()).split(UNICODE_LINE_END);
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([message]);
  });

  it("fails when its target does", async () => {
    const target = new PassThrough();
    const output = oneLineOutput(target);
    const failed = once(output, "error");
    target.destroy(new Error("EPIPE"));
    await expect(failed).resolves.toMatchObject([{ message: "EPIPE" }]);
  });
});
