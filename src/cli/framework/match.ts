/** What a command line comes to, whichever way it was parsed. */
import type { CommandDefinition, Options } from "./command.ts";
import { longName } from "./command.ts";

export interface Match {
  readonly command: CommandDefinition;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * @param given - by the key of an option: `true` for a flag, every value of any other
 * @throws KeepsakeError USAGE, of an option that does not take what was given
 */
export function matchOf(
  command: CommandDefinition,
  options: Options,
  words: readonly string[],
  given: (key: string) => unknown,
): Match {
  const read = Object.entries(options).map(([key, option]) => [
    key,
    option.read(givenValues(given(key)), longName(key)),
  ]);
  return { command, words, options: Object.fromEntries(read) as Match["options"] };
}

function givenValues(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value as string[];
  return value === true ? [""] : [];
}
