import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonDocument } from "../../src/setup/documents/json-document.ts";
import type { JsonEntry } from "../../src/setup/text/json-text.ts";
import { applySplices, keptSplice, undoSplices } from "../../src/setup/text/splices.ts";

const MARK = "/l/keepsake hook ";
const ENTRIES: readonly JsonEntry[] = [
  { keys: ["version"], value: 1, is: "default" },
  { keys: ["servers", "keepsake"], value: { command: "/l/keepsake", args: ["mcp"] }, is: "member" },
  { keys: ["hooks", "stop"], value: { command: `${MARK}a stop` }, is: "element" },
  { keys: ["hooks", "start"], value: { hooks: [{ command: `${MARK}a start` }] }, is: "element" },
];

const documents = (["strict", "comments"] as const).map((dialect) => ({
  dialect,
  document: jsonDocument({ path: "/f.json", dialect, entries: ENTRIES, mark: MARK }),
}));

/** JSON as people write it: any spacing, and what of ours may already be around. */
const key = fc.oneof(fc.constantFrom("servers", "hooks", "stop", "start", "version", "a"), fc.string());
const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue({ maxDepth: 1 }),
    tie("object"),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
}));
const servers = fc.dictionary(fc.string(), value, { maxKeys: 3 });
const hooks = fc.dictionary(fc.constantFrom("stop", "start", "x"), fc.array(value, { maxLength: 3 }));
const root = fc.oneof(
  fc.dictionary(
    key.filter((name) => name !== "servers" && name !== "hooks"),
    value,
  ),
  fc.record({ servers, hooks, more: value }, { requiredKeys: [] }),
);
const spaced = fc
  .tuple(
    root,
    fc.constantFrom(undefined, 1, 2, 4, "\t"),
    fc.constantFrom("\n", "\r\n"),
    fc.constantFrom("", "\u{FEFF}"),
    fc.constantFrom("", "\n", " \n\n"),
  )
  .map(
    ([object, indentation, lineEnd, mark, end]) =>
      mark + (JSON.stringify(object, null, indentation) + end).replaceAll("\n", lineEnd),
  );

/** A comment or a space wherever white space may stand between two tokens of a text over several lines. */
const commented = fc
  .tuple(
    spaced,
    fc.array(fc.constantFrom("", "", " // c\n", "/* d */", " /* e\n */ "), { minLength: 1, maxLength: 9 }),
  )
  .map(([text, comments]) => {
    let count = 0;
    return text.replaceAll(/(?<=[[{,])(?=\r?\n)/g, () => comments[(count += 1) % comments.length] ?? "");
  });

describe.each(documents)("any $dialect document", ({ dialect, document }) => {
  it("becomes what it was, byte for byte, and holds the same beside ours meanwhile", () => {
    fc.assert(
      fc.property(dialect === "strict" ? spaced : commented, (text) => {
        fc.pre(document.find(text) === undefined);
        const { splices } = document.insert(text);
        const after = applySplices(text, splices);
        expect(document.find(after)).toBe(document.wanted);
        expect(undoSplices(after, splices.map(keptSplice))).toBe(text);
        expect(splices.every(({ removed }) => removed === "")).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("means what it meant when ours is taken out by name", () => {
    fc.assert(
      fc.property(dialect === "strict" ? spaced : commented, (text) => {
        fc.pre(document.find(text) === undefined);
        const { splices, made } = document.insert(text);
        const rest = document.takeOut(applySplices(text, splices), made);
        expect(document.find(rest.text)).toBeUndefined();
        if (dialect === "comments") return;
        const before = JSON.parse(text.replace("\u{FEFF}", "")) as Record<string, unknown>;
        const after = JSON.parse(rest.text.replace("\u{FEFF}", "")) as Record<string, unknown>;
        expect(after).toEqual("version" in before ? before : { ...before, version: 1 });
      }),
      { numRuns: 400 },
    );
  });
});
