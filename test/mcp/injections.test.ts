/** The corpus of injections through the real service and the real MCP server: data in, data out. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  formatHit,
  formatListed,
  formatTabbed,
  formatVersion,
  formatWhole,
} from "../../src/cli/output/memory-view.ts";
import { jsonText } from "../../src/cli/output/json.ts";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";
import type { MethodName, ParamsInput } from "../../src/protocol/method-table.ts";
import { visibleText } from "../../src/base/visible-text.ts";
import { PLAIN_STYLE } from "../../src/cli/output/screen.ts";
import { HIDDEN, INJECTIONS, MALFORMED } from "../security/injections/corpus.ts";
import {
  BRIEF_LINE,
  ID,
  LIST_LINE,
  WHOLE_LINE,
  expectFramed,
  expectStructured,
  stringsIn,
} from "../security/injections/expect-data.ts";
import { labelsOf } from "../security/injections/labels-of.ts";
import type { Labels } from "../security/injections/labels-of.ts";
import { chunks, openHarness, said } from "../service/harness.ts";
import type { Harness } from "../service/harness.ts";
import { openSession } from "./support/session.ts";
import type { Answer, Session } from "./support/session.ts";

const TEXTS = Object.entries(INJECTIONS).flatMap(([kind, texts]) =>
  texts.map((text, at) => [`${kind} ${at + 1}`, text] as const),
);
const VIEW = { style: PLAIN_STYLE, width: 80, lineWidth: 80, now: Date.parse("2026-11-01T12:00:00Z") };

let harness: Harness;
let session: Session;
const known = new Map<string, Stored>();

interface Stored {
  /** A word that only the memories of this text hold. */
  readonly probe: string;
  /** What the save answered. */
  readonly saved: Answer;
  readonly note: string;
  readonly turn: string;
  readonly entry: string;
  readonly labels: Labels;
}

/** Stores the text by every way in. */
async function store(text: string, number: number): Promise<Stored> {
  const probe = `probe${number}q`;
  const labels = labelsOf(text);
  const whole = `${probe} ${text} ${probe}`;
  // A name that is nearly that of another text would be refused as a slip of it.
  await harness.call("memory.save", { text: "known", project: `/p/${labels.project}` });
  const saved = await session.call("memory_save", {
    text: whole,
    project: `/p/${labels.project}`,
    tags: [labels.tag],
    pinned: true,
  });
  expect(saved.isError).toBe(false);
  const note = (saved.structured as { id: string }).id;
  const turns = [
    said(`q${number}`, `${whole} asked`, { speaker: labels.speaker, tags: [labels.tag] }),
    said(`a${number}`, `${whole} answered`, { role: "assistant", at: "2026-05-01T10:00:01Z" }),
  ];
  await harness.call("memory.capture", { session: labels.session, project: labels.project, turns });
  const line = JSON.stringify({ kind: "note", text: `${whole} imported`, ...importLabels(labels) });
  const sent = await harness.call("data.import", { format: "keepsake" }, { stream: chunks(`${line}\n`) });
  expect(sent).toMatchObject({ stored: 1, rejected: 0 });
  const { hits } = await harness.call("memory.search", { query: probe, limit: 20 });
  const idOf = (end: string) =>
    hits.find(({ text: found }) => found.endsWith(end))?.id ?? expect.unreachable();
  return { probe, saved, note, turn: idOf("asked"), entry: idOf("imported"), labels };
}

function importLabels({ project, tag, speaker }: Labels) {
  return { project, tags: [tag], speaker, at: "2026-05-01T10:00:00Z" };
}

beforeAll(async () => {
  harness = await openHarness();
  const answers = Object.fromEntries(
    METHOD_NAMES.map((method: MethodName) => [
      method,
      (params: ParamsInput<MethodName>) => harness.call(method, params as never),
    ]),
  );
  session = await openSession(answers);
  for (const [number, [name, text]] of TEXTS.entries()) known.set(name, await store(text, number));
}, 120_000);
afterAll(() => session.close());

it("the corpus holds at least 80 texts, each once", () => {
  expect(new Set(TEXTS.map(([, text]) => text)).size).toBe(TEXTS.length);
  expect(TEXTS.length).toBeGreaterThanOrEqual(80);
});

