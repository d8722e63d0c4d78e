/**
 * Whatever happens to the files of a conversation (cut anywhere, lines and files twice, in any order, several imports at once), the same
 * turns are stored: those of the lines that are whole, each once. What a line says is known from how it was made.
 */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { answered, attached, readFile, typed } from "../support/transcripts.ts";
import { chunks, openHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const RUNS = Number(process.env["KEEPSAKE_TRANSCRIPT_RUNS"] ?? 150);

interface Made {
  readonly line: object;
  /** What it says; nothing for lines that say nothing. */
  readonly says?: string;
}

type Kind = (uuid: string, words: string, session: string) => Made;

const refusal =
  "The user doesn't want to proceed with this tool use. The tool use was rejected. To tell you how to proceed, the user said:\n";
const result = (content: string, more: object = {}) => ({
  type: "tool_result",
  tool_use_id: "t",
  content,
  ...more,
});

const KINDS: readonly Kind[] = [
  (uuid, words, session) => ({ line: typed(words, { uuid, session }), says: words }),
  (uuid, words, session) => ({
    line: answered(`m-${uuid.slice(0, 2)}`, words, { uuid, session }),
    says: words,
  }),
  (uuid, words, session) => ({
    line: answered("m", { type: "thinking", thinking: words }, { uuid, session }),
  }),
  (uuid, words, session) => ({
    line: attached({ type: "queued_command", prompt: words }, { uuid, session }),
    says: words,
  }),
  (uuid, words, session) => ({
    line: typed(
      [result(`${refusal}${words}`, { is_error: true })],
      { uuid, session },
      { toolUseResult: "Error" },
    ),
    says: words,
  }),
  (uuid, words, session) => ({
    line: typed([result(words), { type: "text", text: `beside ${words}` }], { uuid, session }),
    says: `beside ${words}`,
  }),
  (uuid, words, session) => ({
    line: typed([result(words)], { uuid, session }, { toolUseResult: { words } }),
  }),
  (uuid, words, session) => ({
    line: typed(`${words} <private>4711 ${uuid}</private>`, { uuid, session }),
    says: words,
  }),
  (uuid, words, session) => ({ line: typed(words, { uuid, session }, { isMeta: true }) }),
  (uuid, words, session) => ({
    line: { type: "progress", uuid, sessionId: session, data: { message: typed(words, { uuid, session }) } },
  }),
  (_, words, session) => ({ line: { type: "last-prompt", sessionId: session, lastPrompt: words } }),
];

const anyWords = fc.constantFrom(
  "the keel of oak",
  '{"type":"user"} in a text',
  'back\\slash "quoted" {brace',
  "zwölf Möwen 🎈",
  "line\nend",
);
const anyItem = fc.tuple(fc.nat({ max: KINDS.length - 1 }), anyWords);
const anyDamage = fc.record({
  /** Where each copy is cut, as a share of its length; 1 is the whole. */
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
  /** Lines that are written once more, behind which others. */
  twice: fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })), { maxLength: 4 }),
  /** Whether the host went on behind the cut, as after a crash. */
  goesOn: fc.boolean(),
  chunkBytes: fc.constantFrom(1, 3, 64, 1 << 16),
});

/** The lines of a conversation, and of a fork that repeats its beginning under another name. */
function made(items: readonly (readonly [number, string])[], forkAt: number) {
  const line = (index: number, session: string): Made => {
    const [kind, words] = items[index] ?? [0, ""];
    return KINDS[kind]!(`${index}-uuid`, `${words} ${index}`, session);
  };
  const own = items.map((_, index) => line(index, "s-0"));
  const copied = items.slice(0, forkAt).map((_, index) => line(index, "s-fork"));
  const further = typed("only in the fork", { uuid: "fork-uuid", session: "s-fork" });
  return [own, [...copied, { line: further, says: "only in the fork" }]] as const;
}

/** The bytes of a file that was cut, and what its whole lines say. */
function damaged(lines: readonly Made[], share: number, twice: readonly (readonly [number, number])[]) {
  const order = lines.map((_, index) => index);
  for (const [which, behind] of twice) order.splice((behind % order.length) + 1, 0, which % lines.length);
  const written = order.map((index) => `${JSON.stringify(lines[index]?.line)}\n`);
  const bytes = Buffer.from(written.join(""));
  const end = Math.round(share * bytes.length);
  const says = new Set<string>();
  let at = 0;
  for (const [place, text] of written.entries()) {
    at += Buffer.byteLength(text);
    const said = lines[order[place] ?? 0]?.says;
    if (at - 1 <= end && said !== undefined) says.add(said);
  }
  return { bytes: bytes.subarray(0, end), says };
}

async function send(harness: Harness, bytes: Uint8Array, chunkBytes: number) {
  const { entries, lines, skipped } = await readFile(bytes, chunkBytes, () => "/p");
  const result = await harness.call(
    "data.import",
    { format: "claude-code" },
    { stream: chunks(...entries.map((entry) => `${JSON.stringify(entry)}\n`)) },
  );
  const { leftOut, cut, damaged: broken } = skipped.fates();
  const { stored, known } = result.lines ?? { stored: result.stored, known: result.duplicates };
  expect(result.rejected).toBe(0);
  expect(stored + known + leftOut + cut + broken).toBe(lines);
  expect(lines).toBe(bytes.length === 0 ? 0 : bytes.toString().replace(/\n$/, "").split("\n").length);
}

async function stored(harness: Harness): Promise<readonly string[]> {
  const { memories } = await harness.call("memory.recent", { limit: 100 });
  return memories.map(({ text }) => text).toSorted();
}

it("stores the turns of whole lines, each once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyItem, { minLength: 1, maxLength: 24 }),
      fc.nat({ max: 24 }),
      fc.array(fc.tuple(fc.boolean(), anyDamage), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (items, forkAt, files, isAtOnce) => {
        const [own, fork] = made(items, forkAt);
        const harness = await openHarness();
        const expected = new Set<string>();
        const sends: (() => Promise<void>)[] = [];
        for (const [isFork, { cuts, twice, goesOn, chunkBytes }] of files) {
          for (const share of cuts) {
            const torn = damaged(isFork ? fork : own, share, twice);
            const more = goesOn ? [damaged(isFork ? own : fork, 1, [])] : [];
            for (const { says } of [torn, ...more]) for (const said of says) expected.add(said);
            const bytes = Buffer.concat([torn.bytes, ...more.map((each) => each.bytes)]);
            sends.push(() => send(harness, bytes, chunkBytes));
          }
        }
        if (isAtOnce) await Promise.all(sends.map((start) => start()));
        else for (const start of sends) await start();
        expect(await stored(harness)).toEqual([...expected].toSorted());
        for (const start of sends.toReversed()) await start();
        expect(await stored(harness)).toEqual([...expected].toSorted());
      },
    ),
    { numRuns: RUNS },
  );
});
