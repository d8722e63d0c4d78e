import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { DaemonMessage } from "../../src/protocol/envelope.ts";
import { parseDaemonMessage } from "../../src/protocol/daemon-message.ts";
import { parseClientMessage, peekRequestId, progress } from "../../src/protocol/envelope.ts";
import { encodeMessage, fromWireError, toWireError } from "../../src/protocol/wire.ts";
import { codeOf, textOfError } from "../support/codes.ts";

const parseText = (text: string) => parseClientMessage(utf8(text));

describe("messages of a client", () => {
  test("are a request or a cancel", () => {
    expect(parseText('{"id":1,"method":"vault.status","params":{}}')).toEqual({
      id: 1,
      method: "vault.status",
      params: {},
    });
    expect(parseText('{"id":7,"cancel":true}')).toEqual({ id: 7, cancel: true });
  });

  test.each([
    ["a batch", '[{"id":1,"method":"vault.status","params":{}}]'],
    ["an empty batch", "[]"],
    ["null", "null"],
    ["a string", '"vault.status"'],
    ["without params", '{"id":1,"method":"vault.status"}'],
    ["without an id", '{"method":"vault.status","params":{}}'],
    ["with an id of zero", '{"id":0,"method":"vault.status","params":{}}'],
    ["with a negative id", '{"id":-1,"method":"vault.status","params":{}}'],
    ["with a fraction as id", '{"id":1.5,"method":"vault.status","params":{}}'],
    ["with an unsafe id", '{"id":9007199254740993,"method":"vault.status","params":{}}'],
    ["with a string as id", '{"id":"1","method":"vault.status","params":{}}'],
    ["with an object as method", '{"id":1,"method":{"toString":"vault.status"},"params":{}}'],
    ["with an overlong method", `{"id":1,"method":"${"m".repeat(65)}","params":{}}`],
    ["with one field more", '{"id":1,"method":"vault.status","params":{},"scope":"admin"}'],
    ["with a prototype", '{"id":1,"method":"vault.status","params":{},"__proto__":{"scope":"admin"}}'],
    ["of both shapes", '{"id":1,"method":"vault.status","params":{},"cancel":true}'],
    ["with a cancel that is false", '{"id":1,"cancel":false}'],
  ])("are refused when they are %s", (_name, text) => {
    expect(codeOf(() => parseText(text))).toBe("MALFORMED_REQUEST");
  });
});

test.each([
  [1, '{"id":1,"method":"x"'],
  [9_007_199_254_740_991, '{"id":9007199254740991,"method":'],
  [undefined, '{"id":9007199254740992,"method":'],
  [undefined, '{"id":0,"method":"x"}'],
  [undefined, '{"id":01,"method":"x"}'],
  [undefined, '{"id":1}'],
  [undefined, '{ "id":1,"method":"x"}'],
  [undefined, '{"method":"x","id":1,"a":1}'],
  [undefined, `{"id":${"1".repeat(40)},"method":"x"}`],
  [undefined, "[".repeat(100)],
])("the id %s is peeked from the beginning of %s", (id, text) => {
  expect(peekRequestId(utf8(text))).toBe(id);
});

test("what a client of keepsake sends shows its id without being read", () => {
  expect(peekRequestId(encodeMessage({ id: 77, method: "memory.save", params: { text: "a" } }))).toBe(77);
});

test("an answer of the daemon may hold more values than a request", () => {
  const tags = Array.from({ length: 20_000 }, () => 1);
  const answer = { id: 1, result: { tags } };
  expect(parseDaemonMessage(encodeMessage(answer))).toEqual(answer);
  expect(codeOf(() => parseClientMessage(encodeMessage({ id: 1, method: "x", params: { tags } })))).toBe(
    "MALFORMED_REQUEST",
  );
});

test("a refused message of a client is told what a request is", () => {
  expect(textOfError(() => parseText("[]"))).toContain("a request is {id, method, params}");
});

