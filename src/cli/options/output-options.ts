/** The options that choose how results are printed. */
import { KeepsakeError } from "../../base/errors.ts";
import { flag } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";

export const jsonOption = { json: flag("print one JSON value") };
export const listOutputOptions = { ...jsonOption, jsonl: flag("print one JSON value a line") };

/** @throws USAGE when both are given */
export function listFormat({ json, jsonl }: Values<typeof listOutputOptions>): "json" | "jsonl" | "text" {
  if (json && jsonl) throw new KeepsakeError("USAGE", "--json and --jsonl exclude each other");
  return json ? "json" : jsonl ? "jsonl" : "text";
}
