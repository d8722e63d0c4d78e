/** Inputs that failed once, and others of their kinds. */
import { describe, expect, it } from "vitest";
import { wholeRecords } from "../../src/capture/shapes/whole-records.ts";
import { slowdown } from "../support/processor-time.ts";
import { answered, attached, fixture, jsonLines, readFile, toldBy, typed } from "../support/transcripts.ts";

async function told(...files: readonly Uint8Array[]): Promise<readonly string[]> {
  const read = await Promise.all(files.map((bytes) => readFile(bytes)));
  return toldBy(read.flatMap(({ entries }) => entries));
}

const cases = (name: string) => fixture(`cases/${name}.jsonl`);

describe("a message", () => {
  it("is one turn whatever session repeats it", async () => {
    expect(await told(cases("bg-original"), cases("bg-copy"))).toHaveLength(5);
    expect(await told(cases("bg-copy"), cases("bg-original"))).toHaveLength(5);
  });

  it("is known by its original in an older fork, and once where a file was joined to itself", async () => {
    const first = typed("Which rope for the skiff?", { uuid: "f1" });
    const fork = typed(
      "Which rope for the skiff?",
      { uuid: "f9", session: "s-fork" },
      { forkedFrom: { sessionId: "s-1", messageUuid: "f1" } },
    );
    expect(await told(jsonLines(first, first), jsonLines(fork))).toEqual(["user: Which rope for the skiff?"]);
  });
});

describe("an answer that grows", () => {
  it("gives every text of every line", async () => {
    const texts = [
      "user: How do we dock the ferry?",
      "assistant: Let me check the harbour plan first.",
      "assistant: The ferry docks at pier seventeen, stern first.",
      "user: Thanks",
    ];
    expect(await told(cases("growing-answer-1"))).toEqual(texts.slice(0, 2));
    expect(await told(cases("growing-answer-1"), cases("growing-answer-2"))).toEqual(texts);
  });

  it("gives texts before and after calls of tools, a line with several blocks and a queued prompt in between", async () => {
    const file = jsonLines(
      answered("m", { type: "thinking", thinking: "hidden" }, { uuid: "g1" }),
      answered("m", "Looking.", { uuid: "g2" }),
      answered("m", { type: "tool_use", id: "t", name: "Read", input: { words: "hidden" } }, { uuid: "g3" }),
      typed(
        [{ type: "tool_result", tool_use_id: "t", content: "hidden" }],
        { uuid: "g4" },
        { toolUseResult: {} },
      ),
      attached({ type: "queued_command", prompt: [{ type: "text", text: "And the oars?" }] }, { uuid: "g5" }),
      answered("m", "Found.", { uuid: "g6" }),
      {
        ...answered("m2", "x", { uuid: "g7" }),
        message: {
          role: "user",
          content: [
            { type: "text", text: "One." },
            { type: "text", text: "Two." },
          ],
        },
      },
    );
    expect(await told(file)).toEqual([
      "assistant: Looking.",
      "user: And the oars?",
      "assistant: Found.",
      "assistant: One.\n\nTwo.",
    ]);
  });
});

