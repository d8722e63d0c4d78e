import { describe, expect, it } from "vitest";
import type { MemoryView } from "../../src/cli/output/memory-view.ts";
import { formatHit, formatListed, formatWhole, shortProject } from "../../src/cli/output/memory-view.ts";
import { PLAIN_STYLE } from "../../src/cli/output/screen.ts";
import { formatTable } from "../../src/cli/output/text-table.ts";
import { textWidth } from "../../src/cli/output/text-width.ts";
import type { Memory } from "../../src/protocol/schemas.ts";
import type { Setting } from "./harness.ts";
import { HIT, ID, MEMORY, OTHER_ID, keepsake } from "./harness.ts";

const view: MemoryView = {
  style: PLAIN_STYLE,
  width: 60,
  lineWidth: Infinity,
  now: Date.UTC(2026, 10, 12, 9, 30),
};
const memory = (more: Partial<Memory> = {}): Memory => ({ ...MEMORY, tags: [], ...more });
const turn = (role: "user" | "assistant", text: string) =>
  memory({ kind: "turn", role, text, session: "s-1" });

describe("a memory on a terminal", () => {
  it("says where it comes from, and what is special about it", () => {
    const [head] = formatWhole(
      memory({ pinned: true, supersededBy: OTHER_ID, expiresAt: "2026-11-10T09:30:00Z", project: null }),
      view,
    ).split("\n");
    expect(head).toBe(
      `no project · note · 9 Nov 2026, 3 d ago · superseded · pinned · expired 2 d ago · ${ID}`,
    );
    const [other] = formatWhole(memory({ expiresAt: "2026-11-14T09:30:00Z", speaker: "Liv" }), view).split(
      "\n",
    );
    expect(other).toBe(`lantern · Liv · 9 Nov 2026, 3 d ago · expires in 2 d · ${ID}`);
  });

  it.each([
    ["you", '"you"'],
    ["Liv · pinned", '"Liv · pinned"'],
    ['"Liv"', String.raw`"\"Liv\""`],
    ["superseded", '"superseded"'],
    ["older", '"older"'],
    ["3 more alike", '"3 more alike"'],
    ["1,204  more alike", '"1,204  more alike"'],
    ["older ", '"older "'],
    ["Current", '"Current"'],
    ["expires in 3 d", '"expires in 3 d"'],
    ["Liv Bø", "Liv Bø"],
  ])("quotes a speaker who could be taken for keepsake's own words: %s", (speaker, shown) => {
    const [head] = formatWhole(memory({ speaker }), view).split("\n");
    expect(head).toBe(`lantern · ${shown} · 9 Nov 2026, 3 d ago · ${ID}`);
  });

  it("is wrapped and keeps its own lines", () => {
    const text = `${"word ".repeat(20).trim()}\r\n\r\nlast line\n\n`;
    const lines = formatWhole(memory({ text }), view).split("\n");
    expect(lines.slice(1)).toEqual([
      `  ${"word ".repeat(11).trim()}`,
      `  ${"word ".repeat(9).trim()}`,
      "",
      "  last line",
      "",
    ]);
  });

  it("is cut in a list", () => {
    const lines = formatListed(memory({ text: "1\n2\n3\n4\n5", tags: ["a", "b\u202E"] }), view).split("\n");
    expect(lines.slice(1)).toEqual(["  1", "  2", "  3", "  …", "  #a #b⟨U+202E⟩", ""]);
    expect(
      formatListed(memory({ text: "1\n2\n3" }), view)
        .split("\n")
        .slice(1),
    ).toEqual(["  1", "  2", "  3", ""]);
  });

  it("stands between its neighbours, which are cut", () => {
    const context = {
      before: [turn("user", "a question\nover two lines")],
      after: [turn("assistant", "a long answer ".repeat(20))],
    };
    const lines = formatHit({ ...HIT, context, parts: { date: 1, words: 3.25 } }, view).split("\n");
    expect(lines.slice(1)).toEqual([
      "> you: a question over two lines",
      "  drawn in amber, never red",
      "> assistant: a long answer a long answer a long answer a",
      "  long answer a long answer a long answer a long answer a…",
      "  #panel",
      "  score 4.25 = words 3.25 + date 1.00",
      "",
    ]);
  });

  it("stands with what it answers or what answers it, and says what else is like it", () => {
    const request = { id: OTHER_ID, trust: "captured" as const, snippet: "which colour\u001B is it" };
    const lines = formatHit({ ...HIT, request, copies: { count: 2 }, older: true }, view).split("\n");
    expect(lines[0]).toContain("· older · 2 more alike ·");
    expect(lines.slice(1)).toEqual([
      "> you: which colour⟨U+001B⟩ is it",
      "  drawn in amber, never red",
      "  #panel",
      "",
    ]);
    const answer = { id: OTHER_ID, trust: "captured" as const, snippet: "a long answer ".repeat(20) };
    expect(
      formatHit({ ...HIT, answer }, view)
        .split("\n")
        .slice(1, 4),
    ).toEqual([
      "  drawn in amber, never red",
      "> assistant: a long answer a long answer a long answer a",
      "  long answer a long answer a long answer a long answer a…",
    ]);
    const context = { before: [turn("user", "which colour is it")], after: [turn("assistant", "amber")] };
    const between = formatHit({ ...HIT, request, answer, context }, view).split("\n");
    expect(between.slice(1, 4)).toEqual([
      "> you: which colour is it",
      "  drawn in amber, never red",
      "> assistant: amber",
    ]);
  });

  it("is named by the last folder of its project's path", () => {
    expect(["/home/mira/code/lantern", "plain", "/", "/a/b\u001B", null].map(shortProject)).toEqual([
      "lantern",
      "plain",
      "/",
      "b⟨U+001B⟩",
      "no project",
    ]);
  });
});

