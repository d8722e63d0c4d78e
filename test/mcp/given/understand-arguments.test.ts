/** That what forgets never chooses more than was said, whatever is given. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasCode } from "../../../src/base/errors.ts";
import { understandArguments } from "../../../src/mcp/given/understand-arguments.ts";
import { forgetTool } from "../../../src/mcp/tools/forget-tool.ts";
import { saveTool } from "../../../src/mcp/tools/save-tool.ts";
import { idOf } from "../support/memories.ts";

const FIELDS = ["project", "tags", "tag", "Kind", "role", "session", "after", "before"];
const anyKey = fc.constantFrom(...FIELDS, "older_than", "limit", "reason", "__proto__", "toString");
const anyValue = fc.constantFrom<unknown>(
  null,
  "",
  "note",
  "user",
  "x",
  ["a"],
  '["a","b"]',
  "7d",
  3,
  true,
  {},
);
const anyFields = fc.dictionary(anyKey, anyValue, { maxKeys: 5 });
const anyGiven = fc
  .tuple(
    anyFields,
    fc.option(
      fc.oneof(
        anyFields,
        anyFields.map((fields) => JSON.stringify(fields)),
        anyValue,
      ),
      { nil: undefined },
    ),
    fc.option(fc.constantFrom<unknown>(idOf(1), [idOf(1)], null, ""), { nil: undefined }),
  )
  .map(([beside, filter, ids]) => ({
    ...beside,
    ...(filter !== undefined && { filter }),
    ...(ids !== undefined && { ids }),
  }));

const plain = (name: string) => name.toLowerCase().replace(/^tag$/, "tags");

describe("what memory_forget chooses", () => {
  it("is narrowed by every field that was given, or refused", () => {
    let understood = 0;
    fc.assert(
      fc.property(anyGiven, (given: Readonly<Record<string, unknown>>) => {
        let args;
        try {
          ({ args } = understandArguments(forgetTool, given));
        } catch (error) {
          if (!hasCode(error, "INVALID_PARAMS")) throw error;
          return;
        }
        const { filter } = args as { filter?: Record<string, unknown> };
        if (filter === undefined) return;
        understood++;
        const { ids: _ids, filter: own, ...beside } = given;
        const written = typeof own === "string" && own !== "" ? (JSON.parse(own) as unknown) : own;
        const said = [...Object.entries(written ?? {}), ...Object.entries(beside)];
        const names = said.map(([name]) => plain(name));
        expect(names.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
          Object.keys(filter).toSorted((a, b) => (a < b ? -1 : 1)),
        );
      }),
      { numRuns: 5_000 },
    );
    expect(understood).toBeGreaterThan(100);
  });

  it.each([
    [{ filter: { project: null, kind: "note" } }, "filter.project says nothing (null); give project as "],
    [{ filter: { tags: null, session: "s" } }, "filter.tags says nothing (null); give tags as "],
    [{ filter: '{"session":null,"role":"user"}' }, "filter.session says nothing (null); give session as "],
    [{ kind: "note", before: null }, "filter.before says nothing (null); give before as "],
    [{ filter: { kind: "note" }, project: null }, "filter.project says nothing (null); give project as "],
    [{ filter: { tags: ["a"] }, tags: null }, "tags is there twice"],
  ])("is not widened by a null: %j", (given, message) => {
    expect(() => understandArguments(forgetTool, given)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMS", message: message.split("; ")[0] }),
    );
    const next = message.split("; ")[1];
    if (next !== undefined)
      expect(() => understandArguments(forgetTool, given)).toThrow(
        expect.objectContaining({ hint: expect.stringContaining(next) as string }),
      );
  });

  it("is the ids alone where a host filled a whole filter with nulls", () => {
    const given = { ids: [idOf(1)], filter: { project: null, tags: null } };
    expect(understandArguments(forgetTool, given).args).toEqual({ ids: [idOf(1)] });
  });
});

describe("the arguments as a whole", () => {
  it.each([[undefined], [null], [{}]])("may be none: %j", (given) => {
    expect(() => understandArguments(saveTool, given)).toThrow("text is missing");
  });

  it("may be JSON in a string", () => {
    expect(understandArguments(saveTool, '{"text":"tea"}').args).toEqual({ text: "tea" });
  });

  it.each([[7], ["tea"], [["tea"]], [true]])("are an object: %j", (given) => {
    expect(() => understandArguments(saveTool, given)).toThrow("the arguments must be an object");
  });

  it("keep white space of a text, and none for what is left empty", () => {
    const given = { text: " tea ", expires_at: "  ", project: "" };
    expect(understandArguments(saveTool, given).args).toEqual({ text: " tea ", project: "" });
  });
});
