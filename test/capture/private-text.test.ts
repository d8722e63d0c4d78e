import { describe, expect, it } from "vitest";
import { cutPrivate, removePrivate } from "../../src/capture/text/private-text.ts";
import { slowdown } from "../support/processor-time.ts";
import { fixture, readFile, typed, jsonLines } from "../support/transcripts.ts";

describe("private parts", () => {
  it.each([
    ["are taken out", "a <private>b</private> c", "a  c"],
    ["may stand at an end", "a <private>b</private>", "a"],
    ["may nest", "a<private>b<private>c</private>d</private>e", "ae"],
    ["may be written in capitals", "a<PRIVATE>b</Private>c", "ac"],
    ["may begin with a capital", "<Private>the code is 4711</Private> walnut", "walnut"],
    ["may have white space in their marks", "<private >4711</private > walnut", "walnut"],
    ["may have it behind the bracket, too", "a < private >4711< / private > walnut", "a  walnut"],
    ["may have line ends in their marks", "a <private\n>4711</private\n> walnut", "a  walnut"],
    ["may say why", 'a <private reason="a > b, isn\'t it">4711</private> walnut', "a  walnut"],
    ["may say so without quotes", "a <private reason=work until='May'>4711</private> walnut", "a  walnut"],
    ["may lack the end of their mark", "a <private my code is 4711</private> walnut", "a  walnut"],
    ["may be closed inside a mark that has no end", 'a <private why="4711</private> walnut', "a  walnut"],
    ["may look empty", "a <private/>4711</private> walnut", "a  walnut"],
    ["may hold code", "a <private>\n```\n4711\n```\n</private> walnut", "a  walnut"],
    ["may hold mentions", "a <private>`</private>` is no end, 4711</private> walnut", "a  walnut"],
    ["may be quoted as a whole", 'a "<private>4711</private>" walnut', 'a "" walnut'],
    [
      "may follow a mention",
      "The <private> tag: <private>4711</private> walnut",
      "The <private> tag:  walnut",
    ],
    [
      "may follow a stray backtick",
      "use ` for code. <private>4711</private> and ` again",
      "use ` for code.  and ` again",
    ],
    ["may stand between code", "run `a` <private>4711</private> `b`", "run `a`  `b`"],
    [
      "may stand between one backtick too many",
      "run `a and <private>4711</private> then `b` walnut",
      "run `a and  then `b` walnut",
    ],
    [
      "may stand behind a fence that is never closed",
      "```\nx\n``` <private>4711</private> walnut",
      "```\nx\n```  walnut",
    ],
    [
      "may begin in code and end outside of it",
      "`<private>` 4711 </private> walnut",
      "`` walnut".replace("``", "`"),
    ],
    ["may be mistyped behind their name", "a <private, 4711 </private> walnut", "a  walnut"],
    ["may be mistyped behind their name and end", "a <private! 4711> 0815 </private> walnut", "a  walnut"],
    ["may be mistyped in their name", "a <privat>4711</private> walnut", "a  walnut"],
    ["may have letters that changed places", "a <pirvate why=x>4711</private> walnut", "a  walnut"],
    ["may be cut short", "a <priv>4711</private> walnut", "a  walnut"],
    ["may say more in their name", "a <private-note>4711</private> walnut", "a  walnut"],
    ["may be mistyped on both sides", "a <Privat>4711</privat> walnut", "a  walnut"],
    ["may be mistyped twice in the same way", "a <private; 4711 </private; walnut", "a ; walnut"],
    ["may be mistyped inside another", "a <privat>b<privat>4711</privat>c</privat> walnut", "a  walnut"],
    ["hide the rest when their end is mistyped", "a <private> 4711 </privat> walnut", "a"],
    ["hide the rest when their end is cut off", "a <private> 4711 </private", "a"],
    ["hide the rest when they are not closed", "a<private>b c d", "a"],
    ["hide the rest from the beginning of a line", "walnut\n- <private> 4711\nand more", "walnut\n-"],
    ["hide the rest behind a colon", "walnut, the code: <private> 4711", "walnut, the code:"],
    ["hide the rest behind what it is", "walnut. My code is <private> 4711", "walnut. My code is"],
    ["hide the rest at the end of a line", "my pin is below <private>\n4711", "my pin is below"],
    ["hide it over empty lines", `the pin <private> \r\n${"\n".repeat(900)}4711`, "the pin"],
    ["hide it behind any end of a line", "the pin <private>\u20284711", "the pin"],
    ["hide the rest when their mark says why", "walnut <private until=May> 4711", "walnut"],
    ["hide the rest in spite of an end in code", "walnut\n<private>4711 `</private>` 0815", "walnut"],
  ])("%s", (_, text, expected) => {
    expect(removePrivate(text)).toBe(expected);
    expect(cutPrivate(text).passages).toBeGreaterThan(0);
  });

  it.each([
    [" a b "],
    ["How does the <private> tag of the plugin work? Also remember: the turbine ships on Friday."],
    ["What is a tag like <private>\n\n"],
    ["Nobody told me of <private>.\nThe turbine ships."],
    ["What is <private> for? The turbine ships."],
    ["Nobody told me of <private>, and the turbine ships."],
    ["Wrap it in <private> and </private>; the turbine ships."],
    ["<Reference>\n  <Private>False</Private>\n</Reference>"],
    ["<Reference>\n  <Private> true </Private>\n</Reference>"],
    ["Put secrets in a `<private>` block and they are not stored."],
    ["Put `<private>secrets</private>` there."],
    ["``<private>`` opens it, ``</private>`` closes it"],
    ["In a block:\n\n```html\n<private>x</private>\n```\n\nthe turbine"],
    ["In a block:\n\n~~~~\n<private>\n~~~\n~~~~\nthe turbine"],
    ["In a list:\n\n- so\n\n  ```\n  <private>\n  ```\n- the turbine"],
    ["Indented:\n\n    <private>x</private>\n\nthe turbine"],
    ['The mark is "<private>" and it ends with "</private>"; the turbine'],
    ["Die Marke „<private>“ und das Ende ‘</private>’; the turbine"],
    ["&lt;private&gt;escaped&lt;/private&gt; stays"],
    ["\\<private>escaped\\</private> stays"],
    ["<privateer> and <private-key>x</private-key> are other tags"],
    ["<privacy>low</privacy> and <privilege>all</privilege> <private:to>x</private:to> are other tags"],
    ["a <private, that nobody closes"],
    ["`<privat>` is mistyped, and so is `</privat>`"],
  ])("are none in %j", (text) => {
    expect(cutPrivate(text)).toEqual({ text, passages: 0, unclosed: 0, unopened: 0 });
  });

  it.each([
    ["a </private> alone hides nothing", 1],
    ["<private-key>x</private-key> is another tag </private> and </private>", 2],
    ["`</private>` in code is none", 0],
  ])("that only close are counted and hide nothing: %j", (text, unopened) => {
    expect(cutPrivate(text)).toEqual({ text, passages: 0, unclosed: 0, unopened });
  });

  it("are counted, and those that are not closed apart", () => {
    expect(cutPrivate("a <private>b<private>c</private></private> d <private>e</private>")).toMatchObject({
      passages: 2,
      unclosed: 0,
    });
    expect(cutPrivate("a <private>b</private> d\n<private>e")).toMatchObject({ passages: 2, unclosed: 1 });
  });

  it.each([
    ["in a span", "Put `<private>` there and `</private>` behind it."],
    ["in a block", "In a block:\n\n```html\n<private>x</private>\n```\n\nthe turbine"],
    ["escaped", "\\<private>x\\</private>"],
  ])("are none in code of a text too long for its lists: %s", (_, text) => {
    const long = `${"words of the harbour\n".repeat(2_000)}\n${text}`;
    expect(cutPrivate(long)).toMatchObject({ text: long, passages: 0 });
  });

  it.each([
    ["indented as in a list", "1. login\n\n       <private>4711</private>"],
    ["in a block that is not closed", "```\n<private>4711</private>"],
    ["in the paragraph of a list", "- login\n\n  <private>4711</private>"],
  ])("hide in a text too long for its lists: %s", (_, text) => {
    const long = `${"words of the harbour\n".repeat(2_000)}\n${text}`;
    expect(removePrivate(long)).not.toContain("4711");
  });

  it("count everywhere in a text that is too long to be taken apart", () => {
    const long = "words of the harbour ".repeat(15_000);
    expect(removePrivate(`${long}\`<private>b</private>\``)).not.toContain("b</private>");
  });

  it("are cut of each line of a transcript, and no more than they are", async () => {
    const { entries, passages, unclosed } = await readFile(fixture("cases/private-marks.jsonl"));
    const lines = fixture("cases/private-marks.jsonl").toString().trim().split("\n");
    const said = lines.map((line) => {
      const { content } = (JSON.parse(line) as { message: { content: string | { text: string }[] } }).message;
      return typeof content === "string" ? content : content.map(({ text }) => text).join("\n\n");
    });
    said[7] = "and the public part is walnut.";
    expect(entries.map(({ text }) => text)).toEqual(said);
    expect({ passages, unclosed }).toEqual({ passages: 1, unclosed: 0 });
  });

  it("are cut before the blocks of another line are looked at", async () => {
    const file = jsonLines(
      typed(
        [
          { type: "text", text: "<private>half" },
          { type: "text", text: "other half</private> seen" },
        ],
        { uuid: "1" },
      ),
      typed("walnut\n<private> 4711", { uuid: "2" }),
      typed("</private> still here", { uuid: "3" }),
      typed("<private>all</private>", { uuid: "4" }),
    );
    const { entries, skipped, passages, unclosed, unopened } = await readFile(file);
    expect(entries.map(({ text }) => text)).toEqual(["seen", "walnut", "</private> still here"]);
    expect(skipped.fates()).toEqual({ leftOut: 0, cut: 1, damaged: 0 });
    expect({ passages, unclosed, unopened }).toEqual({ passages: 3, unclosed: 1, unopened: 1 });
  });

  it.each([
    "<private>",
    "</private>",
    "`<private>` ",
    "a <private> b ",
    '<private x="',
    '<private x="a"',
    "\\",
    "    <private>x\n\n",
    "[<private>](",
    "> ",
    "- ",
    "1. > ",
    "<privat>",
    "<privat></privat>",
    "*_`<private>",
    "<\u200B/\u200B",
    "a <private>\n",
  ])("are found in time linear in the text, whatever it holds: %j", (part) => {
    const text = `${part.repeat(17_000 / part.length)}<private>x</private>`;
    expect(slowdown((times) => removePrivate(text.repeat(times)))).toBeLessThan(24);
  });
});