describe("a narrow terminal", () => {
  const SLOT_ID = "k3v9x2ma";
  const slot = { created: "2026-10-12T14:05:00.000Z", label: "kitchen table" };
  const answers: Setting["answers"] = {
    "memory.search": () => ({ hits: [HIT, { ...HIT, id: OTHER_ID }], more: false, complete: true }),
    "memory.recent": () => ({ memories: [memory({ pinned: true })], more: false }),
    "memory.get": () => ({
      memories: [
        {
          ...memory({
            supersededBy: OTHER_ID,
            speaker: "a speaker with a rather long name, longer than a line",
          }),
          versions: [memory(), memory({ id: OTHER_ID, supersedes: ID })],
        },
      ],
      missing: [],
    }),
    "key.list": () => ({
      slots: [
        { ...slot, id: SLOT_ID, kind: "passphrase", kdf: { memoryKiB: 1 << 20, passes: 3, parallelism: 4 } },
        { ...slot, id: "zzzz9999", kind: "recovery" },
      ],
    }),
    "client.list": () => ({
      clients: [
        { id: "claude-code", scopes: ["read", "write", "forget"], created: slot.created },
        {
          id: "c".repeat(32),
          scopes: ["read"],
          projects: ["/home/mira/code/lantern"],
          created: slot.created,
        },
      ],
    }),
  };

  it.each([
    [
      ["search", "amber", "-a"],
      [ID, OTHER_ID, "#panel"],
    ],
    [
      ["recent", "-a"],
      [ID, "pinned"],
    ],
    [
      ["get", ID],
      [ID, OTHER_ID, "superseded", "current"],
    ],
    [
      ["key", "list"],
      [SLOT_ID, "zzzz9999", "Argon2id", "kitchen table", "recovery"],
    ],
    [
      ["client", "list"],
      ["claude-code", "c".repeat(32), "may read, save and forget", "last seen: not known"],
    ],
  ])("breaks no id and no column of %j", async (argv, parts) => {
    for (const columns of [40, 60, 80]) {
      const environment = { NO_COLOR: "1" };
      const { out } = await keepsake(argv, { answers, isTerminal: true, columns, environment });
      const lines = out.split("\n");
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      for (const part of parts) expect(lines.some((line) => line.includes(part))).toBe(true);
    }
  });

  it("has an id that does not fit on a line of its own, and one line where all fits or goes into a pipe", () => {
    const at = (lineWidth: number) =>
      formatWhole(memory(), { ...view, lineWidth })
        .split("\n")
        .slice(0, -2);
    expect(at(60)).toEqual(["lantern · note · 9 Nov 2026, 3 d ago", ID]);
    expect(at(80)).toEqual([`lantern · note · 9 Nov 2026, 3 d ago · ${ID}`]);
    expect(at(Infinity)).toEqual(at(80));
  });

  it("cuts a name that is wider than a line: what is left of it begins no line of its own", () => {
    const forged = "lantern, note by you";
    const speaker = `${"x".repeat(60)}${forged}`;
    const lines = formatWhole(memory({ speaker, project: `/p/${"y".repeat(60)} ${forged}` }), {
      ...view,
      lineWidth: 60,
    }).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      `${"y".repeat(59)}…`,
      `${"x".repeat(59)}…`,
      "9 Nov 2026, 3 d ago",
      ID,
    ]);
  });

  it("goes on with a row of a table on indented lines, in the same columns", () => {
    const rows = [
      [{ text: "one" }, { text: "a long one" }, { text: "x" }, { text: "words that take two lines" }],
      [{ text: "other" }, { text: "b" }, { text: "yy" }, { text: "" }],
    ];
    expect(formatTable(rows, 21)).toBe(
      "one    a long one  x\n  words that take two\n  lines\nother  b           yy\n",
    );
    expect(formatTable(rows, 12)).toBe(
      "one\n  a long one\n  x\n  words that\n  take two\n  lines\nother\n  b\n  yy\n",
    );
  });

  it("leaves a table in a pipe as it is", async () => {
    const { out } = await keepsake(["client", "list"], { answers, columns: 40 });
    expect(out.trimEnd().split("\n")).toHaveLength(2);
  });
});

