/**
 * From the command line to a command and what was given to it: definitions go in, a match or a USAGE error comes out. The command that
 * is named is loaded, and no other; help, and whatever Node's own parser does not take, is left to `with-commander.ts`.
 */
import { parseArgs } from "node:util";
import { hasCode } from "../../base/errors.ts";
import type { CommandDefinition, Options } from "./command.ts";
import { longName, startOfCommand } from "./command.ts";
import { matchOf } from "./match.ts";
import type { Match } from "./match.ts";
import { takesWordCount, unknownCommandError, withHelp } from "./usage-errors.ts";
import type { HelpOutput } from "./with-commander.ts";

export interface Program {
  readonly name: string;
  readonly summary: string;
  readonly version: () => string;
  /** Of every command, in the order of help. */
  readonly names: readonly string[];
  readonly load: (name: string) => Promise<CommandDefinition>;
  readonly families: Readonly<Record<string, string>>;
  readonly commonOptions: Options;
}

const VERSION_OPTIONS = new Set(["--version", "-V"]);
const HELP_COMMAND = "help";
const HELP_OPTION = "--help";

/**
 * @param argv - without the names of node and the program
 * @returns `undefined` when help or the version was asked for and shown
 * @throws KeepsakeError USAGE
 */
export async function parseCommandLine(
  program: Program,
  argv: readonly string[],
  output: HelpOutput,
): Promise<Match | undefined> {
  if (argv.length === 1 && VERSION_OPTIONS.has(argv[0] ?? "")) {
    output.write(`${program.version()}\n`);
    return undefined;
  }
  const asked = commonBehindName(program, argv);
  refuseUnknownCommand(program, asked);
  const name = nameIn(program.names, asked);
  const match = name === undefined ? undefined : await matchRight(program, name, asked);
  if (match !== undefined) return match;
  const { parseWithCommander } = await import("./with-commander.ts");
  const commands = await Promise.all(program.names.map((each) => program.load(each)));
  const command = commands.find((each) => each.name === name);
  return parseWithCommander(
    { ...program, commands },
    asked,
    { help: helpHint(program, asked), command },
    output,
  );
}

/** @returns undefined unless it is right @throws KeepsakeError USAGE, of an option that does not take what was given */
async function matchRight(
  program: Program,
  name: string,
  asked: readonly string[],
): Promise<Match | undefined> {
  const command = await program.load(name);
  const options = { ...command.options, ...program.commonOptions };
  const parsed = parseStrictly(asked.slice(name.split(" ").length), options);
  if (parsed === undefined || !takesWordCount(command, parsed.positionals.length)) return undefined;
  try {
    return matchOf(command, options, parsed.positionals, (key) => parsed.values[longName(key).slice(2)]);
  } catch (error) {
    throw hasCode(error, "USAGE") ? withHelp(error, helpHint(program, asked)) : error;
  }
}

function parseStrictly(args: readonly string[], options: Options) {
  const known = Object.entries(options).map(([key, { placeholder, short }]) => [
    longName(key).slice(2),
    {
      ...(placeholder === undefined ? { type: "boolean" } : { type: "string", multiple: true }),
      ...(short !== undefined && { short: short.slice(1) }),
    },
  ]);
  try {
    return parseArgs({
      args: [...args],
      options: Object.fromEntries(known) as Record<string, { type: "boolean" | "string" }>,
      allowPositionals: true,
    });
  } catch {
    return undefined;
  }
}

/** `help search` as `search --help`: one way to a command, and one error where there is none. */
function withoutHelp(argv: readonly string[]): readonly string[] {
  const [first, ...topic] = argv;
  if (first !== HELP_COMMAND) return argv;
  return topic.length === 0 ? [] : [...topic, HELP_OPTION];
}

/** What every command takes may stand in front of it, too. @returns the command line that begins with the command */
function commonBehindName({ names, commonOptions }: Program, argv: readonly string[]): readonly string[] {
  const start = startOfCommand(argv, commonOptions);
  const asked = withoutHelp(argv.slice(start));
  if (asked.length === 0) return [];
  const words = nameIn(names, asked)?.split(" ").length ?? 1;
  return [...asked.slice(0, words), ...argv.slice(0, start), ...asked.slice(words)];
}

/** Commander looks at options first, and shows what help there is for a command that there is not. @throws USAGE */
function refuseUnknownCommand(program: Program, [first, second]: readonly string[]): void {
  const names = program.names.map((name) => name.split(" "));
  const families = names.filter(([family]) => family === first);
  if (isWord(first) && families.length === 0) {
    const known = new Set([...names.map(([name = ""]) => name), HELP_COMMAND]);
    throw unknownCommandError(first, [...known], helpHint(program, []));
  }
  const ofFamily = families.flatMap(([, name]) => name ?? []);
  if (isWord(second) && ofFamily.length > 0 && !ofFamily.includes(second))
    throw unknownCommandError(second, ofFamily, helpHint(program, [first ?? ""]));
}

function isWord(given: string | undefined): given is string {
  return given !== undefined && !given.startsWith("-");
}

/** What shows the help of the command or family that a command line begins with. */
function helpHint(
  { name, names, families }: Pick<Program, "name" | "names" | "families">,
  asked: readonly string[],
): string {
  const [first = ""] = asked;
  const topic = nameIn(names, asked) ?? (Object.hasOwn(families, first) ? first : "");
  return `run "${[name, topic, HELP_OPTION].filter((word) => word !== "").join(" ")}"`;
}

function nameIn(names: readonly string[], [first = "", second = ""]: readonly string[]): string | undefined {
  return names.find((name) => name === `${first} ${second}` || name === first);
}
