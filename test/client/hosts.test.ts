import { expect, it } from "vitest";
import { transcriptFolders } from "../../src/client/hosts.ts";

it("finds the transcripts of the person's hosts below their home, and where a host's variable moves them", () => {
  expect(transcriptFolders({ HOME: "/home/mira" })).toEqual(["/home/mira/.claude/projects"]);
  expect(transcriptFolders({ HOME: "/home/mira", CLAUDE_CONFIG_DIR: "/disk/claude" })).toEqual([
    "/disk/claude/projects",
    "/home/mira/.claude/projects",
  ]);
});

it("takes no folder that depends on the working folder", () => {
  expect(transcriptFolders({ HOME: "home", CLAUDE_CONFIG_DIR: "./claude" })).toEqual([]);
});
