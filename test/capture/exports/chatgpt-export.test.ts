import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readChatgptExport } from "../../../src/capture/exports/chatgpt-export.ts";
import { MODIFIED, readAll } from "../read-all.ts";

const CASE = new URL("../../fixtures/cases/chatgpt-conversations.json", import.meta.url);
const MORNING = 1_793_000_000;

type Node = Readonly<Record<string, unknown>>;

/** A message behind another. */
const node = (id: string, parent: string | null, role: string, text: unknown, more: Node = {}): Node => ({
  id,
  parent,
  children: [],
  message: {
    id,
    author: { role },
    create_time: MORNING + id.length,
    content: { content_type: "text", parts: Array.isArray(text) ? text : [text] },
    recipient: "all",
    ...more,
  },
});
const root: Node = { id: "root", parent: null, children: [], message: null };
const conversation = (nodes: readonly Node[], more: Node = {}) => ({
  title: "Lamps",
  conversation_id: "conv",
  create_time: MORNING,
  mapping: Object.fromEntries([root, ...nodes].map((each) => [each["id"], each])),
  ...more,
});
const read = async (...conversations: readonly unknown[]) =>
  readAll(readChatgptExport, JSON.stringify(conversations));

describe("a ChatGPT export", () => {
  it("is read where nothing but the least is there", async () => {
    const { entries, skipped } = await readAll(readChatgptExport, readFileSync(CASE));
    expect(entries).toMatchObject([
      { role: "user", text: "ChatGPT words about skuas.", project: null, at: "2023-11-14T22:13:20.000Z" },
    ]);
    expect(skipped).toEqual({});
  });

  it("gives the branch that is shown, of every conversation", async () => {
    const { said, skipped, entries } = await read(
      conversation(
        [
          node("q", "root", "user", "Which lamp is out?"),
          node("a1", "q", "assistant", "The red one."),
          node("a2", "q", "assistant", "The amber one."),
          node("q2", "a2", "user", [
            "Since when?",
            { content_type: "image_asset_pointer" },
            { text: "see above" },
          ]),
        ],
        { current_node: "q2" },
      ),
      conversation([node("x", "root", "user", "Other talk")], {
        conversation_id: "conv2",
        current_node: "x",
      }),
    );
    expect(said).toEqual([
      "user: Which lamp is out?",
      "assistant: The amber one.",
      "user: Since when?\n\nsee above",
      "user: Other talk",
    ]);
    expect(entries.map(({ messageId }) => messageId)).toEqual(["conv:q", "conv:a2", "conv:q2", "conv2:x"]);
    expect(skipped).toEqual({ "other-branch": 1 });
  });

  it.each([
    ["a system prompt", node("n", "q", "system", "rules")],
    ["a tool's output", node("n", "q", "tool", "rows")],
    [
      "a hidden message",
      node("n", "q", "user", "x", { metadata: { is_visually_hidden_from_conversation: true } }),
    ],
    [
      "instructions of the person's settings",
      node("n", "q", "user", "x", { metadata: { is_user_system_message: true } }),
    ],
    ["analysis", node("n", "q", "assistant", "x", { channel: "analysis" })],
    ["a call of a tool", node("n", "q", "assistant", "search(x)", { recipient: "browser" })],
    ["thoughts", node("n", "q", "assistant", "x", { content: { content_type: "thoughts", thoughts: [] } })],
    [
      "a recap",
      node("n", "q", "assistant", "x", { content: { content_type: "reasoning_recap", content: "7 s" } }),
    ],
    [
      "what it remembers",
      node("n", "q", "assistant", "x", { content: { content_type: "model_editable_context" } }),
    ],
    [
      "a page it read",
      node("n", "q", "assistant", "x", { content: { content_type: "tether_quote", text: "page" } }),
    ],
    ["a place to fill", node("n", "q", "assistant", "")],
  ])("leaves out %s", async (_, left) => {
    const nodes = [node("q", "root", "user", "Which lamp?"), left, node("end", "n", "assistant", "Amber.")];
    const { said, skipped } = await read(conversation(nodes, { current_node: "end" }));
    expect(said).toEqual(["user: Which lamp?", "assistant: Amber."]);
    expect(Object.values(skipped)).toEqual([1]);
  });

  it.each([
    ["no current node", {}],
    ["a current node that is not there", { current_node: "gone" }],
    ["a current node of another kind", { current_node: 7 }],
  ])("takes the newest leaf with %s", async (_, more) => {
    const nodes = [
      node("q", "root", "user", "Which lamp?"),
      node("newer-answer", "q", "assistant", "Amber."),
      node("old", "q", "assistant", "Red."),
    ];
    expect((await read(conversation(nodes, more))).said).toEqual(["user: Which lamp?", "assistant: Amber."]);
  });

  it("ends where parents run in a circle, and goes up by the children where a parent is lost", async () => {
    const circle = [node("a", "b", "user", "one"), node("b", "a", "assistant", "two")];
    expect((await read(conversation(circle, { current_node: "b" }))).said).toEqual([
      "user: one",
      "assistant: two",
    ]);
    expect((await read(conversation(circle))).said).toHaveLength(2);
    const lost = [
      { ...node("q", "root", "user", "Which lamp?"), children: ["a"] },
      node("a", "gone", "assistant", "Amber."),
    ];
    expect((await read(conversation(lost, { current_node: "a" }))).said).toEqual([
      "user: Which lamp?",
      "assistant: Amber.",
    ]);
  });

  it("knows a message without a time by what came before, and one without either by the file", async () => {
    const untimed = [
      node("q", "root", "user", "one", { create_time: null }),
      node("a", "q", "assistant", "two", { create_time: 1e300 }),
    ];
    const timed = await read(conversation(untimed));
    expect(timed.entries.map(({ at }) => at)).toEqual(Array(2).fill(new Date(MORNING * 1_000).toISOString()));
    const { entries } = await read(conversation(untimed, { create_time: null }));
    expect(entries[0]?.at).toBe(new Date(MODIFIED).toISOString());
  });

  it("saves what stands around damage: an odd element, an odd node, an export that was cut", async () => {
    const good = conversation([
      node("q", "root", "user", "Which lamp?"),
      node("a", "q", "assistant", "Amber."),
    ]);
    const odd = {
      ...good,
      mapping: { ...good.mapping, bad: "x", worse: { message: { author: 1 } } },
      current_node: "a",
    };
    const around = await read(7, odd, null, { mapping: [] });
    expect(around.said).toEqual(["user: Which lamp?", "assistant: Amber."]);
    expect(around.skipped).toEqual({ "unknown-shape": 4, "other-branch": 1 });
    const text = JSON.stringify([good, { ...good, conversation_id: "conv2" }]);
    const cut = await readAll(readChatgptExport, text.slice(0, text.lastIndexOf(`"a":{"id":"a"`) + 30));
    expect(cut.said).toEqual(["user: Which lamp?", "assistant: Amber.", "user: Which lamp?"]);
    expect(cut.skipped).toMatchObject({ "not-json": 1 });
  });

  describe("that is cut off in a conversation", () => {
    const kids = (id: string, parent: string, role: string, children: readonly string[]) => ({
      ...node(id, parent, role, `words of ${id}`),
      children,
    });
    const first = { ...root, children: ["q"] };
    const retried = [
      first,
      kids("q", "root", "user", ["shown", "retry"]),
      kids("shown", "q", "assistant", ["q2"]),
      kids("q2", "shown", "user", []),
      kids("retry", "q", "assistant", []),
    ];
    const straight = [first, kids("q", "root", "user", ["a"]), kids("a", "q", "assistant", [])];
    const cutIn = async (nodes: readonly Node[], behind: string, more: Node = {}) => {
      const text = JSON.stringify([{ ...more, ...conversation(nodes) }]);
      return readAll(readChatgptExport, text.slice(0, text.indexOf(behind) + behind.length));
    };

    it.each([
      ["behind all branches", retried, '"words of retry"]', 3, {}],
      ["before the other branch", retried, '"words of q2"]', 2, {}],
      [
        "behind a branch, with a node that is not there",
        retried,
        '"words of q2"]',
        2,
        { current_node: "gone" },
      ],
    ])("gives what all branches share: %s", async (_, nodes, behind, left, more) => {
      const { said, skipped } = await cutIn(nodes, behind, more);
      expect(said).toEqual(["user: words of q"]);
      expect(skipped).toEqual({ "not-json": 1, "unknown-branch": left });
    });

    it("gives all that is there where nothing was tried again", async () => {
      const { said, skipped } = await cutIn(straight, '"words of a"]');
      expect(said).toEqual(["user: words of q", "assistant: words of a"]);
      expect(skipped).toEqual({ "not-json": 1 });
    });

    it("gives the branch that is shown where that is told before the cut", async () => {
      const { said, skipped } = await cutIn(retried, '"words of retry"]', { current_node: "q2" });
      expect(said).toEqual(["user: words of q", "assistant: words of shown", "user: words of q2"]);
      expect(skipped).toEqual({ "not-json": 1, "other-branch": 1 });
    });
  });

  it("cuts private parts and long texts, and repairs what is no Unicode", async () => {
    const nodes = [
      node("q", "root", "user", "keep <private>secret</private> this"),
      node("a", "q", "assistant", `${"word ".repeat(20_000)}end`),
      node("q2", "a", "user", "half \ud83d"),
    ];
    const { entries, said } = await read(conversation(nodes, { current_node: "q2" }));
    expect(said[0]).toBe("user: keep  this");
    expect(entries.map(({ messageId }) => messageId)).toEqual(["conv:q", "conv:a", "conv:a#2", "conv:q2"]);
    expect(said.at(-1)).toBe("user: half \ufffd");
  });

  it("gives the same turns when the conversation has grown", async () => {
    const nodes = [node("q", "root", "user", "one"), node("a", "q", "assistant", "two")];
    const nameless = { conversation_id: undefined };
    const before = await read(conversation(nodes, nameless));
    const after = await read(conversation([...nodes, node("q2", "a", "user", "three")], nameless));
    expect(after.entries.slice(0, 2)).toEqual(before.entries);
    expect(after.entries).toHaveLength(3);
  });
});
