import { describe, expect, it } from "vitest";
import { eachMark, marksOfCue } from "../../../src/search/terms/stop-word-marks.ts";

/** The marks of single words; groups are numbers. */
function marksIn(text: string): string {
  const marks: string[] = [];
  eachMark(text, (mark) => marks.push(mark));
  return marks.filter((mark) => !isGroup(mark)).join(" ");
}

function groupsIn(text: string): readonly string[] {
  const groups: string[] = [];
  eachMark(text, (mark) => groups.push(mark));
  return groups.filter(isGroup);
}

const isGroup = (mark: string) => /^=\d/.test(mark);

describe("the marks of stop words", () => {
  it.each([
    ["capitals in a sentence", "Concert of The Who in June", "=The =Who"],
    ["all capitals", "the IT office of the US, says the WHO", "=IT =US =WHO"],
    ["one at the beginning, too", "Will called", "=Will"],
    ["the owner of something", "The Who’s drummer and Will's boat", "=The =Who =Will"],
    ["one letter", "vitamin D for T", "=D =T"],
    ["flags", "rm -d, commit --all and -D `-t`", "=-d =-all =-D =-t"],
    ["no dashes and joined words", "well-to-do, and - to -- be a-d", ""],
    ["not what is a capital everywhere", "I know that I'm late, I’ll run", ""],
    ["not what is no stop word", "Bread, the DON'T and THE_WHO", ""],
    ["nothing small", "it is what it is", ""],
  ])("are of %s", (_what, text, marks) => {
    expect(marksIn(text)).toBe(marks);
  });

  it("are of two that follow each other with capitals, and of any three, whatever their case", () => {
    expect(groupsIn("see The Who live")).toHaveLength(1);
    expect(groupsIn("see The Who live")).toEqual(groupsIn("THE WHO"));
    expect(groupsIn("The bread. Who ate")).toEqual([]);
    expect(groupsIn("the who")).toEqual([]);
    expect(groupsIn("says to be or not to be")).toHaveLength(4);
    expect(groupsIn("be it TO BE OR")).toEqual(expect.arrayContaining([...groupsIn("to be, or")]));
    expect(groupsIn("to be bread or not")).toEqual([]);
  });

  it("tell where their first word begins", () => {
    const places: [string, number][] = [];
    eachMark("see The Who", (mark, start) => places.push([mark, start]));
    expect(places.filter(([mark]) => !isGroup(mark))).toEqual([
      ["=The", 4],
      ["=Who", 8],
    ]);
    expect(places.find(([mark]) => isGroup(mark))?.[1]).toBe(4);
  });
});

describe("a cue of nothing but stop words", () => {
  const looksFor = (cue: string) =>
    [...marksOfCue(cue)].map(([own, others]) => [own, ...others.filter((mark) => !isGroup(mark))].join(" "));

  it.each([
    ["who", ["=Who =WHO"]],
    ["Who", ["=Who =WHO"]],
    ["WHO", ["=WHO"]],
    ["-d", ["=-d"]],
    ["will May US", ["=Will =WILL", "=May =MAY", "=US"]],
    ["d d", ["=D"]],
  ])("looks for the marks of its words: %s", (cue, marks) => {
    expect(looksFor(cue)).toEqual(marks);
  });

  it("looks for the groups its words are in", () => {
    const [group] = groupsIn("The Who");
    expect([...marksOfCue("the who").values()].map((others) => others.includes(group ?? ""))).toEqual([
      true,
      true,
    ]);
    expect(marksOfCue("not to be").get("=To")).toEqual(expect.arrayContaining([...groupsIn("not to be")]));
  });
});