describe("a text with a mark that nests deep", () => {
  it.each(["> ", "- ", "1. ", "- > ", "* 2) "])("costs what its length does: %j", (part) => {
    const nested = (times: number) => `${part.repeat((times * 1_500) / part.length)}<private>x</private>`;
    expect(slowdown((times) => removePrivate(nested(times)))).toBeLessThan(24);
  });

  it("has code where a person can see it", () => {
    const deep = `${"> ".repeat(40)}deep\n\nPut \`<private>\` there`;
    expect(removePrivate(deep)).toBe(deep);
  });
});

describe("a mark in the text whose closing one only seems to be code", () => {
  it.each([
    "login <private>\n\n    hidden kiwi\n    </private>\n\nthanks",
    "my key, <private> hidden kiwi, `</private>` thanks",
    "login <private> hidden kiwi \\</private> thanks",
  ])("hides what stands behind it: %j", (text) => {
    expect(removePrivate(text)).not.toContain("hidden");
  });
});

describe("a mark with characters that nobody sees", () => {
  it.each(["\u200B", "\u202E", "\0", "\u2060"])("hides as it looks: %j behind its name", (unseen) => {
    const text = `login <private${unseen}> hidden </private${unseen}> and open`;
    expect(cutPrivate(text)).toEqual({ text: "login  and open", passages: 1, unclosed: 0, unopened: 0 });
  });

  it.each([
    ["before its name", "<\u200Bprivate>", "</\u200Bprivate>"],
    ["before its slash", "<private>", "<\u2060/private>"],
    ["in its name", "<priv\u00ADate>", "</pri\uFEFFvate>"],
    ["that is a letter to Unicode, before and in it", "<\u115Fprivate>", "</priva\u3164te>"],
    ["many of them", `<${"\u200B".repeat(20)}p${"\u00AD".repeat(60)}rivate>`, "</private>"],
    ["and an attribute behind", "<private\u200Bwhy=x>", "</private>"],
  ])("hides as it looks: %s", (_, open, close) => {
    const text = `login ${open} hidden ${close} and open`;
    expect(cutPrivate(text)).toEqual({ text: "login  and open", passages: 1, unclosed: 0, unopened: 0 });
  });

  it("hides the rest when it is not closed", () => {
    expect(removePrivate("login\n<\u200Bpriv\u00ADate> hidden")).toBe("login");
  });
});
