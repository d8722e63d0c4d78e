import { KeepsakeError } from "../../base/errors.ts";
import { counted } from "../../base/shown-values.ts";
import { visibleLine, visibleText } from "../../base/visible-text.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Result } from "../../protocol/method-table.ts";
import { isValid } from "../../protocol/client-view.ts";
import { Declined, agree, yesOption } from "../asking/agreement.ts";
import { any, command, flag } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { formatWhole } from "../output/memory-view.ts";
import { reportHint } from "../output/report-error.ts";
import { formatTable } from "../output/text-table.ts";

type Waiting = Result<"confirm.list">["waiting"][number];

export const confirm = command({
  name: "confirm",
  group: "memories",
  summary: "Show what programs wait to be allowed, and allow or refuse it.",
  details: [
    "With keepsake config set confirm.mode terminal, a program that would forget or replace what it did not save itself waits for your word here, for 300 s.",
    "Without an id it lists what waits. With one it shows the memories and what would come in their place, and asks. What you allow goes through once, when the program asks for the same again.",
  ],
  arguments: [any("id", "one request that waits")],
  options: { deny: flag("refuse it"), ...yesOption, ...jsonOption },
  examples: [
    ["keepsake confirm", "what waits, from whom, since when"],
    ["keepsake confirm 4f0c8d2a", "look at one request and answer it"],
    ["keepsake confirm 4f0c8d2a --deny", "refuse it without more questions"],
  ],
  run: async ({ words, options }, context) => {
    if (words.length > 1) throw new KeepsakeError("USAGE", "confirm takes one request at a time");
    const [id] = words;
    if (id === undefined) {
      if (options.deny || options.yes)
        throw new KeepsakeError("USAGE", "say which request is meant, by its id");
      return list(await context.connect("start"), options.json, context);
    }
    if (options.deny && options.yes) throw new KeepsakeError("USAGE", "--deny and --yes exclude each other");
    if (!isValid("waitingId", id)) {
      throw new KeepsakeError("USAGE", "a request that waits has an id of 8 of 0-9 a-f", {
        hint: 'run "keepsake confirm" to see them',
      });
    }
    const client = await context.connect("start");
    const [waiting] = (await client.call("confirm.list", { id }, { signal: context.signal })).waiting;
    if (waiting === undefined) throw noLongerError(id);
    if (!options.deny && !options.json) await show(client, waiting, context);
    const isAllowed = !options.deny && (options.yes || (await isAgreed(waiting, context)));
    const answer = await client.call("confirm.answer", { id, agree: isAllowed }, { signal: context.signal });
    if (options.json) printJson(context.screen.out, answer);
    else
      context.screen.out.write(
        answer.agreed
          ? `${visibleLine(waiting.client)} may do it once, within 300 s\n`
          : `refused; ${visibleLine(waiting.client)} is told so; nothing was changed\n`,
      );
    return 0;
  },
});

/** No is an answer, too: the program is told, and the request waits no longer. @throws NO_INPUT, INTERRUPTED */
async function isAgreed({ client, description }: Waiting, context: Context): Promise<boolean> {
  try {
    await agree(context, `Let ${visibleLine(client)} ${visibleLine(description)}?`);
    return true;
  } catch (error) {
    if (error instanceof Declined) return false;
    throw error;
  }
}

async function list(client: KeepsakeClient, isJson: boolean, { screen, signal }: Context): Promise<number> {
  const { out, err } = screen;
  const { waiting } = await client.call("confirm.list", {}, { signal });
  if (isJson) {
    printJson(out, { waiting });
    return 0;
  }
  if (waiting.length === 0) {
    out.write("nothing waits\n");
    return 0;
  }
  const rows = waiting.map((each) => [
    { text: each.id, style: out.style.bold },
    { text: visibleLine(each.client) },
    { text: visibleLine(each.description) },
    { text: counted(each.targetCount, "memory", "memories"), style: out.style.dim },
    { text: `${each.ageSeconds} s ago, ${each.expiresInSeconds} s left`, style: out.style.dim },
  ]);
  out.write(formatTable(rows, screen.lineWidth));
  if (out.isTerminal) reportHint(err, 'run "keepsake confirm ID" to look at one and answer it');
  return 0;
}

/** The memories it is about and what would be written; stored text is only ever shown here, with nothing hidden in it. */
async function show(client: KeepsakeClient, waiting: Waiting, context: Context): Promise<void> {
  const { screen, clock, signal } = context;
  const { out, width, lineWidth } = screen;
  const view = { style: out.style, width, lineWidth, now: clock.now() };
  const { memories } =
    waiting.memories.length === 0
      ? { memories: [] }
      : await client.call("memory.get", { ids: waiting.memories }, { signal });
  out.write(memories.map((memory) => formatWhole(memory, view)).join("\n"));
  const left = waiting.targetCount - memories.length;
  if (left > 0) out.write(`and ${counted(left, "more memory", "more memories")}\n`);
  if (waiting.newText !== undefined) {
    const lines = visibleText(waiting.newText.replaceAll("\r\n", "\n")).split("\n");
    out.write(`\n${out.style.dim("in its place:")}\n${lines.map((line) => `  ${line}\n`).join("")}`);
  }
  if (waiting.newExpiry !== undefined) {
    out.write(
      `${waiting.newExpiry === null ? "never forgotten" : `forgotten at ${visibleLine(waiting.newExpiry)}`}\n`,
    );
  }
}

function noLongerError(id: string): KeepsakeError {
  return new KeepsakeError("NOT_FOUND", `no request ${id} waits for an answer`, {
    hint: "a request waits for 300 s; the program can ask again",
  });
}
