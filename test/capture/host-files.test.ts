/** Markdown among a host's conversations: only what the host keeps as notes is taken from a folder that was given as a whole. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findFiles } from "../../src/capture/find-files.ts";
import { hostsOwnMarkdown } from "../../src/client/hosts.ts";

let home: string;

beforeEach(() => (home = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-hosts-")))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function put(path: string): string {
  const whole = join(home, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, path.endsWith(".md") ? "# Plan\nwords" : '{"type":"summary","leafUuid":"x"}\n');
  return whole;
}

async function found(path: string, environment = {}) {
  const isHostsOwn = await hostsOwnMarkdown({ HOME: home, ...environment });
  const files = await findFiles([join(home, path)], undefined, undefined, isHostsOwn);
  return files.map((file) => [relative(home, file.path), file.isHostsOwn === true ? "own" : file.format]);
}

it.each([
  [".copilot/session-state", "s1/checkpoints/index.md"],
  [".cursor/projects", "x/mcps/y/INSTRUCTIONS.md"],
  [".gemini/tmp", "lantern/plans/plan.md"],
  [".codex/sessions", "2026/11/29/notes.md"],
  [".claude/projects", "-home-mira/s1/plan.md"],
])("of %s, %s is the host's", async (folder, markdown) => {
  const path = put(join(folder, markdown));
  put(join(folder, "x", "talk.jsonl"));
  const all = Object.fromEntries(await found(folder)) as Record<string, string>;
  expect(all).toEqual({ [join(folder, markdown)]: "own", [join(folder, "x", "talk.jsonl")]: "claude-code" });
  // Who names the file means it.
  expect(await found(relative(home, path))).toEqual([[relative(home, path), "markdown"]]);
});

it("takes Claude Code's own notes, what lies elsewhere, and follows the variable of a host", async () => {
  put(".claude/projects/-home-mira/memory/deep/MEMORY.md");
  put(".codex/memories/habits.md");
  put("notes/session-state/plan.md");
  put("moved/session-state/s1/index.md");
  symlinkSync(join(home, "moved"), join(home, "linked"));
  expect((await found(".claude/projects"))[0]?.[1]).toBe("markdown");
  expect((await found(".codex/memories"))[0]?.[1]).toBe("markdown");
  expect((await found("notes"))[0]?.[1]).toBe("markdown");
  expect((await found("moved/session-state"))[0]?.[1]).toBe("markdown");
  const moved = { COPILOT_HOME: join(home, "linked") };
  expect((await found("moved/session-state", moved))[0]?.[1]).toBe("own");
});
