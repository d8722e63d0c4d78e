/** Sections that are no longer in their file: a terminal is asked, nobody else's are forgotten without being told to. */
import { counted } from "../../base/shown-values.ts";
import { LIMITS } from "../../base/limits.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Context } from "../context.ts";
import { reportHint } from "../output/report-error.ts";
import { clipText } from "../output/text-width.ts";
import { confirmed } from "./agreement.ts";

/** How many are shown by their first words. */
const SHOWN = 10;
const INDENT = "    ";

/** @returns how many memories were forgotten */
export async function forgetGone(
  client: KeepsakeClient,
  { gone, goneLeft }: { readonly gone: readonly string[]; readonly goneLeft: number },
  { forgetRemoved, json }: { readonly forgetRemoved: boolean; readonly json: boolean },
  context: Context,
): Promise<number> {
  const { ask, screen } = context;
  const { err, out } = screen;
  if (gone.length === 0) return 0;
  const many = counted(gone.length, "memory", "memories");
  if (!forgetRemoved) {
    const isOne = gone.length === 1;
    if (ask === undefined || json) {
      reportHint(
        err,
        `${many} no longer in ${isOne ? "its file" : "their files"}; --forget-removed forgets ${isOne ? "it" : "them"}`,
      );
      return 0;
    }
    for (const line of await beginnings(client, gone, context)) err.write(`${INDENT}${line}\n`);
    if (gone.length > SHOWN) err.write(`${INDENT}and ${gone.length - SHOWN} more\n`);
    const where = isOne ? "that is no longer in its file" : "that are no longer in their files";
    if (!(await ask.confirm(`Forget ${many} ${where}, with all versions?`, false))) {
      err.write("kept\n");
      return 0;
    }
  }
  let removed = 0;
  for (let start = 0; start < gone.length; start += LIMITS.maxListed) {
    const ids = gone.slice(start, start + LIMITS.maxListed);
    const answer = await confirmed(
      context,
      true,
      (confirmationToken) =>
        client.call(
          "memory.forget",
          { ids, ...(confirmationToken !== undefined && { confirmationToken }) },
          { signal: context.signal },
        ),
      () => "",
    );
    if (answer.status === "forgotten") removed += answer.count;
  }
  if (!json) out.write(`forgot ${counted(removed, "memory", "memories")}\n`);
  if (goneLeft > 0) reportHint(err, "there are more; import again to be asked of them");
  return removed;
}

/** Only a terminal ever sees them. */
async function beginnings(
  client: KeepsakeClient,
  ids: readonly string[],
  { screen, signal }: Context,
): Promise<readonly string[]> {
  const { memories } = await client.call("memory.get", { ids: ids.slice(0, SHOWN) }, { signal });
  return memories.map(({ text }) =>
    clipText(visibleLine(text.replaceAll(/\s+/gu, " ").trim()), Math.max(20, screen.width - INDENT.length)),
  );
}
