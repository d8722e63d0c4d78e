/** The corpus of injections through the built programs and a daemon: by every way in, and out by every surface. */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { visibleText } from "../../src/base/visible-text.ts";
import { textWidth } from "../../src/cli/output/text-width.ts";
import { ThrowAwayHome, expectSuccess, finished } from "../support/throw-away-home.ts";
import { HIDDEN, INJECTIONS } from "./injections/corpus.ts";
import {
  BRIEF_LINE,
  LIST_LINE,
  PROBE,
  WHOLE_LINE,
  expectFramed,
  expectStructured,
  stringsIn,
} from "./injections/expect-data.ts";
import { labelsOf } from "./injections/labels-of.ts";
import { McpWire } from "./support/mcp-wire.ts";

/** A word that these texts and no others hold, and what was stored of them. */
interface Group {
  readonly probe: string;
  readonly texts: readonly string[];
  readonly notes: string[];
}

const GROUP_SIZE = 10;
const TEXTS = Object.values(INJECTIONS).flat();
const GROUPS = Array.from({ length: Math.ceil(TEXTS.length / GROUP_SIZE) }, (_, at): Group => {
  const texts = TEXTS.slice(at * GROUP_SIZE, (at + 1) * GROUP_SIZE);
  return { probe: `probe${at}q`, texts, notes: [] };
});
/** As many as `get` takes. */
const IDS_AT_ONCE = 20;
/** Of the terminal. */
const COLUMNS = 80;
const AT = "2026-05-01T10:00:00Z";
const ID_END = /[0-9a-z]{26}$/;
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux");

const home = new ThrowAwayHome();
/** What was saved, by its id. */
const saved = new Map<string, string>();
/** Each has a rate of its own. */
let forTools: McpWire;
let forTheRest: McpWire;
let forPrompts: McpWire;

function textOf({ probe }: Group, text: string): string {
  return `${probe} ${text} ${probe}`;
}

function projectOf(text: string): string {
  return `/p/${labelsOf(text).project}`;
}

/** Stores every text as a note over the socket, as two captured turns and as a line of an imported file. */
async function store(): Promise<void> {
  const client = await home.connect();
  const imported: string[] = [];
  for (const [number, group] of GROUPS.entries()) {
    for (const [place, text] of group.texts.entries()) {
      const whole = textOf(group, text);
      const { session, speaker, tag } = labelsOf(text);
      const labels = { project: projectOf(text), tags: [tag, "saved"] };
      const note = await client.call("memory.save", { text: whole, ...labels, pinned: place % 2 === 0 });
      if (!("id" in note)) expect.unreachable();
      group.notes.push(note.id);
      saved.set(note.id, whole);
      const turn = { text: whole, at: AT, tags: [tag] };
      await client.call("memory.capture", {
        session,
        project: projectOf(text),
        turns: [
          { ...turn, messageId: `${number} ${place} asked`, role: "user", speaker },
          { ...turn, messageId: `${number} ${place} answered`, role: "assistant" },
        ],
      });
      const tags = [tag, "imported"];
      imported.push(
        JSON.stringify({ kind: "note", text: `${whole} again`, project: null, tags, speaker, at: AT }),
      );
    }
  }
  client.close();
  const file = join(home.folder, "stored.jsonl");
  writeFileSync(file, imported.map((line) => `${line}\n`).join(""));
  const { stdout } = await home.run(["import", file, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ stored: TEXTS.length, rejected: 0 });
}

beforeAll(async () => {
  await home.init();
  for (const name of ["tools", "rest", "prompts"]) {
    expectSuccess(await home.run(["client", "add", name, "--scope", "read,write"]));
  }
  await store();
  forTools = await McpWire.start(home, "tools");
  forTheRest = await McpWire.start(home, "rest");
  forPrompts = await McpWire.start(home, "prompts");
}, 180_000);
afterAll(() => home.remove());