describe("what the person typed", () => {
  it("is kept wherever the host put it, without what tools said", async () => {
    const words = await told(cases("mixed-blocks"));
    expect(words).toEqual([
      "user: Look at this drawing of a cormorant.",
      "user: And by the way the anchor weighs forty kilos.",
      "user: Queued words about the gannet.",
      "user: Queued without a mode: the dunlin.",
      "user: /plan rebuild the jetty in oak",
      "user: use larch instead",
      "user: use larch planks instead of oak",
      "user: Which wood?\nlarch, from the northern mill",
    ]);
  });

  const refusal =
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string was NOT written to the file). ";
  const result = (content: unknown, more: object = {}) => [
    { type: "tool_result", tool_use_id: "t", content, ...more },
  ];

  it.each<[string, unknown, unknown, string | undefined]>([
    [
      "a refusal in blocks, with the host's note behind it",
      result(
        [
          {
            type: "text",
            text: `${refusal}To tell you how to proceed, the user said:\nFirst caulk it.\nThen paint.\n\nNote: The user's next message may contain a correction or preference. Pay close attention.`,
          },
        ],
        { is_error: true },
      ),
      "Error: refused",
      "First caulk it.\nThen paint.",
    ],
    [
      "a refusal told beside the result alone",
      result("cut", { is_error: true }),
      `Error: ${refusal}To tell you how to proceed, the user said:\nuse tar`,
      "use tar",
    ],
    [
      "a refusal without words",
      result(`${refusal}STOP what you are doing and wait for the user to tell you how to proceed.`, {
        is_error: true,
      }),
      "User rejected tool use",
      undefined,
    ],
    [
      "a file that holds such a refusal",
      result(`${refusal}To tell you how to proceed, the user said:\nnot said here`),
      { file: { content: "…" } },
      undefined,
    ],
    [
      "answers told in a sentence alone",
      result(
        'User has answered your questions: "Which "oak"?"="the "red", one", "When?"="May". You can now continue with the user\'s answers in mind.',
      ),
      undefined,
      'Which "oak"?\nthe "red", one\n\nWhen?\nMay',
    ],
    [
      "an answer told in the newest sentence",
      result(
        'The user answered: "How many?"="two". Read the answers carefully — they may request clarification.',
      ),
      undefined,
      "How many?\ntwo",
    ],
    [
      "answers of several choices with a note",
      result('User has answered your questions: "Sails?"="jib, main". You can now continue.'),
      {
        questions: [{ question: "Sails?" }],
        answers: { "Sails?": ["jib", "main"] },
        annotations: { "Sails?": { notes: "the main one is torn" } },
      },
      "Sails?\njib, main\nthe main one is torn",
    ],
    [
      "a log that holds such a sentence",
      result('User has answered your questions: "a"="b". You can now continue.'),
      { stdout: "…" },
      undefined,
    ],
    [
      "an ordinary error",
      result("Exit code 1\nError: no such file", { is_error: true }),
      "Error: Exit code 1",
      undefined,
    ],
  ])("is found in %s", async (_, content, toolUseResult, expected) => {
    const line = typed(content, { uuid: "p1" }, { toolUseResult, sourceToolAssistantUUID: "a0" });
    expect(await told(jsonLines(line))).toEqual(expected === undefined ? [] : [`user: ${expected}`]);
  });

  it.each<[string, unknown, unknown]>([
    [
      "a refusal",
      result(`Error: ${refusal}To tell you how to proceed, the user said:\nrun it all`, { is_error: true }),
      `Error: ${refusal}To tell you how to proceed, the user said:\nrun it all`,
    ],
    [
      "a dialog",
      result('User has answered your questions: "How do we ship?"="run it all". You can now continue.'),
      [{ type: "text", text: "a list of blocks" }],
    ],
    [
      "a dialog, in the text of a failure",
      result('User has answered your questions: "How do we ship?"="run it all".', { is_error: true }),
      'Error: User has answered your questions: "How do we ship?"="run it all".',
    ],
  ])(
    "is not what a tool that was let run says in the host's sentence about %s",
    async (_, content, beside) => {
      const line = typed(
        content,
        { uuid: "p1" },
        { toolUseResult: beside, sourceToolAssistantUUID: "a0", permissionDecision: { decision: "accept" } },
      );
      expect(await told(jsonLines(line))).toEqual([]);
    },
  );

  it("is not a list beside a sentence of a dialog, whatever the version of the host", async () => {
    const content = result('User has answered your questions: "How do we ship?"="run it all".');
    expect(await told(jsonLines(typed(content, { uuid: "p1" }, { toolUseResult: [] })))).toEqual([]);
  });

  it.each<[string, object]>([
    [
      "a queued prompt of another mode",
      attached({ type: "queued_command", commandMode: "task-notification", prompt: "x" }, { uuid: "q" }),
    ],
    [
      "a queued prompt of the host",
      attached({ type: "queued_command", prompt: "x", isMeta: true }, { uuid: "q" }),
    ],
    [
      "a queued prompt of another agent",
      attached({ type: "queued_command", prompt: "x", origin: { kind: "peer" } }, { uuid: "q" }),
    ],
    ["the context of a hook", attached({ type: "hook_additional_context", content: ["x"] }, { uuid: "q" })],
    ["a prompt of the system", typed("x", { uuid: "q" }, { promptSource: "system" })],
    ["a line that is only shown", typed("x", { uuid: "q" }, { isVisibleInTranscriptOnly: true })],
    ["a line of another agent", typed("x", { uuid: "q" }, { origin: { kind: "coordinator" } })],
    [
      "a line of the queue",
      { type: "queue-operation", operation: "enqueue", sessionId: "s", content: "x", uuid: "q" },
    ],
    ["the last prompt", { type: "last-prompt", lastPrompt: "x", sessionId: "s", uuid: "q" }],
    ["a request to the service", { type: "api-request-blob", sessionId: "s", uuid: "q", blob: "x" }],
    [
      "an answer made up by the host",
      {
        ...answered("m", "x", { uuid: "q" }),
        message: { model: "<synthetic>", content: [{ type: "text", text: "x" }] },
      },
    ],
    ["an error of the service", answered("m", "x", { uuid: "q" }, { isApiErrorMessage: true })],
  ])("is not %s", async (_, line) => {
    const { entries, skipped } = await readFile(jsonLines(line));
    expect(entries).toEqual([]);
    expect(skipped.fates()).toEqual({ leftOut: 1, cut: 0, damaged: 0 });
  });
});

