/** A message that is known by two names: that of a hook, and that of its line in the host's file. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCaptured } from "../../src/protocol/turn-in-inbox.ts";
import { chunks, clientOf, openHarness, said, sealedHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const AT = "2026-11-20T08:00:00.000Z";

interface Prompt {
  readonly line: string;
  readonly hook: string;
  readonly text: string;
}

const YES: Prompt = { line: "line-1", hook: "prompt:a:1", text: "yes" };
const YES_AGAIN: Prompt = { line: "line-2", hook: "prompt:b:1", text: "yes" };
/** Queued twice while the assistant worked: the host gives both the same id. */
const TWIN: Prompt = { line: "line-3", hook: "prompt:b:1", text: "yes" };
const OAR: Prompt = { line: "line-4", hook: "prompt:b:2", text: "take the oar of ash" };

function hook(
  harness: Harness,
  { hook: messageId, text }: Prompt,
  project: string | null = "/p",
  session = "s",
) {
  return harness.call("memory.capture", { project, session, turns: [said(messageId, text)] });
}

function line(harness: Harness, { line: messageId, hook: other, text }: Prompt, session = "s") {
  const turns = [{ ...said(messageId, text), alsoNamed: [other] }];
  return harness.call("memory.capture", { project: "/p", session, turns });
}

function imported(
  harness: Harness,
  prompts: readonly Prompt[],
  more: { project?: string; dryRun?: boolean } = {},
) {
  const { project = "/p", dryRun = false } = more;
  const entries = prompts.map(({ line: messageId, hook: other, text }) => {
    const fields = { kind: "turn", role: "user", session: "s", at: AT, project, text, messageId };
    return `${JSON.stringify({ ...fields, alsoNamed: [other] })}\n`;
  });
  return harness.call("data.import", { format: "claude-code", dryRun }, { stream: chunks(...entries) });
}

async function texts(harness: Harness): Promise<string[]> {
  const { memories } = await harness.call("memory.recent", { limit: 100 });
  return memories.map(({ text }) => text).toSorted();
}

describe("a prompt that a hook captured", () => {
  it("is the line that comes after it, and the line is the prompt that comes after it", async () => {
    const harness = await openHarness();
    expect(await hook(harness, YES)).toMatchObject({ stored: 1 });
    expect(await line(harness, YES)).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await line(harness, OAR)).toMatchObject({ stored: 1 });
    expect(await hook(harness, OAR)).toMatchObject({ stored: 0, duplicates: 1 });
    const again = harness.restarted();
    await again.unlock();
    expect(await imported(again, [YES, OAR], { dryRun: true })).toMatchObject({ stored: 0, duplicates: 2 });
    expect(await imported(again, [YES, OAR])).toMatchObject({ stored: 0, duplicates: 2 });
    expect(await hook(again, OAR)).toMatchObject({ duplicates: 1 });
    expect(await texts(again)).toEqual([OAR.text, YES.text]);
  });

  it("is one of each turn of the assistant, however alike they are", async () => {
    const harness = await openHarness();
    for (const prompt of [YES, YES_AGAIN]) await hook(harness, prompt);
    expect(await imported(harness, [YES, YES_AGAIN, TWIN], { dryRun: true })).toMatchObject({ stored: 1 });
    expect(await imported(harness, [YES, YES_AGAIN, TWIN])).toMatchObject({ stored: 1, duplicates: 2 });
    expect(await imported(harness, [TWIN, YES_AGAIN, YES])).toMatchObject({ stored: 0, duplicates: 3 });
    expect(await texts(harness)).toEqual(["yes", "yes", "yes"]);
  });

  it("is the same in a fork", async () => {
    const harness = await openHarness();
    await hook(harness, OAR);
    expect(await line(harness, OAR, "fork")).toMatchObject({ duplicates: 1 });
    // The host gives what a fork repeats another prompt id.
    const copied = { ...OAR, hook: "prompt:fork:2" };
    expect(await line(harness, copied, "fork")).toMatchObject({ stored: 0, duplicates: 1 });
    const again = harness.restarted();
    await again.unlock();
    expect(await imported(again, [copied])).toMatchObject({ stored: 0, duplicates: 1 });
    const [{ id } = { id: "" }] = (await again.call("memory.recent", {})).memories;
    await again.call("memory.forget", { ids: [id] });
    expect(await imported(again, [{ ...copied, hook: "prompt:fork of fork:2" }])).toMatchObject({
      forgotten: 1,
    });
  });

  it("is another where the same name says something else", async () => {
    const harness = await openHarness();
    await hook(harness, OAR);
    const other = { ...YES, hook: OAR.hook, text: "the oar of pine" };
    expect(await line(harness, other)).toMatchObject({ stored: 1 });
  });

  it("stays forgotten by either name", async () => {
    const harness = await openHarness();
    await hook(harness, YES);
    await line(harness, OAR);
    const { memories } = await harness.call("memory.recent", {});
    for (const { id } of memories) await harness.call("memory.forget", { ids: [id] });
    expect(await line(harness, YES)).toMatchObject({ stored: 0, forgotten: 1 });
    expect(await hook(harness, OAR)).toMatchObject({ stored: 0, forgotten: 1 });
    expect(await imported(harness, [YES, OAR])).toMatchObject({ stored: 0, forgotten: 2 });
    expect(await texts(harness)).toEqual([]);
  });

  it("is met by an import in the project that its session was in, and by no client that may not see it", async () => {
    const harness = await openHarness();
    await hook(harness, YES, "/old");
    const turns = [{ ...said(YES.line, YES.text), alsoNamed: [YES.hook] }];
    const limited = { client: clientOf("limited", ["/q"]) };
    const capture = { project: "/q", session: "s", turns };
    expect(await harness.call("memory.capture", capture, limited)).toMatchObject({ stored: 1 });
    expect(await imported(harness, [YES])).toMatchObject({ stored: 0, duplicates: 1 });
  });

  it("is given its name by nobody but a client of this machine", async () => {
    const sealed = await sealedHarness();
    const turn = { ...said("forged", OAR.text), alsoNamed: [OAR.hook] };
    const forged = { project: "/p", session: "s", source: "claude-code", receivedAt: Date.parse(AT), turn };
    sealed.disk.addWaiting(encodeCaptured(forged), false);
    await sealed.unlock();
    expect(await hook(sealed, OAR)).toMatchObject({ stored: 1 });
  });

  it("is stored again when the record of its name cannot be read", async () => {
    const harness = await openHarness();
    await line(harness, OAR);
    const [name = ""] = harness.disk.records.name.keys();
    harness.disk.put("name", name, Uint8Array.of(9));
    expect(await hook(harness, OAR)).toMatchObject({ stored: 1 });
  });
});

const step = fc.record({
  prompt: fc.constantFrom(YES, YES_AGAIN, OAR),
  by: fc.constantFrom("hook", "line", "import"),
  isSealed: fc.boolean(),
});

it("whatever comes first, by whatever way, each prompt is there once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      let harness = await openHarness();
      for (const { prompt, by, isSealed } of steps) {
        if (isSealed && by !== "import") harness = harness.restarted();
        if (by === "hook") await hook(harness, prompt);
        if (by === "line") await line(harness, prompt);
        if (harness.door.state() !== "open") await harness.unlock();
        if (by === "import") await imported(harness, [prompt]);
      }
      const expected = new Set(steps.map(({ prompt }) => prompt));
      expect(await texts(harness)).toEqual([...expected].map(({ text }) => text).toSorted());
    }),
    { numRuns: 60 },
  );
});
