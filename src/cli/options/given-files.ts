/** The files that a command line names. */
import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { nearestName } from "../../base/nearest.ts";
import { asTyped } from "../../base/visible-text.ts";
import type { Context } from "../context.ts";
import { givenPath } from "./given-path.ts";

/**
 * The files that paths mean.
 *
 * @param find - `findFiles`
 * @throws INVALID_INPUT as `findFiles`, with the path at fault as it was typed
 */
export async function givenFiles<F>(
  paths: readonly string[],
  context: Context,
  find: (whole: readonly string[]) => Promise<readonly F[]>,
): Promise<readonly F[]> {
  const whole = paths.map((path) => givenPath(path, context));
  return find(whole).catch(async (error: unknown) => {
    const given = hasCode(error, "INVALID_INPUT") ? error.facts?.["given"] : undefined;
    if (!hasCode(error) || typeof given !== "number") throw error;
    const near = await nearestFile(whole[given] ?? "", error.cause, context);
    throw new KeepsakeError(error.code, `${error.message}: ${asTyped(paths[given] ?? "")}`, {
      ...(error.hint !== undefined && { hint: near ?? error.hint }),
      cause: error,
    });
  });
}

/** Only a person is told what else is in a folder. */
async function nearestFile(
  path: string,
  cause: unknown,
  { screen: { err } }: Context,
): Promise<string | undefined> {
  if (!err.isTerminal || systemErrorCode(cause) !== "ENOENT") return undefined;
  const names = await readdir(dirname(path)).catch(() => []);
  const near = nearestName(basename(path), names);
  return near === undefined ? undefined : `did you mean ${asTyped(near)}?`;
}
