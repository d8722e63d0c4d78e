/**
 * Shows help, and says what is wrong with a command line. The only module that knows commander, which takes longer to load than most
 * commands to run: a command line that is right never comes here (`parse-command-line.ts`).
 */
import { Command, CommanderError, Option } from "commander";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { ArgumentDefinition, CommandDefinition, Options } from "./command.ts";
import { longName } from "./command.ts";
import { matchOf } from "./match.ts";
import type { Match } from "./match.ts";
import { refuseExcess, usageError, withHelp } from "./usage-errors.ts";

/** With the definition of every command. */
interface WholeProgram {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandDefinition[];
  readonly families: Readonly<Record<string, string>>;
  readonly commonOptions: Options;
}

/** What a command line begins with. */
interface Topic {
  /** A hint at its help. */
  readonly help: string;
  readonly command: CommandDefinition | undefined;
}

/** What is shown instead of running something goes to `write`. */
export interface HelpOutput {
  readonly write: (text: string) => void;
  readonly width: number;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const HELP_COMMAND = "help";
const HELP_OPTION = "--help";
const VERSION_OPTION = "--version";

/**
 * @param asked - without the names of node and the program, `help x` being `x --help`
 * @returns `undefined` when help was asked for and shown
 * @throws KeepsakeError USAGE
 */
export function parseWithCommander(
  program: WholeProgram,
  asked: readonly string[],
  topic: Topic,
  output: HelpOutput,
): Match | undefined {
  let match: Match | undefined;
  const root = buildProgram(program, output, (found) => (match = found));
  if (asked.length === 0) {
    root.outputHelp();
    return undefined;
  }
  try {
    root.parse([...asked], { from: "user" });
  } catch (error) {
    if (hasCode(error, "USAGE")) throw withHelp(error, topic.help);
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageError(error, topic.help, topic.command);
  }
  if (match === undefined) {
    throw new KeepsakeError("USAGE", "that command needs another word", { hint: topic.help });
  }
  return match;
}

function buildProgram(program: WholeProgram, output: HelpOutput, onMatch: (match: Match) => void): Command {
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
    const given: Readonly<Record<string, unknown>> = target.opts();
    onMatch(matchOf(definition, options, target.args, (key) => given[key]));
  });
}

function spelled({ name, required, repeats }: ArgumentDefinition): string {
  const inner = repeats ? `${name}...` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}

function headingOf(group: string): string {
  return `${group}:`;
}
