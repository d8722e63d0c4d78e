import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Result } from "../../protocol/method-table.ts";
import { isValid } from "../../protocol/client-view.ts";
import { any, command, integer, text } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { listFormat, listOutputOptions } from "../options/output-options.ts";
import { inCalls, turnsOfSession } from "../options/session-turns.ts";
import { printJson, printJsonLines } from "../output/json.ts";
import { formatVersion, formatWhole } from "../output/memory-view.ts";
import type { MemoryView } from "../output/memory-view.ts";
import { asTyped } from "../../base/visible-text.ts";
import { counted, grouped } from "../../base/shown-values.ts";
import { reportError, reportHint } from "../output/report-error.ts";

type Found = Result<"memory.get">["memories"][number];

export const get = command({
  name: "get",
  group: "memories",
  summary: "Show memories by id, with every version.",
  details: [
    "Of several ids those that are there are shown; the others are named, and the exit code is 5.",
    "On a terminal their texts are wrapped and indented; elsewhere they come out as they were saved, with only control characters spelled out.",
  ],
  arguments: [any("id", "ids as search and recent print them")],
  options: {
    session: text("ID", "a whole conversation instead, by its name or the beginning of it"),
    context: integer("N", "also so many turns before and after each", { min: 0, max: LIMITS.maxContext }),
    ...listOutputOptions,
  },
  examples: [
    ["keepsake get 4f0q8c2m5xjn7w1k3t9yrd6hb0", "the whole memory and its history"],
    ["keepsake get --session 8d1f | less", "a conversation from its beginning to its end"],
  ],
  run: async ({ words, options }, context) => {
    const format = listFormat(options);
    if ((words.length === 0) === (options.session === undefined) || (options.session && options.context)) {
      throw new KeepsakeError("USAGE", "get takes ids, or --session alone");
    }
    if (options.session !== undefined) return printSession(options.session, format, context);
    const { ids, mistyped } = readIds(words, LIMITS.maxIds);
    if (ids.length === 0) throw mistypedError(mistyped);
    const client = await context.connect("start");
    const found = await getAll(client, ids, options.context ?? 0, context);
    const { memories } = found;
    const missing = [...found.missing, ...mistyped];
    const { out, err } = context.screen;
    if (memories.length > 0 || format === "json") {
      if (format === "json") printJson(out, { memories, missing });
      else if (format === "jsonl") printJsonLines(out, memories);
      else out.write(memories.map((memory) => formatFound(memory, context)).join("\n"));
    }
    for (const sentence of memories.flatMap(whatIsLeft)) reportHint(err, sentence);
    if (missing.length === 0) return 0;
    return reportError(err, unknownIdsError(missing));
  },
});

/** A few turns at a time, so that the first are read while the last are still on their way. */
async function printSession(
  beginning: string,
  format: ReturnType<typeof listFormat>,
  context: Context,
): Promise<number> {
  const { out, err } = context.screen;
  const client = await context.connect("start");
  const { ids, areAll } = await turnsOfSession(client, beginning, context.signal);
  const turns: Found[] = [];
  let isFirst = true;
  for (const some of inCalls(ids)) {
    const { memories } = await getAll(client, some, 0, context);
    if (format === "json") turns.push(...memories);
    else if (format === "jsonl") printJsonLines(out, memories);
    else
      for (const memory of memories) {
        out.write(`${isFirst ? "" : "\n"}${formatFound(memory, context)}`);
        isFirst = false;
      }
  }
  if (format === "json") printJson(out, { memories: turns, missing: [] });
  if (!areAll) reportHint(err, `only the first ${grouped(ids.length)} turns fit into one answer`);
  return 0;
}

const WHERE_IDS_STAND = 'ids stand in what "keepsake search -a" and "keepsake recent -a" print';
/** What an id looks like to people; a slip of the last letter can make one that no memory ever has. */
const LIKE_AN_ID = /^[0-9a-z]{26}$/;

