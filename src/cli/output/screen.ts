/** Where results and everything else are written, and what is known of the terminal behind them. */
import type { Screen, Sink, Style } from "../context.ts";
import type { WritableOutput } from "../../platform/delivery.ts";
import { Delivery } from "../../platform/delivery.ts";

interface OutputStream extends WritableOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const MIN_WIDTH = 40;
/** Longer lines of prose are hard to read. */
const MAX_WIDTH = 100;
const UNKNOWN_WIDTH = 80;

const PLAIN = (text: string): string => text;

export const PLAIN_STYLE: Style = {
  bold: PLAIN,
  dim: PLAIN,
  accent: PLAIN,
  good: PLAIN,
  warn: PLAIN,
  bad: PLAIN,
};

const COLOUR_STYLE: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  accent: sgr(36, 39),
  good: sgr(32, 39),
  warn: sgr(33, 39),
  bad: sgr(31, 39),
};

export function createScreen(
  stdout: OutputStream,
  stderr: OutputStream,
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const columns = stdout.columns ?? stderr.columns ?? UNKNOWN_WIDTH;
  const out = sink(stdout, environment);
  return {
    out,
    err: sink(stderr, environment),
    width: Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns)),
    lineWidth: out.isTerminal ? Math.max(MIN_WIDTH, columns) : Infinity,
  };
}

function sink(stream: OutputStream, environment: Readonly<Record<string, string | undefined>>): Sink {
  const isTerminal = stream.isTTY === true;
  const delivery = new Delivery(stream);
  return {
    isTerminal,
    style: wantsColour(isTerminal, environment) ? COLOUR_STYLE : PLAIN_STYLE,
    write: (text) => {
      delivery.write(text);
    },
    delivered: (isNeeded) => delivery.end(isNeeded),
  };
}

/** https://no-color.org: any value but an empty one; a dumb terminal has no colours either. */
function wantsColour(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTerminal && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
}

function sgr(on: number, off: number): (text: string) => string {
  return (text) => (text === "" ? "" : `\u001B[${on}m${text}\u001B[${off}m`);
}
