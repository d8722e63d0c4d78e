import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { LIMITS } from "../../src/base/limits.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { namedSecrets, parseParams, parseResult, parseWith } from "../../src/protocol/validate.ts";
import { codeOf, textOfError } from "../support/codes.ts";

function refusal(method: MethodName, params: unknown): string | undefined {
  return /^INVALID_PARAMS KeepsakeError: (.*) undefined$/s.exec(
    textOfError(() => parseParams(method, params)) ?? "",
  )?.[1];
}

describe("params", () => {
  test("get their defaults", () => {
    expect(parseParams("memory.save", { text: "a" })).toEqual({
      text: "a",
      tags: [],
      pinned: false,
    });
  });

  test("say which secrets go with a call", () => {
    expect(namedSecrets("vault.unlock", { with: "passphrase" })).toHaveLength(1);
    expect(namedSecrets("vault.unlock", { with: "keychain" })).toEqual([]);
    expect(namedSecrets("memory.save", { text: "a" })).toEqual([]);
    expect(codeOf(() => namedSecrets("vault.unlock", { with: "luck" }))).toBe("INVALID_PARAMS");
  });

  test("that are refused name the field and the limit", () => {
    expect(refusal("memory.save", {})).toBe("text: missing");
    expect(refusal("memory.save", { text: 5 })).toBe("text: Invalid input: expected string, received number");
    expect(refusal("memory.save", { text: "a".repeat(LIMITS.textBytes + 1) })).toBe(
      `text: at most ${LIMITS.textBytes} bytes of UTF-8`,
    );
    expect(refusal("memory.save", { text: "a", tags: ["ok", "no space"] })).toBe(
      "tags.1: no white space or comma",
    );
    expect(refusal("memory.search", { query: "a", limit: LIMITS.maxListed + 1 })).toContain(
      String(LIMITS.maxListed),
    );
    const turn = { messageId: "m", role: "user", text: "", at: "2026-01-01T00:00:00Z" };
    expect(refusal("memory.capture", { session: "s", turns: [turn] })).toMatch(/^turns\.0\.text: /);
  });

  test("with fields that do not exist name those that do", () => {
    expect(refusal("memory.brief", { projekt: "x" })).toBe(
      "params: unknown field, known are project, size, explain",
    );
    expect(refusal("vault.rotate", { slots: 1 })).toBe("params: unknown field, known are master, recovery");
    expect(refusal("vault.lock", { force: true })).toBe("params: unknown field, there are none");
    expect(refusal("memory.forget", { filter: { where: 1 } })).toBe("filter: unknown field");
  });

  test("with many mistakes name the first few and count the others", () => {
    const turns = Array.from({ length: 9 }, () => ({}));
    expect(refusal("memory.capture", { session: "s", turns })).toMatch(/; and \d+ more$/);
  });

  test.each(["__proto__", "constructor", "toString"])("refuse the field %s in every method", (name) => {
    for (const method of METHOD_NAMES) {
      const params: unknown = JSON.parse(`{"${name}":{"text":"x"}}`);
      expect(codeOf(() => parseParams(method, params))).toBe("INVALID_PARAMS");
    }
  });

  test("are never quoted: not a value, not the name of an unknown field, at any depth", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 30 }).map((text) => `canary${text}`),
        fc.constantFrom(...METHOD_NAMES),
        (canary, method) => {
          const shapes: unknown[] = [
            canary,
            [canary],
            { [canary]: 1 },
            ...[
              "text",
              "query",
              "id",
              "ids",
              "with",
              "project",
              "at",
              "format",
              "projects",
              "scopes",
            ].flatMap((field) => [
              { [field]: `${canary}\0` },
              { [field]: [canary, `${canary}\0`] },
              { [field]: { [canary]: canary } },
            ]),
            { filter: { tags: [`${canary} ${canary}`], [canary]: canary } },
            { session: "s", turns: [{ role: canary, at: canary, [canary]: canary }] },
          ];
          for (const params of shapes) {
            expect(textOfError(() => parseParams(method, params)) ?? "").not.toContain("canary");
          }
        },
      ),
    );
  });
});

test("a key that is no field of ours is not named in a path", () => {
  const schema = z.strictObject({ parts: z.record(z.string(), z.number()) });
  const text = textOfError(() => parseWith(schema, { parts: { "canary words": "x" } }));
  expect(text).toContain("INVALID_PARAMS KeepsakeError: parts.?: ");
  expect(text).not.toContain("canary");
});

describe("results", () => {
  test("of the right shape pass", () => {
    expect(parseResult("vault.lock", { state: "sealed" })).toEqual({ state: "sealed" });
  });

  test("with one field more are refused, and the refusal says nothing of them", () => {
    const text = textOfError(() => parseResult("vault.lock", { state: "sealed", canaryField: "canary" }));
    expect(text).toMatch(/^INVALID_RESULT .*the result of vault\.lock does not have the shape/);
    expect(text).not.toContain("canary");
  });

  test("of every method are refused when they are something else", () => {
    for (const method of METHOD_NAMES) {
      for (const result of [null, [], "x", 1, { canary: 1 }]) {
        expect(codeOf(() => parseResult(method, result))).toBe("INVALID_RESULT");
      }
    }
  });
});