describe.each(TEXTS)("an injection comes out as data: %s", (name, text) => {
  const stored = () => known.get(name) ?? expect.unreachable();

  it("by the tools", async () => {
    const { probe, note, turn, entry, labels } = stored();
    const searched = await session.call("memory_search", { query: probe, project: "*" });
    expect(expectFramed(searched.text, LIST_LINE).length).toBeGreaterThan(0);
    expectStructured(searched.structured);
    const recent = await session.call("memory_recent", { project: "*", session: labels.session, limit: 2 });
    expectFramed(recent.text, LIST_LINE);
    expectStructured(recent.structured);
    const got = await session.call("memory_get", { ids: [note], context: 1 });
    expectFramed(got.text, WHOLE_LINE);
    expectStructured(got.structured);
    const { memories } = got.structured as { memories: { text: string }[] };
    const whole = `${probe} ${text} ${probe}`;
    expect(memories[0]?.text).toBe(visibleText(whole.replaceAll("\r\n", "\n")));
    for (const id of [turn, entry]) {
      const one = await session.call("memory_get", { ids: [id], context: 1 });
      expectFramed(one.text, WHOLE_LINE);
      expectStructured(one.structured);
    }
  });

  it("by resources, prompts and completions", async () => {
    const { probe, note, labels } = stored();
    const read = async (uri: string) => {
      const { contents } = await session.client.readResource({ uri });
      const [content] = contents;
      return content !== undefined && "text" in content ? content.text : expect.unreachable();
    };
    expectFramed(await read(`memory://entries/${note}`), WHOLE_LINE);
    expectFramed(
      await read(`memory://projects/${encodeURIComponent(`/p/${labels.project}`)}/brief`),
      BRIEF_LINE,
    );
    const recall = await session.client.getPrompt({ name: "recall", arguments: { topic: probe } });
    const brief = await session.client.getPrompt({
      name: "project_brief",
      arguments: { project: `/p/${labels.project}` },
    });
    const [asked, found, last] = promptText(recall).split("\n\n");
    expect(asked).toBe(`Tell me what my memory holds on this topic: ${probe}`);
    if (found?.startsWith("Nothing stored") !== true) expectFramed(found ?? "", LIST_LINE);
    expect(last).toMatch(/^Use memory_search/);
    const [head, notes] = promptText(brief).split("\n\n");
    expect(head).toMatch(/^Here is what my memory holds/);
    expectFramed(notes ?? "", BRIEF_LINE);
    const { completion } = await session.client.complete({
      ref: { type: "ref/resource", uri: "memory://projects/{name}/brief" },
      argument: { name: "name", value: labels.project.slice(0, 20) },
    });
    for (const value of completion.values) {
      expect(value).not.toMatch(HIDDEN);
      expect(value.length).toBeLessThanOrEqual(200);
    }
  });

  it("by what answers a write", async () => {
    const { note, saved } = stored();
    expect(saved.text).toMatch(
      new RegExp(`^Saved as ${ID} in "(?:[^"\\\\]|\\\\["\\\\])*"(?:, a new project)?\\.$`),
    );
    expect(stringsIn(saved).join("\n")).not.toMatch(HIDDEN);
    const updated = await session.call("memory_update", { id: note, pinned: false });
    expect(updated.text).toMatch(new RegExp(`^Updated: ${ID} replaces ${ID}\\.$`));
    const asked = await session.call("memory_forget", {
      filter: { project: `/p/${stored().labels.project}` },
    });
    expect(stringsIn(asked).join("\n")).not.toMatch(HIDDEN);
    expect(stringsIn(asked).join("\n")).not.toContain(stored().probe);
  });

  it("by the command line, on a terminal, in a pipe and as JSON", async () => {
    const { probe, turn, entry } = stored();
    const { hits } = await harness.call("memory.search", { query: probe, fold: true, context: 1 });
    const { memories } = await harness.call("memory.get", { ids: [turn, entry] });
    const [hit] = hits;
    const [memory] = memories;
    if (hit === undefined || memory === undefined) expect.unreachable();
    const shown = [
      formatHit(hit, VIEW),
      formatListed(memory, VIEW),
      formatWhole(memory, VIEW),
      formatVersion(memory, VIEW),
    ];
    for (const block of shown) {
      expect(block).not.toMatch(HIDDEN);
      const lines = block.split("\n");
      // Stored text is indented; keepsake's own lines are not, and the id closes the head.
      const head = lines.findIndex((one) => one.endsWith(memory.id) || one.endsWith(hit.id));
      expect(head).toBeGreaterThanOrEqual(0);
      for (const one of lines.slice(head + 1)) expect(one).toMatch(/^(?: {2}|> |$)/u);
    }
    const piped = formatTabbed(hit, hit.snippet);
    expect(piped).not.toMatch(HIDDEN);
    expect(piped.split("\n").length).toBe(2);
    expect(piped.startsWith(`${hit.id}\t`)).toBe(true);
    for (const indentation of [0, 2]) {
      const json = jsonText(memory, indentation);
      expect(json).not.toMatch(HIDDEN);
      expect(JSON.parse(json)).toEqual(memory);
    }
    expect(jsonText(memory, 0)).not.toContain("\n");
  });
});

describe("text that is not Unicode", () => {
  it.each(MALFORMED)("is taken in by no way: %j", async (text) => {
    const before = harness.disk.records.memory.size;
    const refused = await session.call("memory_save", { text });
    expect(refused.isError).toBe(true);
    expect(refused.text).toMatch(/^INVALID_PARAMS: text: not well-formed Unicode; give text as /);
    const labels = { project: text, session: text, speaker: text };
    for (const [field, value] of Object.entries(labels)) {
      const call = harness.call("memory.capture", {
        session: field === "session" ? value : "s",
        project: field === "project" ? value : null,
        turns: [said("m", "x", field === "speaker" ? { speaker: value } : {})],
      });
      await expect(call).rejects.toMatchObject({ code: "INVALID_PARAMS" });
    }
    expect(harness.disk.records.memory.size).toBe(before);
  });
});

function promptText({ messages }: { messages: readonly { content: unknown }[] }): string {
  return stringsIn(messages[0]?.content).find((text) => text !== "text") ?? "";
}
