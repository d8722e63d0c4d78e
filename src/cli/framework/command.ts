/**
 * What a command of the CLI is: one declarative definition, from which parsing, help, completions and `docs/cli.md` all
 * derive. Nothing here knows the library that parses the command line.
 */
import { KeepsakeError } from "../../base/errors.ts";
import type { Context } from "../context.ts";
import { notOneOfError } from "./not-one-of.ts";

/** A kind of value that no definition can list. */
export type LookedUp = "project" | "tag" | "client" | "slot" | "file";
/** What a value completes to in a shell; by a function, after the arguments before it. */
export type CompletesTo = LookedUp | readonly string[] | ((before: readonly string[]) => readonly string[]);

export interface OptionDefinition<T = unknown> {
  readonly summary: string;
  /** Placeholder of the value, in capitals; absent: the option is a flag. */
  readonly placeholder?: string;
  readonly short?: string;
  readonly repeats?: boolean;
  readonly completes?: CompletesTo;
  /**
   * From what was given (once for each time) to the option's value.
   *
   * @throws KeepsakeError USAGE; a message names the value only where it can be nothing of a memory
   */
  readonly read: (given: readonly string[], name: string) => T;
}

export interface ArgumentDefinition {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  readonly repeats: boolean;
  readonly completes?: CompletesTo;
}

export type Options = Readonly<Record<string, OptionDefinition>>;
/** What the options of a command line come to. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends OptionDefinition<infer T> ? T : never;
};

interface Given<O extends Options> {
  readonly words: readonly string[];
  readonly options: Values<O>;
}

type CommandGroup = "memories" | "vault" | "keys and clients" | "set-up";

export interface CommandDefinition<O extends Options = Options> {
  /** One or two words: `search`, `key add`. */
  readonly name: string;
  readonly group: CommandGroup;
  readonly summary: string;
  /** Sentences for the command's own help, one a paragraph. */
  readonly details?: readonly string[];
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: O;
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** It may ask for a passphrase or a key: nothing typed is shown from its start. */
  readonly asksSecrets?: true;
  /** @returns the exit code; nothing means 0 */
  readonly run: (given: Given<O>, context: Context) => Promise<number | void>;
}

/** A definition whose option types are checked; the registry holds them all as one type. */
export function command<const O extends Options>(definition: CommandDefinition<O>): CommandDefinition {
  return definition as unknown as CommandDefinition;
}

/** `noInput` is `--no-input`. */
export function longName(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function flag(summary: string, short?: string): OptionDefinition<boolean> {
  return { summary, ...(short !== undefined && { short }), read: (given) => given.length > 0 };
}

export interface ValueTraits {
  readonly short?: string;
  readonly completes?: CompletesTo;
}

export function text(
  placeholder: string,
  summary: string,
  traits: ValueTraits = {},
): OptionDefinition<string | undefined> {
  return { placeholder, summary, ...traits, read: onlyOne };
}

export function texts(
  placeholder: string,
  summary: string,
  traits: ValueTraits = {},
): OptionDefinition<string[]> {
  return {
    placeholder,
    summary,
    repeats: true,
    ...traits,
    read: (given, name) => {
      if (given.includes("")) throw new KeepsakeError("USAGE", `${name} must not be empty`);
      return [...given];
    },
  };
}

export function integer(
  placeholder: string,
  summary: string,
  range: { readonly min: number; readonly max: number },
): OptionDefinition<number | undefined> {
  return {
    placeholder,
    summary: `${summary} (${range.min} to ${range.max})`,
    read: (given, name) => {
      const value = onlyOne(given, name);
      if (value === undefined) return undefined;
      const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
      if (!(number >= range.min && number <= range.max)) {
        throw new KeepsakeError("USAGE", `${name} takes a whole number from ${range.min} to ${range.max}`);
      }
      return number;
    },
  };
}

export function choice<const C extends readonly string[]>(
  choices: C,
  summary: string,
): OptionDefinition<C[number] | undefined> {
  return {
    placeholder: choices.join("|"),
    summary,
    completes: choices,
    read: (given, name) => {
      const value = onlyOne(given, name);
      if (value === undefined || choices.includes(value)) return value;
      throw notOneOfError(`${name} takes ${choices.join(" or ")}`, value, choices);
    },
  };
}

function onlyOne(given: readonly string[], name: string): string | undefined {
  if (given.length > 1) throw new KeepsakeError("USAGE", `${name} is given more than once`);
  if (given[0] === "") throw new KeepsakeError("USAGE", `${name} must not be empty`);
  return given[0];
}

function argument(required: boolean, repeats: boolean) {
  return (name: string, summary: string, completes?: CompletesTo): ArgumentDefinition => ({
    name,
    summary,
    required,
    repeats,
    ...(completes !== undefined && { completes }),
  });
}

/** At most once. */
export const maybe = argument(false, false);
/** An argument that must be there, once. */
export const one = argument(true, false);
/** One or more. */
export const some = argument(true, true);
/** Any number. */
export const any = argument(false, true);
export const optional = argument(false, false);

/** How many words of options that every command takes come first. */
export function startOfCommand(argv: readonly string[], commonOptions: Options): number {
  const common = new Set(Object.keys(commonOptions).map(longName));
  const start = argv.findIndex((word) => !common.has(word));
  return start === -1 ? argv.length : start;
}
