/** `docs/cli.md`, made from the definitions of the commands. */
import type {
  ArgumentDefinition,
  CommandDefinition,
  OptionDefinition,
  Options,
} from "../../src/cli/framework/command.ts";
import { longName } from "../../src/cli/framework/command.ts";
import { COMMON_OPTIONS, PROGRAM, loadCommands } from "../../src/cli/registry.ts";

export async function renderCliPage(): Promise<string> {
  const commands = await loadCommands();
  const groups = [...new Set(commands.map(({ group }) => group))];
  return [
    "<!-- Made by `npm run docs` from the definitions of the commands. Do not edit. -->",
    "",
    "# The command line",
    "",
    `\`${PROGRAM.name} <command>\`. ${PROGRAM.summary}`,
    "",
    "Results go to standard output, everything else to standard error, as `keepsake: error: …` and `keepsake: hint: …`. Colours, prompts, progress bars and hints on what else there is appear on a terminal only; `NO_COLOR` is honoured. Stored text is never printed as it is: control, bidirectional and invisible characters are spelled out, in JSON as escapes.",
    "",
    "A passphrase is never taken from the command line or the environment: it is asked for without echo, read from `--passphrase-fd N`, or asked for by a pinentry program.",
    "",
    "Times are written as `7d`, `2h`, `3mo`, `yesterday`, `last week`, `3 June`, `2026-05`, `2026-05-03` or `2026-05-03T14:00`. A date or period stands for its first moment, for `--as-of` its last.",
    "",
    ...optionTable("Every command takes, before its name or behind it:", { ...COMMON_OPTIONS }),
    "Exit codes: [errors.md](errors.md#exit-codes). A search that finds nothing exits with 5 and prints nothing.",
    "",
    ...groups.flatMap((group) => [
      `## ${group.charAt(0).toUpperCase()}${group.slice(1)}`,
      "",
      ...commands.filter((command) => command.group === group).flatMap(renderCommand),
    ]),
  ].join("\n");
}

function renderCommand(command: CommandDefinition): readonly string[] {
  const words = command.arguments.map(spelled);
  return [
    `### \`${[PROGRAM.name, command.name, ...words].join(" ")}\``,
    "",
    command.summary,
    "",
    ...(command.details ?? []).flatMap((paragraph) => [paragraph, ""]),
    ...command.arguments.map((argument) => `- \`${spelled(argument)}\` ${argument.summary}`),
    ...(command.arguments.length > 0 ? [""] : []),
    ...optionTable("", command.options),
    "```sh",
    ...command.examples.flatMap(([line, does]) => [`# ${does}`, line]),
    "```",
    "",
  ];
}

function optionTable(title: string, options: Options): readonly string[] {
  const rows = Object.entries(options).map(
    ([key, option]) => `| ${optionName(key, option)} | ${option.summary} |`,
  );
  if (rows.length === 0) return [];
  return [...(title === "" ? [] : [title, ""]), "| option | |", "| --- | --- |", ...rows, ""];
}

function optionName(key: string, { short, placeholder }: OptionDefinition): string {
  const value = placeholder === undefined ? "" : ` ${placeholder.replaceAll("|", "\\|")}`;
  return [short, `${longName(key)}${value}`]
    .filter((name) => name !== undefined)
    .map((name) => `\`${name}\``)
    .join(", ");
}

function spelled({ name, required, repeats }: ArgumentDefinition): string {
  const inner = repeats ? `${name}…` : name;
  return required ? `<${inner}>` : `[${inner}]`;
}
