/** The files that a command line names. */
import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { nearestName } from "../../base/nearest.ts";
import { asTyped } from "../../base/visible-text.ts";
import type { Context } from "../context.ts";
import { givenPath } from "./given-path.ts";

export interface GivenFiles<F> {
  readonly files: readonly F[];
  /** The paths that are folders, of which `files` has every file. */
  readonly folders: readonly string[];
  /** Of the first folder without any file. */
  readonly emptyError: KeepsakeError | undefined;
}

/**
 * The files that paths mean.
 *
 * @param find - `findFiles`
 * @throws INVALID_INPUT as `findFiles`, with the path at fault as it was typed
 */
export async function givenFiles<F extends { readonly path: string }>(
  paths: readonly string[],
  context: Context,
  find: (whole: readonly string[], onEmpty: (error: KeepsakeError) => void) => Promise<readonly F[]>,
): Promise<GivenFiles<F>> {
  const whole = paths.map((path) => givenPath(path, context));
  const named = async (error: unknown) => {
    const given = hasCode(error, "INVALID_INPUT") ? error.facts?.["given"] : undefined;
    if (!hasCode(error) || typeof given !== "number") throw error;
    const near = await nearestFile(whole[given] ?? "", error.cause, context);
    return new KeepsakeError(error.code, `${error.message}: ${asTyped(paths[given] ?? "")}`, {
      ...(error.hint !== undefined && { hint: near ?? error.hint }),
      cause: error,
    });
  };
  const empty: KeepsakeError[] = [];
  const files = await find(whole, (error) => empty.push(error)).catch(async (error: unknown) => {
    throw await named(error);
  });
  const found = new Set(files.map(({ path }) => path));
  return {
    files,
    folders: whole.filter((path) => !found.has(path)),
    emptyError: empty[0] && (await named(empty[0])),
  };
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
