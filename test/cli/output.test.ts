import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { highlighter } from "../../src/cli/output/highlight.ts";
import { jsonText } from "../../src/cli/output/json.ts";
import { startProgress } from "../../src/cli/output/progress-bar.ts";
import { createScreen } from "../../src/cli/output/screen.ts";
import { formatTable } from "../../src/cli/output/text-table.ts";
import { clipText, textWidth, wrapText } from "../../src/cli/output/text-width.ts";
import { processorMs } from "../support/processor-time.ts";

const anyLine = fc.string({
  unit: fc.oneof(fc.constantFrom(" ", "a", "é", "日", "👩‍👩‍👧", "e\u0301"), fc.string()),
});

describe("text on a terminal", () => {
  it.each([
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["👩‍👩‍👧", 2],
    ["❤️", 2],
    ["…", 1],
    ["", 0],
  ])("%s takes %i columns", (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });

  it("is wrapped within its width and loses nothing but spaces at line ends", () => {
    fc.assert(
      fc.property(anyLine, fc.integer({ min: 4, max: 40 }), (text, width) => {
        const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "");
        const lines = wrapText(plain, width);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(" ", "")).toBe(plain.replaceAll(" ", ""));
      }),
    );
  });

  it("keeps its own line ends and indentation", () => {
    expect(wrapText("one\n\n  two three", 20)).toEqual(["one", "", "  two three"]);
    expect(wrapText("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrapText("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  });

  it("is cut with an ellipsis where there is no room", () => {
    expect(clipText("abcdef", 4)).toBe("abc…");
    expect(clipText("abcd", 4)).toBe("abcd");
    expect(textWidth(clipText("日本語日本語", 6))).toBeLessThanOrEqual(6);
  });

  it("wraps a very long line in time proportional to its length", () => {
    expect(processorMs(() => wrapText("日本".repeat(16_000), 40))).toBeLessThan(3_000);
  });
});

describe("a table", () => {
  it("aligns its columns by what they show", () => {
    const rows = [
      [{ text: "日本" }, { text: "x", style: (text: string) => `<${text}>` }, { text: "end" }],
      [{ text: "a" }, { text: "long one" }, { text: "end" }],
    ];
    expect(formatTable(rows, Infinity)).toBe("日本  <x>         end\na     long one  end\n");
  });
});

describe("JSON on standard output", () => {
  it("holds no character that a terminal obeys, and the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = jsonText(value, 0);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("what was searched for", () => {
  const mark = (query: string, line: string) => highlighter(query, (word) => `[${word}]`)(line);

  it.each([
    ["boat", "Boats, a boat and the boathouse", "[Boats], a [boat] and the boathouse"],
    ["what did we decide", "We decided: no", "We [decided]: no"],
    ["the", "the other", "[the] other"],
    ["Jonas's cards", "Jonas lost two cards", "[Jonas] lost two [cards]"],
    ["überfahrt", "Die Überfahrt", "Die [Überfahrt]"],
    ["", "nothing", "nothing"],
  ])("%j is set off in %j", (query, line, expected) => {
    expect(mark(query, line)).toBe(expected);
  });
});

describe("a screen", () => {
  const stream = (more: object = {}) => ({ write: () => true, ...more });

  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: true }, { NO_COLOR: "1" }, false],
    [{ isTTY: true }, { NO_COLOR: "" }, true],
    [{ isTTY: true }, { TERM: "dumb" }, false],
    [{}, {}, false],
  ])("has colours on a terminal that wants them: %j %j", (traits, environment, isColoured) => {
    const { out } = createScreen(stream(traits), stream(), environment);
    expect(out.style.bold("x") !== "x").toBe(isColoured);
  });

  it.each([
    [undefined, 80],
    [20, 40],
    [64, 64],
    [300, 100],
  ])("of %s columns is wrapped at %i", (columns, width) => {
    expect(createScreen(stream({ columns }), stream(), {}).width).toBe(width);
  });
});

describe("a progress bar", () => {
  /** A bar on a stream, seen after a while, or once it stands there, and after its end. */
  async function watch(isTTY: boolean, until: number | "it is shown") {
    const shown: string[] = [];
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
    stream.on("data", (chunk: Buffer) => shown.push(chunk.toString()));
    const { err } = createScreen({ write: () => true }, stream, { NO_COLOR: "1" });
    const progress = startProgress("importing", err, stream, systemClock);
    progress.update({ stage: "hos\u001Btile", done: 1, total: 2 });
    if (until === "it is shown") await expect.poll(() => shown.join(""), { timeout: 60_000 }).toContain("%");
    else await sleep(until);
    const whileRunning = shown.join("");
    progress.stop();
    return { whileRunning, afterwards: shown.join("").slice(whileRunning.length) };
  }

  it("appears on a terminal once it has taken a while, and is cleared at the end", async () => {
    const { whileRunning, afterwards } = await watch(true, "it is shown");
    expect(whileRunning).toContain("importing ━━━━━━━━━━━━────────────  50 % hos⟨U+001B⟩tile");
    expect(afterwards).toContain("\u001B[?25h");
  });

  it("does not appear for something quick, nor off a terminal", async () => {
    expect(await watch(true, 50)).toEqual({ whileRunning: "", afterwards: "" });
    expect(await watch(false, 900)).toEqual({ whileRunning: "", afterwards: "" });
  });
});