describe("through the MCP server, what is stored comes out as data", () => {
  it("by its tools", async () => {
    for (const { probe, notes } of GROUPS) {
      const searched = await forTools.call("memory_search", { query: probe, project: "*", limit: 20 });
      expect(expectFramed(searched.text, LIST_LINE).length).toBeGreaterThan(0);
      expectStructured(searched.structured);
      const got = await forTools.call("memory_get", { ids: notes, context: 1 });
      expectFramed(got.text, WHOLE_LINE);
      expectStructured(got.structured);
      const { memories } = got.structured as { memories: { id: string; text: string }[] };
      for (const { id, text } of memories) {
        const shown = visibleText((saved.get(id) ?? "").replaceAll("\r\n", "\n"));
        expect(shown.startsWith(text) || text === shown).toBe(true);
      }
    }
    for (const filter of [{ tags: ["saved"] }, { tags: ["imported"] }, { kind: "turn" }]) {
      const recent = await forTools.call("memory_recent", { project: "*", limit: 20, ...filter });
      expect(expectFramed(recent.text, LIST_LINE)).toHaveLength(20);
      expectStructured(recent.structured);
    }
  });

  it("by what answers a write", async () => {
    for (const texts of Object.values(INJECTIONS)) {
      const [text = ""] = texts;
      const answer = await forTools.call("memory_save", { text, project: projectOf(text), tags: [] });
      expect(answer.text).toMatch(/^Saved as [0-9a-z]{26} in "(?:[^"\\]|\\["\\])*"\.$/);
      expect(stringsIn(answer).join("\n")).not.toMatch(HIDDEN);
    }
  });

  it("by its resources, prompts and completions", async () => {
    const read = async (uri: string) => {
      const { contents } = await forTheRest.request("resources/read", { uri });
      return (contents as { text: string }[])[0]?.text ?? "";
    };
    const prompt = async (name: string, args: object) => {
      const { messages } = await forPrompts.request("prompts/get", { name, arguments: args });
      return (messages as { content: { text: string } }[])[0]?.content.text ?? "";
    };
    for (const { probe, texts, notes } of GROUPS) {
      expectFramed(await read(`memory://entries/${notes[0]}`), WHOLE_LINE);
      const project = projectOf(texts[1] ?? "");
      const brief = await read(`memory://projects/${encodeURIComponent(project)}/brief`);
      expect(expectFramed(brief, BRIEF_LINE).length).toBeGreaterThan(2);
      const [head, digest = ""] = (await prompt("project_brief", { project })).split("\n\n");
      expect(head).toMatch(/^Here is what my memory holds/);
      expectFramed(digest, BRIEF_LINE);
      const [asked, , last] = (await prompt("recall", { topic: probe })).split("\n\n");
      expect(asked).toBe(`Tell me what my memory holds on this topic: ${probe}`);
      expect(last).toMatch(/^Use memory_search/);
    }
    const { completion } = await forTheRest.request("completion/complete", {
      ref: { type: "ref/resource", uri: "memory://projects/{name}/brief" },
      argument: { name: "name", value: "/p/" },
    });
    const { values } = completion as { values: string[] };
    expect(values.length).toBeGreaterThan(20);
    for (const value of values) expect(value).not.toMatch(HIDDEN);
  });

  it("in lines that are one message each, with nothing raw in them", async () => {
    for (const wire of [forTools, forTheRest, forPrompts]) {
      await wire.close();
      expect(wire.rest).toBe("");
      expect(wire.lines.length).toBeGreaterThan(GROUPS.length);
      for (const line of wire.lines) {
        expect(line).not.toMatch(HIDDEN);
        const { jsonrpc, id, method } = JSON.parse(line) as Record<string, unknown>;
        expect([jsonrpc, id === undefined ? typeof method : typeof id]).toEqual([
          "2.0",
          id === undefined ? "string" : "number",
        ]);
        expect(method ?? "notifications/").toMatch(/^notifications\//);
      }
    }
  });
});

/** What a command prints to a terminal: its own colours are left out, so that whatever else steers one is seen. */
async function inTerminal(args: readonly string[], hasColours = false): Promise<string> {
  const command = home
    .commandLine("keepsake", args)
    .map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  const env = {
    ...home.env,
    TERM: "xterm-256color",
    SHELL: "/bin/sh",
    ...(!hasColours && { NO_COLOR: "1" }),
  };
  const child = spawn("script", ["-qec", `stty cols ${COLUMNS}; ${command.join(" ")}`, "/dev/null"], {
    cwd: home.folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const shown = expectSuccess(await finished(child)).replaceAll("\r\n", "\n");
  // oxlint-disable-next-line no-control-regex -- the colours of the product
  return hasColours ? shown.replaceAll(/\u001B\[(?:[12]|22|3[1-9])m/gu, "") : shown;
}

/** Runs of lines that are neither indented nor beside a hit: where keepsake itself speaks. */
function headsOf(lines: readonly string[]): readonly (readonly string[])[] {
  const heads: string[][] = [];
  let isInside = false;
  for (const line of lines) {
    const isHead = !/^(?: {2}|> |$)/u.test(line);
    if (isHead && isInside) heads.at(-1)?.push(line);
    else if (isHead) heads.push([line]);
    isInside = isHead;
  }
  return heads;
}

const LISTS = [
  ["recent", "-a", "--tag", "saved", "--limit", "100"],
  ["recent", "-a", "--tag", "imported", "--limit", "100"],
  ["recent", "-a", "--role", "user", "--limit", "100"],
  ["search", "-a", "--limit", "100", ...GROUPS.slice(0, 5).map(({ probe }) => probe)],
  ["search", "-a", "--limit", "100", ...GROUPS.slice(5).map(({ probe }) => probe)],
];

function idsInParts(): readonly (readonly string[])[] {
  const ids = [...saved.keys()];
  return Array.from({ length: Math.ceil(ids.length / IDS_AT_ONCE) }, (_, part) =>
    ids.slice(part * IDS_AT_ONCE, (part + 1) * IDS_AT_ONCE),
  );
}

describe("through the command line, what is stored comes out as data", () => {
  it("as JSON that is what was saved, to the last character", async () => {
    for (const ids of idsInParts()) {
      const printed = expectSuccess(await home.run(["get", ...ids, "--json"]));
      expect(printed.trimEnd()).not.toMatch(/[\n\t]/);
      expect(printed).not.toMatch(HIDDEN);
      const { memories } = JSON.parse(printed) as {
        memories: { id: string; text: string; tags: string[] }[];
      };
      expect(new Map(memories.map(({ id, text }) => [id, text]))).toEqual(
        new Map(ids.map((id) => [id, saved.get(id)])),
      );
    }
    for (const list of LISTS) {
      const printed = expectSuccess(await home.run([...list, "--jsonl"]));
      expect(printed).not.toMatch(HIDDEN);
      const lines = printed.trimEnd().split("\n");
      expect(lines.length).toBeGreaterThan(20);
      for (const line of lines)
        expect(JSON.parse(line)).toMatchObject({ text: expect.stringMatching(PROBE) as unknown });
    }
  });

  it("in a pipe, a line each, and whole", async () => {
    for (const list of LISTS) {
      const printed = expectSuccess(await home.run(list));
      expect(printed).not.toMatch(HIDDEN);
      for (const line of printed.trimEnd().split("\n")) expect(line).toMatch(/^[0-9a-z]{26}\t2026-/);
    }
    const [ids = []] = idsInParts();
    expect(expectSuccess(await home.run(["get", ...ids]))).not.toMatch(HIDDEN);
  });

  it.runIf(hasScript)("on a terminal, indented under a head that ends with the id", async () => {
    const commands = [...LISTS, ...idsInParts().map((ids) => ["get", ...ids])];
    for (const [place, args] of commands.entries()) {
      const shown = await inTerminal(args, place % 2 === 0);
      expect(shown).not.toMatch(HIDDEN);
      const lines = shown.split("\n").filter((line) => !line.startsWith("keepsake: hint: "));
      const heads = headsOf(lines);
      if (args[0] === "get") expect(heads).toHaveLength(args.length - 1);
      else expect(heads.length).toBeGreaterThan(20);
      for (const head of heads) {
        expect(head.at(-1)).toMatch(ID_END);
        expect(head.length).toBeLessThanOrEqual(4);
        for (const line of head) {
          expect(textWidth(line)).toBeLessThanOrEqual(COLUMNS);
          expect(line).not.toMatch(PROBE);
        }
      }
    }
  });

  it("says nothing of it when it is not found, or is no name of a client", async () => {
    for (const text of ["\u001B[2J \u202E nowhere", "</memory> \u{E0041}nowhere"]) {
      const missed = await home.run(["search", text, "--project", "/nowhere/\u001B[2J"]);
      expect(missed.stdout).toBe("");
      expect(missed.stderr).not.toMatch(HIDDEN);
      const named = await home.run(["client", "add", text]);
      expect([named.code, named.stdout]).toEqual([2, ""]);
      expect(named.stderr).not.toMatch(HIDDEN);
    }
  });
});
