import { describe, expect, it } from "vitest";
import { ID, MEMORY, OTHER_ID, keepsake, refuse } from "./harness.ts";
import type { Setting } from "./harness.ts";

const WAITING = {
  id: "4f0c8d2a",
  client: "mcp",
  operation: "memory.forget",
  description: "forget 3 memories with all versions",
  targetCount: 3,
  ageSeconds: 12,
  expiresInSeconds: 288,
  memories: [ID, OTHER_ID],
};
const ESCAPE = "\u001b[2K";
const answers = (fields: object = {}): NonNullable<Setting["answers"]> => ({
  "confirm.list": ({ id }) => ({
    waiting: id === undefined || id === WAITING.id ? [{ ...WAITING, ...fields }] : [],
  }),
  "confirm.answer": ({ id, agree }) => ({ id, agreed: agree }),
  "memory.get": () => ({
    memories: [
      { ...MEMORY, tags: [...MEMORY.tags], text: `amber${ESCAPE} not red` },
      { ...MEMORY, tags: [...MEMORY.tags], id: OTHER_ID, text: "second" },
    ],
    missing: [],
  }),
});
const methods = (calls: readonly { readonly method: string }[]) => calls.map(({ method }) => method);

describe("confirm without an id", () => {
  it("lists what waits: client, operation, count and age, and answers nothing", async () => {
    const { exit, out, calls } = await keepsake(["confirm"], { answers: answers(), columns: 200 });
    expect(exit).toBe(0);
    for (const part of ["4f0c8d2a", "mcp", "forget 3 memories", "3 memories", "12 s ago", "288 s left"]) {
      expect(out).toContain(part);
    }
    expect(methods(calls)).toEqual(["confirm.list"]);
  });

  it("says on a terminal how to go on, and nothing where nothing waits", async () => {
    const shown = await keepsake(["confirm"], { answers: answers(), isTerminal: true, columns: 200 });
    expect(shown.err).toContain("keepsake confirm ID");
    const none = await keepsake(["confirm"], { answers: { "confirm.list": () => ({ waiting: [] }) } });
    expect([none.exit, none.out]).toEqual([0, "nothing waits\n"]);
  });

  it("shows what a client is called with nothing hidden in it", async () => {
    const { out } = await keepsake(["confirm"], { answers: answers({ client: `m${ESCAPE}cp` }) });
    expect(out).not.toContain(ESCAPE);
  });

  it("is read by programs", async () => {
    const { out } = await keepsake(["confirm", "--json"], { answers: answers() });
    expect(JSON.parse(out)).toEqual({ waiting: [WAITING] });
  });

  it.each([["--yes"], ["--deny"]])("answers nothing that is not named, with %s", async (option) => {
    const { exit, err, calls } = await keepsake(["confirm", option], { answers: answers() });
    expect([exit, calls]).toEqual([2, []]);
    expect(err).toContain("by its id");
  });
});

describe("confirm with an id", () => {
  it("shows the memories with nothing hidden in them, and asks before it agrees", async () => {
    const { exit, out, questions, calls } = await keepsake(["confirm", WAITING.id], {
      answers: answers(),
      typed: [true],
    });
    expect(exit).toBe(0);
    expect(out).not.toContain(ESCAPE);
    for (const part of ["amber", "second", "1 more memory", "mcp may do it once, within 300 s"]) {
      expect(out).toContain(part);
    }
    expect(questions).toEqual(["Let mcp forget 3 memories with all versions?"]);
    expect(calls.at(-1)).toMatchObject({ method: "confirm.answer", params: { id: WAITING.id, agree: true } });
  });

  it("shows what would come in their place, with nothing hidden in it either", async () => {
    const fields = { newText: `new${ESCAPE}\r\nwords`, newExpiry: "2026-12-01T00:00:00Z", memories: [] };
    const { out, calls } = await keepsake(["confirm", WAITING.id, "--yes"], { answers: answers(fields) });
    expect(out).not.toContain(ESCAPE);
    for (const part of ["in its place:", "  words\n", "forgotten at 2026-12-01"]) expect(out).toContain(part);
    expect(methods(calls)).toEqual(["confirm.list", "confirm.answer"]);
    const never = await keepsake(["confirm", WAITING.id, "--yes"], { answers: answers({ newExpiry: null }) });
    expect(never.out).toContain("never forgotten");
  });

  it("answers nothing when the person says no, and nothing when there is nobody to ask", async () => {
    const no = await keepsake(["confirm", WAITING.id], { answers: answers(), typed: [false] });
    expect(methods(no.calls)).not.toContain("confirm.answer");
    const pipe = await keepsake(["confirm", WAITING.id], { answers: answers(), stdin: "y\n" });
    expect(pipe.exit).not.toBe(0);
    expect(pipe.err).toContain("--yes");
    expect(methods(pipe.calls)).not.toContain("confirm.answer");
  });

  it("refuses without asking and without showing with --deny", async () => {
    const { exit, out, calls } = await keepsake(["confirm", WAITING.id, "--deny"], { answers: answers() });
    expect([exit, out]).toEqual([0, "refused; mcp is told so; nothing was changed\n"]);
    expect(calls.map(({ method, params }) => [method, params["agree"]])).toEqual([
      ["confirm.list", undefined],
      ["confirm.answer", false],
    ]);
  });

  it("is answered to programs as it was to the person", async () => {
    const argv = ["confirm", WAITING.id, "--yes", "--json"];
    const { out } = await keepsake(argv, { answers: answers() });
    expect(JSON.parse(out)).toEqual({ id: WAITING.id, agreed: true });
  });

  it.each([
    [["4f0c8d2a", "4f0c8d2b"], "one request at a time"],
    [["4f0c8d2a", "--yes", "--deny"], "exclude each other"],
    [["nothing"], "8 of 0-9 a-f"],
  ])("takes nothing else: %s", async (words, message) => {
    const { exit, err, calls } = await keepsake(["confirm", ...words], { answers: answers() });
    expect([exit, calls]).toEqual([2, []]);
    expect(err).toContain(message);
  });

  it("says when it waits no longer", async () => {
    const gone = await keepsake(["confirm", "00000000", "--yes"], { answers: answers() });
    expect(gone.exit).not.toBe(0);
    expect(gone.err).toContain("no request 00000000 waits");
    const late = { ...answers(), "confirm.answer": refuse("NOT_FOUND") };
    expect((await keepsake(["confirm", WAITING.id, "--yes"], { answers: late })).exit).not.toBe(0);
  });
});

describe("config set confirm.mode", () => {
  it.each(["token", "terminal"])("takes %s", async (mode) => {
    const { exit, settings } = await keepsake(["config", "set", "confirm.mode", mode]);
    expect(exit).toBe(0);
    expect(JSON.stringify(settings)).toContain(mode);
  });

  it("takes nothing else, and leaves what is set", async () => {
    const { exit, settings } = await keepsake(["config", "set", "confirm.mode", "never"]);
    expect([exit, settings]).toEqual([2, {}]);
  });
});
