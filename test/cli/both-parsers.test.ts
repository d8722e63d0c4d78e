/** A right command line comes to the same whichever parser takes it. */
import { describe, expect, it } from "vitest";
import type { CommandDefinition } from "../../src/cli/framework/command.ts";
import { longName } from "../../src/cli/framework/command.ts";
import { parseCommandLine } from "../../src/cli/framework/parse-command-line.ts";
import { parseWithCommander } from "../../src/cli/framework/with-commander.ts";
import {
  COMMAND_NAMES,
  COMMON_OPTIONS,
  FAMILIES,
  PROGRAM,
  loadCommand,
  loadCommands,
} from "../../src/cli/registry.ts";

const COMMANDS = await loadCommands();
const OUTPUT = { write: () => {}, width: 80, bold: (text: string) => text, dim: (text: string) => text };
const GRAMMAR = { families: FAMILIES, commonOptions: COMMON_OPTIONS, ...PROGRAM };

function byNode(argv: readonly string[], loaded: string[]) {
  const load = (name: string) => {
    loaded.push(name);
    return loadCommand(name);
  };
  return parseCommandLine({ ...GRAMMAR, version: () => "", names: COMMAND_NAMES, load }, argv, OUTPUT);
}

/** A value that the option takes, where it is not any text. */
function valuesOf(command: CommandDefinition, key: string): readonly string[] {
  return ["3", "claude-code", "2026-01-01", "x=y"].filter((value) => {
    try {
      command.options[key]?.read([value], longName(key));
      return true;
    } catch {
      return false;
    }
  });
}

describe.each(COMMANDS.map((command) => [command.name, command] as const))("%s", (name, command) => {
  const words = [...name.split(" "), ...command.arguments.map(() => "word")];
  const lines: string[][] = [
    words,
    [...words, "--no-input"],
    ...(command.arguments.length > 0 ? [[...words.slice(0, -1), "--", "-word"]] : []),
  ];
  for (const [key, { placeholder }] of Object.entries(command.options)) {
    if (placeholder === undefined) lines.push([...words, longName(key)]);
    for (const value of valuesOf(command, key).slice(0, placeholder === undefined ? 0 : 2))
      lines.push([...words, longName(key), value], [...words, `${longName(key)}=${value}`]);
  }

  it.each(lines.map((line) => [line.join(" "), line] as const))("%s", async (_, line) => {
    const loaded: string[] = [];
    const match = await byNode(line, loaded);
    const help = { help: "", command };
    const other = parseWithCommander({ ...GRAMMAR, commands: COMMANDS }, line, help, OUTPUT);
    expect([match?.command.name, match?.words, match?.options]).toEqual([name, other?.words, other?.options]);
    // Nothing but what runs, or it was left to the other parser.
    expect(loaded).toEqual([name]);
  });

  it("takes what every command takes in front of it as well", async () => {
    const behind = await byNode([...words, "--no-input"], []);
    const inFront = await byNode(["--no-input", ...words], []);
    expect([inFront?.words, inFront?.options]).toEqual([behind?.words, behind?.options]);
    expect(inFront?.command.name).toBe(name);
    expect(behind?.options).toMatchObject({ noInput: true });
  });
});
