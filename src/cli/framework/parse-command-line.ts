/**
 * From the command line to a command and what was given to it. The only module that knows commander: definitions go in, a
 * match or a USAGE error comes out.
 */
import { Command, CommanderError, Option } from "commander";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { ArgumentDefinition, CommandDefinition, Options } from "./command.ts";
import { longName } from "./command.ts";
import { refuseExcess, unknownCommandError, usageError, withHelp } from "./usage-errors.ts";

export interface Program {
  readonly name: string;
  readonly summary: string;
  readonly version: () => string;
  readonly commands: readonly CommandDefinition[];
  readonly families: Readonly<Record<string, string>>;
  readonly commonOptions: Options;
}

/** What is shown instead of running something goes to `write`. */
export interface HelpOutput {
  readonly write: (text: string) => void;
  readonly width: number;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

export interface Match {
  readonly command: CommandDefinition;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

const VERSION_OPTION = "--version";
const HELP_COMMAND = "help";
const HELP_OPTION = "--help";

/**
 * @param argv - without the names of node and the program
 * @returns `undefined` when help or the version was asked for and shown
 * @throws KeepsakeError USAGE
 */
export function parseCommandLine(
  program: Program,
  argv: readonly string[],
  output: HelpOutput,
): Match | undefined {
  if (argv.length === 1 && (argv[0] === VERSION_OPTION || argv[0] === "-V")) {
    output.write(`${program.version()}\n`);
    return undefined;
  }
  const asked = withoutHelp(argv);
  refuseUnknownCommand(program, asked);
  let match: Match | undefined;
  const root = buildProgram(program, output, (found) => (match = found));
  if (asked.length === 0) {
    root.outputHelp();
    return undefined;
  }
  try {
    root.parse([...asked], { from: "user" });
  } catch (error) {
    if (hasCode(error, "USAGE")) throw withHelp(error, helpHint(program, asked));
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageError(error, helpHint(program, asked), takesWords(program, asked));
  }
  if (match === undefined) {
    throw new KeepsakeError("USAGE", "that command needs another word", { hint: helpHint(program, asked) });
  }
  return match;
}

/** `help search` as `search --help`: one way to a command, and one error where there is none. */
function withoutHelp(argv: readonly string[]): readonly string[] {
  const [first, ...topic] = argv;
  if (first !== HELP_COMMAND) return argv;
  return topic.length === 0 ? [] : [...topic, HELP_OPTION];
}

/** Commander looks at options first, and shows what help there is for a command that there is not. @throws USAGE */
function refuseUnknownCommand(program: Program, [first, second]: readonly string[]): void {
  const names = program.commands.map(({ name }) => name.split(" "));
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

function buildProgram(program: Program, output: HelpOutput, onMatch: (match: Match) => void): Command {
  const root = prepare(new Command(program.name), output)
    .description(program.summary)
    .helpCommand(`${HELP_COMMAND} [command]`, "print the help of a command")
    .option(`-V, ${VERSION_OPTION}`, "print the version");
  const families = new Map<string, Command>();
  for (const definition of program.commands) {
    const [first = "", second] = definition.name.split(" ");
    let parent = root;
    if (second !== undefined) {
      parent =
        families.get(first) ??
        prepare(root.command(first), output).description(program.families[first] ?? "");
      if (!families.has(first)) parent.helpGroup(headingOf(definition.group));
      families.set(first, parent);
    }
    const own = prepare(parent.command(second ?? first), output).helpGroup(headingOf(definition.group));
    describe(own, definition, { ...definition.options, ...program.commonOptions }, onMatch);
  }
  return root;
}

function prepare(target: Command, { write, width, bold, dim }: HelpOutput): Command {
  return target
    .exitOverride()
    .helpCommand(false)
    .helpOption(`-h, ${HELP_OPTION}`, "print this")
    .configureOutput({ writeOut: write, writeErr: () => {}, getOutHelpWidth: () => width })
    .configureHelp({
      styleTitle: (title) => bold(title.toLowerCase()),
      styleDescriptionText: dim,
      sortSubcommands: false,
      sortOptions: false,
    });
}

function describe(
  target: Command,
  definition: CommandDefinition,
  options: Options,
  onMatch: (match: Match) => void,
): void {
  target
    .summary(definition.summary)
    .description([definition.summary, ...(definition.details ?? [])].join("\n\n"));
  for (const argument of definition.arguments) target.argument(spelled(argument), argument.summary);
  for (const [key, option] of Object.entries(options)) {
    const names = [option.short, longName(key)].filter((name) => name !== undefined).join(", ");
    const placeholder = option.placeholder === undefined ? "" : ` <${option.placeholder}>`;
    const declared = new Option(`${names}${placeholder}`, option.summary);
    // For commander `--no-x` would be `--x` undone; here it is an option of its own.
    declared.negate = false;
    // Collected as given; the definition reads and checks them.
    if (option.placeholder !== undefined) {
      declared.argParser((value: string, earlier: unknown) => [
        ...(Array.isArray(earlier) ? earlier : []),
        value,
      ]);
    }
    target.addOption(declared);
  }
  if (definition.examples.length > 0) {
    const lines = definition.examples.map(([line, does]) => `  ${line}\n      ${does}`);
    target.addHelpText("after", `\nexamples:\n${lines.join("\n")}`);
  }
  target.allowExcessArguments().action((..._given: unknown[]) => {
    refuseExcess(target.args, definition);
    onMatch({ command: definition, words: target.args, options: readOptions(target.opts(), options) });
  });
}

function readOptions(
  given: Readonly<Record<string, unknown>>,
  options: Options,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options).map(([key, option]) => [
      key,
      option.read(givenValues(given, key), longName(key)),
    ]),
  );
}

function givenValues(given: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const value = given[key];
  if (Array.isArray(value)) return value as string[];
  return value === true ? [""] : [];
}

function spelled({ name, required, repeats }: ArgumentDefinition): string {
  const inner = repeats ? `${name}...` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}

function headingOf(group: string): string {
  return `${group}:`;
}

function helpHint({ name, commands, families }: Program, argv: readonly string[]): string {
  const [first = ""] = argv;
  const topic = namedCommand(commands, argv)?.name ?? (Object.hasOwn(families, first) ? first : "");
  return `run "${[name, topic, HELP_OPTION].filter((word) => word !== "").join(" ")}"`;
}

function takesWords({ commands }: Program, argv: readonly string[]): boolean {
  return namedCommand(commands, argv)?.arguments.some(({ repeats }) => repeats) === true;
}

function namedCommand(
  commands: readonly CommandDefinition[],
  [first = "", second = ""]: readonly string[],
): CommandDefinition | undefined {
  return commands.find(({ name }) => name === `${first} ${second}` || name === first);
}
