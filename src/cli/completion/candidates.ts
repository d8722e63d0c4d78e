/** What may come next on a command line, from the definitions of the commands alone; what these cannot list is looked up by the caller. */
import type {
  ArgumentDefinition,
  CommandDefinition,
  CompletesTo,
  LookedUp,
  Options,
} from "../framework/command.ts";
import { longName, startOfCommand } from "../framework/command.ts";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly lookUp: LookedUp | undefined;
  /** What a looked-up value is put behind: `--project=`. */
  readonly prefix: string;
}

interface Grammar {
  readonly commands: readonly CommandDefinition[];
  readonly families: Readonly<Record<string, string>>;
  readonly commonOptions: Options;
}

const NOTHING: Completion = { candidates: [], lookUp: undefined, prefix: "" };

/** @param words - everything behind the program's name, the word being typed last (perhaps empty) */
export function completionsFor(words: readonly string[], grammar: Grammar): Completion {
  const current = words.at(-1) === "=" ? "" : (words.at(-1) ?? "");
  // Bash parts --option=value into three words and completes the last one alone.
  const typed = words.slice(0, -1).filter((word) => word !== "=");
  const before = typed.slice(startOfCommand(typed, grammar.commonOptions));
  const command = findCommand(before, grammar);
  if (command === undefined) {
    const isOption = before.length === 0 && current.startsWith("-");
    return startingWith(current, isOption ? optionNames(grammar.commonOptions) : nextWords(before, grammar));
  }
  const options = { ...command.options, ...grammar.commonOptions };
  const given = before.slice(command.name.split(" ").length);
  if (given.includes("--")) return argumentCompletion(command, given, options, current);
  const pending = optionNamed(given.at(-1) ?? "", options);
  if (pending?.placeholder !== undefined) return valueCompletion(pending.completes, current);
  const [name = "", ...assigned] = current.split("=");
  if (assigned.length > 0) {
    const option = optionNamed(name, options);
    return valueCompletion(option?.completes, assigned.join("="), { prefix: `${name}=` });
  }
  if (current.startsWith("-")) return startingWith(current, optionNames(options));
  return argumentCompletion(command, given, options, current);
}

function findCommand(words: readonly string[], { commands }: Grammar): CommandDefinition | undefined {
  const [first = "", second = ""] = words;
  return commands.find(({ name }) => name === first || name === `${first} ${second}`);
}

/** Names of commands, or the second words of a family. */
function nextWords(before: readonly string[], { commands, families }: Grammar): readonly Candidate[] {
  if (before.length > 1) return [];
  const [family] = before;
  if (family !== undefined) {
    return commands.flatMap(({ name, summary }) =>
      name.startsWith(`${family} `) ? [{ value: name.slice(family.length + 1), description: summary }] : [],
    );
  }
  const single = commands.filter(({ name }) => !name.includes(" "));
  return [
    ...single.map(({ name, summary }) => ({ value: name, description: summary })),
    ...Object.entries(families).map(([value, description]) => ({ value, description })),
  ];
}

function argumentCompletion(
  { arguments: definitions }: CommandDefinition,
  given: readonly string[],
  options: Options,
  current: string,
): Completion {
  const before = argumentsIn(given, options);
  const argument: ArgumentDefinition | undefined =
    definitions[before.length] ?? (definitions.at(-1)?.repeats === true ? definitions.at(-1) : undefined);
  return argument === undefined ? NOTHING : valueCompletion(argument.completes, current, { before });
}

/** Those of the words given that are not options or their values. */
function argumentsIn(given: readonly string[], options: Options): readonly string[] {
  const found: string[] = [];
  let isBehindDashes = false;
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index] ?? "";
    if (!isBehindDashes && word === "--") isBehindDashes = true;
    else if (isBehindDashes || !word.startsWith("-")) found.push(word);
    else if (optionNamed(word, options)?.placeholder !== undefined) index += 1;
  }
  return found;
}

/** @param before - the arguments in front of it */
function valueCompletion(
  completes: CompletesTo | undefined,
  current: string,
  { before = [], prefix = "" }: { readonly before?: readonly string[]; readonly prefix?: string } = {},
): Completion {
  if (completes === undefined) return NOTHING;
  if (typeof completes === "string") return { candidates: [], lookUp: completes, prefix };
  const words = typeof completes === "function" ? completes(before) : completes;
  const values = words.map((value) => ({ value: prefix + value, description: "" }));
  return startingWith(prefix + current, values);
}

function optionNamed(name: string, options: Options) {
  return Object.entries(options).find(([key, { short }]) => longName(key) === name || short === name)?.[1];
}

function optionNames(options: Options): readonly Candidate[] {
  return Object.entries(options).map(([key, { summary }]) => ({
    value: longName(key),
    description: summary,
  }));
}

function startingWith(current: string, candidates: readonly Candidate[]): Completion {
  return { ...NOTHING, candidates: candidates.filter(({ value }) => value.startsWith(current)) };
}