describe("messages of the daemon", () => {
  test.each<DaemonMessage>([
    { id: 1, result: { state: "open" } },
    { id: 1, result: null, secret: true },
    { id: null, error: { code: "BUSY", message: "busy" } },
    {
      id: 2,
      error: { code: "RATE_LIMITED", message: "slow", hint: "wait", data: { retryAfterMs: 5, hard: false } },
    },
    { id: 3, progress: { stage: "derive key", done: 1, total: 2 } },
  ])("survive the wire: %j", (message) => {
    expect(parseDaemonMessage(encodeMessage(message))).toEqual(message);
  });

  test.each([
    ["a result without id", { result: {} }],
    ["a result for the connection", { id: null, result: {} }],
    ["result and error", { id: 1, result: {}, error: { code: "BUSY", message: "" } }],
    ["an unknown code", { id: 1, error: { code: "PWNED", message: "" } }],
    ["an inherited code", { id: 1, error: { code: "constructor", message: "" } }],
    ["a stack", { id: 1, error: { code: "BUSY", message: "", stack: "at x" } }],
    ["a terminal escape in the message", { id: 1, error: { code: "BUSY", message: "\u001b[2J" } }],
    ["a line end in the hint", { id: 1, error: { code: "BUSY", message: "", hint: "a\nb" } }],
    ["an object as fact", { id: 1, error: { code: "BUSY", message: "", data: { deep: {} } } }],
    ["an overlong message", { id: 1, error: { code: "BUSY", message: "m".repeat(1_025) } }],
    ["a stage with content", { id: 1, progress: { stage: "«note»\n", done: 0, total: 0 } }],
    ["a stage that ends in content", { id: 1, progress: { stage: "read\n«note»", done: 0, total: 0 } }],
    ["a stage that begins with content", { id: 1, progress: { stage: "\nread", done: 0, total: 0 } }],
    ["a secret that is false", { id: 1, result: {}, secret: false }],
    ["a batch", [{ id: 1, result: {} }]],
  ])("are refused with %s", (_name, message) => {
    expect(codeOf(() => parseDaemonMessage(utf8(JSON.stringify(message))))).toBe("INVALID_RESULT");
  });

  test("that are no JSON at all are refused", () => {
    const text = textOfError(() => parseDaemonMessage(utf8("hello")));
    expect(text).toMatch(/^INVALID_RESULT .* KeepsakeError: the frame does not hold JSON in UTF-8$/);
  });
});

test("a stage of progress is one to 64 harmless characters, from its first to its last", () => {
  const isStage = (stage: string) => progress.safeParse({ stage, done: 0, total: 0 }).success;
  expect(["read", "Derive key 1: a_b, c-d.", "a".repeat(64)].filter((stage) => !isStage(stage))).toEqual([]);
  expect(["", " a", "\na", "a\n", "é", "a<b", "a".repeat(65)].filter((stage) => isStage(stage))).toEqual([]);
});

describe("errors on the wire", () => {
  test("have only the parts there are, and a hint of their own before the table's", () => {
    const bare = toWireError(new KeepsakeError("CANCELLED", "none"));
    expect(bare).toStrictEqual({ code: "CANCELLED", message: "none" });
    const own = fromWireError({ code: "BUSY", message: "busy", hint: "call later" });
    expect([own.hint, own.facts]).toEqual(["call later", undefined]);
    expect(fromWireError({ code: "BUSY", message: "busy" }).hint).toBe("retry shortly");
  });

  test("show control characters and lone surrogates as replaced", () => {
    const wire = toWireError(new KeepsakeError("UNSAFE_PATH", "/a\nb\u001B[1m\uD800"));
    expect(wire.message).toBe("/a\u{FFFD}b\u{FFFD}[1m\u{FFFD}");
  });

  test("are cut at 1,024 characters, and show what the cut halves as replaced", () => {
    const [whole, halved] = ["m".repeat(1_024), `${"m".repeat(1_023)}\u{FFFD}`];
    const error = new KeepsakeError("UNSAFE_PATH", `${whole}m`, {
      hint: `${"m".repeat(1_023)}𝄞`,
      facts: { path: `${"m".repeat(1_023)}\n.` },
    });
    const wire = toWireError(error);
    expect(wire).toEqual({ code: "UNSAFE_PATH", message: whole, hint: halved, data: { path: halved } });
    expect(parseDaemonMessage(encodeMessage({ id: 1, error: wire }))).toEqual({ id: 1, error: wire });
  });

  test("carry code, message, hint and facts, and neither cause nor stack", () => {
    const error = new KeepsakeError("RATE_LIMITED", "at most 5", {
      facts: { retryAfterMs: 12 },
      cause: new Error("canary-cause"),
    });
    const wire = toWireError(error);
    expect(wire).toEqual({
      code: "RATE_LIMITED",
      message: "at most 5",
      hint: "wait, then retry",
      data: { retryAfterMs: 12 },
    });
    const thrown = fromWireError(wire);
    expect([thrown.code, thrown.message, thrown.hint, thrown.facts]).toEqual([
      "RATE_LIMITED",
      "at most 5",
      "wait, then retry",
      { retryAfterMs: 12 },
    ]);
  });

  test("always pass the client's check, whatever is in a message or a fact", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3_000 }), (text) => {
        const error = new KeepsakeError("UNSAFE_PATH", text, { hint: text, facts: { path: text } });
        const message = { id: 1, error: toWireError(error) };
        expect(parseDaemonMessage(encodeMessage(message))).toEqual(message);
      }),
    );
  });
});