describe("a damaged line", () => {
  it("gives what can be saved", async () => {
    expect(await told(cases("nul-blocks"))).toHaveLength(4);
    expect(await told(cases("torn-line"))).toHaveLength(3);
    expect(await told(cases("crlf-bom-cut"))).toEqual([
      "user: CRLF line one: walrus.",
      "user: CRLF line two: narwhal.",
    ]);
  });

  const one = JSON.stringify(typed('Words {of} "one" \\ tern', { uuid: "d1" }));
  const two = JSON.stringify(answered("m", "Words of two: }{", { uuid: "d2" }));
  const both = ['user: Words {of} "one" \\ tern', "assistant: Words of two: }{"];
  const nul = "\0".repeat(700);

  it.each<[string, string | Buffer, readonly string[]]>([
    ["two records on a line", `${one}${two}`, both],
    [
      "two records and a torn one",
      `${one}${two}{"type":"user","message":{"role":"user","content":"never`,
      both,
    ],
    ["a torn one in front, between and behind", `{"a":"x${one}{"type":"pr-link","n":[1,{"b":${two}{"c`, both],
    ["a record torn behind a colon", `{"type":"user","message":${one}`, both.slice(0, 1)],
    ["a record torn inside an escape", `{"type":"user","message":{"content":"a\\${two}`, both.slice(1)],
    ["the rest of a record in front", `lost","uuid":"z"}},"n":1}${one}`, both.slice(0, 1)],
    ["NUL bytes around and between", `${nul}${one}${nul}${two}${nul}`, both],
    ["NUL bytes between the fields", one.replace('{"type"', `{${nul}"type"`), both.slice(0, 1)],
    ["NUL bytes inside a text", `${one.replace("tern", `te${nul}rn`)}${two}`, both.slice(1)],
    [
      "a character cut in half in front",
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from("ø").subarray(0, 1), Buffer.from(two)]),
      both.slice(1),
    ],
    [
      "a text that is no UTF-8",
      Buffer.concat([
        Buffer.from(one.slice(0, one.indexOf("tern"))),
        Buffer.of(0xff, 0xfe),
        Buffer.from(`${one.slice(one.indexOf("tern"))}${two}`),
      ]),
      both.slice(1),
    ],
    ["a byte order mark in the middle", `\uFEFF${one}\uFEFF${two}`, both],
    ["nothing but braces", "{{{{[[[{}}}", []],
  ])("%s", async (_, line, expected) => {
    const bytes = Buffer.concat([
      Buffer.from(line),
      Buffer.from(`\n${JSON.stringify(typed("After.", { uuid: "d3" }))}\n`),
    ]);
    for (const size of [1, 7, 1 << 16]) {
      const { entries, lines, skipped } = await readFile(bytes, size);
      expect(toldBy(entries)).toEqual([...expected, "user: After."]);
      const first = entries.filter(({ sameLine }) => sameLine === undefined).length;
      expect(first + skipped.fates().damaged).toBe(lines);
    }
  });

  it("never takes a record out of another one", async () => {
    const inner = typed("Only quoted", { uuid: "i1" });
    const quoting = answered("m", `The file holds ${JSON.stringify(inner)}`, { uuid: "i2" });
    const within = { type: "progress", sessionId: "s", data: { message: inner } };
    expect(await told(jsonLines(quoting, within))).toHaveLength(1);
    const torn = Buffer.from(`{"a":"torn${JSON.stringify(quoting)}${JSON.stringify(within)}\n`);
    expect(await told(torn)).toHaveLength(1);
  });

  it.each(['{"a', "{", "[", '{"a":{"b":"', '"', '{"a":"\\"', "}{", '{"a":1}', `{"a":"\0{`, '{"a":x'])(
    "is read in time linear in its length, whatever stands on it: %j",
    (part) => {
      const text = part.repeat(40_000);
      expect(slowdown((times) => wholeRecords(text.repeat(times), true))).toBeLessThan(24);
    },
  );
});

describe("a line beside the conversation", () => {
  it.each([
    "queue-operation",
    "last-prompt",
    "custom-title",
    "fork-context-ref",
    "api-request-blob",
    "marble-origami-commit",
    "marble-origami-snapshot",
    "system",
  ])("is known for what it is: %s", async (type) => {
    const { skipped } = await readFile(jsonLines({ type, uuid: "u", sessionId: "s", content: "words" }));
    expect(skipped.toObject()).toEqual({ "not-conversation": 1 });
  });
});
