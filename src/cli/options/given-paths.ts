/** The paths of a command line: from the working folder, unless they are whole. */
import { readdir } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { nearestName } from "../../base/nearest.ts";
import { asTyped } from "../../base/visible-text.ts";
import type { FoundFile } from "../../capture/found-file.ts";
import type { ImportFormat } from "../../capture/formats.ts";
import type { Context } from "../context.ts";

/** @throws USAGE when it starts in a folder that was deleted */
export function givenPath(path: string, { folder, isFolderGone }: Context): string {
  if (isFolderGone && !isAbsolute(path)) {
    throw new KeepsakeError("USAGE", `${asTyped(path)} starts in the working folder, which was deleted`, {
      hint: "give the whole path, or change to a folder that is there",
    });
  }
  return resolve(folder, path);
}

export interface GivenFiles {
  readonly files: readonly FoundFile[];
  /** The paths that are folders, of which `files` has every file. */
  readonly folders: readonly string[];
  /** Of the first folder without any file. */
  readonly emptyError: KeepsakeError | undefined;
}

/**
 * The files that paths mean.
 *
 * @throws INVALID_INPUT as `findFiles`, with the path at fault as it was typed
 */
export async function givenFiles(
  paths: readonly string[],
  format: ImportFormat | undefined,
  context: Context,
): Promise<GivenFiles> {
  const whole = paths.map((path) => givenPath(path, context));
  const { findFiles } = await import("../../capture/find-files.ts");
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
  const files = await findFiles(whole, format, (error) => empty.push(error)).catch(async (error: unknown) => {
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