/** Ids that no memory has, for the person who gave them: an id says nothing of its memory. */
export function unknownIdsError(ids: readonly string[], outcome = ""): KeepsakeError {
  const which = ids.length === 1 ? "has the id" : "has one of the ids";
  return new KeepsakeError("NOT_FOUND", `no memory ${which} ${ids.join(", ")}${outcome}`, {
    hint: WHERE_IDS_STAND,
  });
}

/** Each id once, as it is stored: capitals mean the same. @throws USAGE, NOT_FOUND for what can only be a mistyped id */
export function checkedIds(words: readonly string[], most: number): string[] {
  const { ids, mistyped } = readIds(words, most);
  if (mistyped.length > 0) throw mistypedError(mistyped);
  return ids;
}

/** @returns the ids, and what looks like one that no memory ever has. @throws USAGE */
function readIds(words: readonly string[], most: number): { ids: string[]; mistyped: string[] } {
  const given = [...new Set(words.map(storedSpelling))];
  const [ids, others] = [true, false].map((isId) =>
    given.filter((id) => isValid("recordId", id) === isId),
  ) as [string[], string[]];
  const wrong = others.find((id) => !LIKE_AN_ID.test(id));
  if (wrong !== undefined) {
    // What has spaces is no slip of an id, and may be what a memory says.
    const subject = wrong.includes(" ")
      ? "that"
      : asTyped(words.find((word) => storedSpelling(word) === wrong) ?? "");
    throw new KeepsakeError("USAGE", `${subject} is not the id of a memory: 26 letters and digits`, {
      hint: WHERE_IDS_STAND,
    });
  }
  if (given.length > most) throw new KeepsakeError("USAGE", `at most ${most} ids at a time`);
  return { ids, mistyped: others };
}

function mistypedError(ids: readonly string[]): KeepsakeError {
  return new KeepsakeError("NOT_FOUND", `no memory has the id ${ids.join(", ")}; is it mistyped?`, {
    hint: WHERE_IDS_STAND,
  });
}

/** How an id is stored, whatever case it was typed in. */
export function storedSpelling(id: string): string {
  return id.toLowerCase();
}

/** Asks again for what one answer has no room for. */
export async function getAll(
  client: KeepsakeClient,
  ids: readonly string[],
  context: number,
  { signal }: Context,
): Promise<Pick<Result<"memory.get">, "memories" | "missing">> {
  const memories: Found[] = [];
  const missing: string[] = [];
  for (let wanted = [...ids]; wanted.length > 0;) {
    const answer = await client.call("memory.get", { ids: wanted, context }, { signal });
    memories.push(...answer.memories);
    missing.push(...answer.missing);
    const left = answer.leftOut ?? [];
    if (left.length >= wanted.length) throw new KeepsakeError("INVALID_RESULT");
    wanted = left;
  }
  return { memories, missing };
}

function whatIsLeft({ versionsLeft, context }: Found): readonly string[] {
  const next = versionsLeft?.older ?? versionsLeft?.newer;
  const versions =
    versionsLeft === undefined || next === undefined
      ? []
      : [
          `${counted(versionsLeft.count, "version")} not shown, too large for one answer: keepsake get ${next}`,
        ];
  const turns =
    context?.more === true
      ? ["not all neighbouring turns fit into one answer: give a smaller --context"]
      : [];
  return [...versions, ...turns];
}

/** The memory between its neighbours, then its other versions. */
function formatFound(memory: Found, { screen, clock }: Context): string {
  const { width, lineWidth } = screen;
  const { style, isTerminal } = screen.out;
  const view: MemoryView = { style, width, lineWidth, now: clock.now(), isVerbatim: !isTerminal };
  const { before = [], after = [] } = memory.context ?? {};
  const others = (memory.versions ?? []).filter(({ id }) => id !== memory.id);
  const isOneOfMany = others.length > 0 || memory.versionsLeft !== undefined;
  const beside = others.length === 0 ? [] : [`${style.dim("other versions, oldest first")}\n`];
  return [
    ...before.map((each) => formatWhole(each, view)),
    formatWhole(memory, view, isOneOfMany),
    ...after.map((each) => formatWhole(each, view)),
    ...beside,
    ...others.map((version) => formatVersion(version, view)),
  ].join("\n");
}