describe("lists on a terminal", () => {
  it("recent shows blocks and says that there are more", async () => {
    const answers = {
      "memory.recent": () => ({ memories: [memory(), memory({ id: OTHER_ID })], more: true }),
    };
    const environment = { NO_COLOR: "1" };
    const { out, err } = await keepsake(["recent", "--limit", "2"], {
      answers,
      isTerminal: true,
      environment,
    });
    expect(out.split("\n\n")).toHaveLength(2);
    expect(err).toContain("there are more");
  });

  it("get shows neighbours in order", async () => {
    const found = {
      ...turn("user", "middle"),
      context: { before: [turn("user", "first")], after: [turn("assistant", "last")] },
    };
    const answers = { "memory.get": () => ({ memories: [found], missing: [] }) };
    const { out, calls } = await keepsake(["get", ID, "--context", "1"], { answers });
    expect(calls[0]?.params).toEqual({ ids: [ID], context: 1 });
    expect(["first", "middle", "last"].map((word) => out.indexOf(word))).toEqual(
      ["first", "middle", "last"].map((word) => out.indexOf(word)).toSorted((a, b) => a - b),
    );
    expect(JSON.parse((await keepsake(["get", ID, "--json"], { answers })).out)).toEqual({
      memories: [found],
      missing: [],
    });
    const { out: lines } = await keepsake(["get", ID, "--jsonl"], { answers });
    expect(
      lines
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([found]);
  });

  it("forget says when what is forgotten leaves the disk", async () => {
    const answers = {
      "memory.forget": ({ dryRun }: { dryRun: boolean }) =>
        dryRun
          ? { status: "dry_run" as const, count: 1 }
          : { status: "forgotten" as const, count: 1, reused: false },
    };
    const { err } = await keepsake(["forget", ID, "--yes"], { answers, isTerminal: true });
    expect(err).toContain("keepsake purge");
    const json = await keepsake(["forget", ID, "--yes", "--json"], { answers });
    expect(JSON.parse(json.out)).toEqual({ status: "forgotten", count: 1, reused: false });
    const dry = await keepsake(["forget", ID, "--dry-run", "--json"], { answers });
    expect(JSON.parse(dry.out)).toEqual({ status: "dry_run", count: 1 });
  });
});

describe("where a memory comes from", () => {
  it.each([
    ["note", "user", undefined],
    ["note", "assistant", "by an assistant"],
    ["note", "captured", "by a hook"],
    ["note", "imported", "imported"],
    ["note", "unverified", "unverified"],
    ["turn", "captured", undefined],
    ["turn", "user", "by you"],
  ] as const)("is said of a %s of trust %s as %s", (kind, trust, said) => {
    const [head = ""] = formatListed({ ...HIT, kind, trust }, view).split("\n");
    const marks = head.split(" · ").filter((part) => /^(?:by |imported|unverified)/.test(part));
    expect(marks).toEqual(said === undefined ? [] : [said]);
  });
});
