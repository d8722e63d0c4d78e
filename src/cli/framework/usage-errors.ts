/**
 * What is said of a command line that is not valid. Commander's own messages repeat all that was typed, which may be a secret or
 * the text of a memory; ours name an option without its value, a command and a word too many, and nothing that looks like text.
 */
import type { CommanderError } from "commander";
import { ERRORS, KeepsakeError } from "../../base/errors.ts";
import { nearestName } from "../../base/nearest.ts";
import { asTyped } from "../../base/visible-text.ts";
import type { CommandDefinition } from "./command.ts";

export function takesWordCount({ arguments: definitions }: CommandDefinition, count: number): boolean {
  const mayRepeat = definitions.some(({ repeats }) => repeats);
  return (
    definitions.filter(({ required }) => required).length <= count &&
    (mayRepeat || count <= definitions.length)
  );
}

/** A word too many is named, unless it may be a secret that was typed where it does not belong. @throws USAGE */
export function refuseExcess(words: readonly string[], definition: CommandDefinition): void {
  if (definition.arguments.some(({ repeats }) => repeats)) return;
  const excess = words[definition.arguments.length];
  if (excess === undefined) return;
  const isNamed = definition.asksSecrets !== true && !excess.includes(" ");
  throw new KeepsakeError(
    "USAGE",
    isNamed
      ? `there are more words than this command takes: ${asTyped(excess)}`
      : "there are more words than this command takes",
  );
}

/** What is taken for an option and does not look like one of ours, which are long or of one letter. */
const TEXT_WITH_DASH = /^-(?!-[a-z]|[^-\s](?:=|$))| /i;
/** What commander quotes: what was typed, or a name of ours. */
const QUOTED = /'([^]*)'/;

/** @param known - the names it may be a slip of */
export function unknownCommandError(given: string, known: readonly string[], help: string): KeepsakeError {
  const near = nearestName(given, known);
  return new KeepsakeError("USAGE", withName("there is no such command", given, / /.test(given)), {
    hint: near === undefined ? help : `did you mean ${near}?`,
  });
}

/** @param command - of one that takes text a word that starts with `-` may have been meant as that, which is not repeated */
export function usageError(
  error: CommanderError,
  help: string,
  command: CommandDefinition | undefined,
): KeepsakeError {
  const takesText = command?.arguments.some(({ repeats }) => repeats) === true;
  const given = QUOTED.exec(error.message)?.[1] ?? "";
  if (error.code === "commander.unknownOption") {
    const isText = takesText && TEXT_WITH_DASH.test(given);
    const [name = ""] = given.split("=");
    return new KeepsakeError("USAGE", withName("there is no such option", name, isText || / /.test(name)), {
      hint:
        suggestion(error) ??
        (isText ? `${help}; what starts with - and is no option stands behind --` : help),
    });
  }
  return new KeepsakeError("USAGE", sentenceOf(error, given), { hint: help });
}

function sentenceOf({ code }: CommanderError, own: string): string {
  switch (code) {
    case "commander.missingArgument":
      return `<${own}> is missing`;
    case "commander.optionMissingArgument":
      return `${own} needs a value`;
    case "commander.help":
      return "that command needs another word";
    default:
      return "the command line is not valid";
  }
}

/** Names what was typed, unless it looks like text. */
function withName(sentence: string, name: string, isText: boolean): string {
  return isText ? sentence : `${sentence}: ${asTyped(name)}`;
}

/** A wrong use that names no way out leads to the help of its command. */
export function withHelp(error: KeepsakeError, hint: string): KeepsakeError {
  if (error.hint !== ERRORS.USAGE.hint) return error;
  return new KeepsakeError("USAGE", error.message, { hint, cause: error });
}

/** A name of ours that is close to what was typed. */
function suggestion(error: CommanderError): string | undefined {
  const near = /\(Did you mean (?:one of )?([\w ,-]+)\?\)$/.exec(error.message)?.[1];
  return near === undefined ? undefined : `did you mean ${near}?`;
}
