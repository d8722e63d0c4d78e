/** The styles of a terminal with colours and of one without. */
import type { Style } from "../context.ts";

const PLAIN = (text: string): string => text;

export const PLAIN_STYLE: Style = {
  bold: PLAIN,
  dim: PLAIN,
  accent: PLAIN,
  good: PLAIN,
  warn: PLAIN,
  bad: PLAIN,
};

export const COLOUR_STYLE: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  accent: sgr(36, 39),
  good: sgr(32, 39),
  warn: sgr(33, 39),
  bad: sgr(31, 39),
};

/** https://no-color.org: any value but an empty one; a dumb terminal has no colours either. */
export function wantsColour(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTerminal && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
}

function sgr(on: number, off: number): (text: string) => string {
  return (text) => (text === "" ? "" : `\u001B[${on}m${text}\u001B[${off}m`);
}
