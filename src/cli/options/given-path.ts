/** A path of a command line: from the working folder, unless it is whole. */
import { isAbsolute, resolve } from "node:path";
import { KeepsakeError } from "../../base/errors.ts";
import { asTyped } from "../../base/visible-text.ts";
import type { Context } from "../context.ts";

/** @throws USAGE when it is empty, or starts in a folder that was deleted */
export function givenPath(path: string, { folder, isFolderGone }: Context): string {
  if (path === "") throw new KeepsakeError("USAGE", "the name of a file is empty");
  if (isFolderGone && !isAbsolute(path)) {
    throw new KeepsakeError("USAGE", `${asTyped(path)} starts in the working folder, which was deleted`, {
      hint: "give the whole path, or change to a folder that is there",
    });
  }
  return resolve(folder, path);
}
