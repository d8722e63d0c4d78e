import { describe, expect, it } from "vitest";
import { removePrivate } from "../../src/capture/private-text.ts";
import { spokenText } from "../../src/capture/transcript/spoken-text.ts";
import { growth } from "../support/processor-time.ts";

describe("what a person typed", () => {
  it.each([
    ["plain words, exactly", "  keep\n the spaces ", "  keep\n the spaces "],
    ["words around a reminder", "look\n<system-reminder>x</system-reminder>\n", "look"],
    ["words around what the editor added", "<ide_opened_file>a.ts</ide_opened_file>why?", "why?"],
    ["a reminder that is only mentioned", "what is <system-reminder> for?", "what is <system-reminder> for?"],
    [
      "a command with words",
      "<command-name>/review</command-name><command-message>review</command-message><command-args>the rename</command-args>",
      "/review the rename",
    ],
    [
      "a note for the host's memory",
      "<user-memory-input>Astrid needs big labels</user-memory-input>",
      "Astrid needs big labels",
    ],
  ])("is %s", (_, recorded, expected) => {
    expect(spokenText(recorded)).toBe(expected);
  });

  it.each([
    "",
    "  \n",
    "<system-reminder>only this</system-reminder>",
    "<command-name>/clear</command-name><command-args></command-args>",
    "<local-command-stdout>Set model</local-command-stdout>",
    "<bash-input>ls</bash-input>",
    "<task-notification>done</task-notification>",
    "[Request interrupted by user for tool use]",
    "This session is being continued from a previous conversation that ran out of context. The conversation is summarized below:\nAnalysis: …",
  ])("is nothing in a line the host wrote: %s", (recorded) => {
    expect(spokenText(recorded)).toBeUndefined();
  });

  it("is found in time linear in the text, whatever it holds", () => {
    const read = (length: number) => {
      const hostile = "<system-reminder><command-args><private>".repeat(length);
      spokenText(hostile);
      removePrivate(hostile);
    };
    expect(growth(read, 50_000)).toBeLessThan(10);
  });
});

describe("private parts", () => {
  it.each([
    ["are taken out", "a <private>b</private> c", "a  c"],
    ["may stand at an end", "a <private>b</private>", "a"],
    ["may nest", "a<private>b<private>c</private>d</private>e", "ae"],
    ["may be written in capitals", "a<PRIVATE>b</Private>c", "ac"],
    ["hide the rest when they are not closed", "a<private>b c d", "a"],
    ["leave text without marks exactly as it is", " a b ", " a b "],
    ["do not begin at a closing mark, which hides nothing", "a</private>b", "a</private>b"],
  ])("%s", (_, text, expected) => {
    expect(removePrivate(text)).toBe(expected);
  });
});
