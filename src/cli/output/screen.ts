/** Where results and everything else are written, and what is known of the terminal behind them. */
import { COLOUR_STYLE, PLAIN_STYLE, wantsColour } from "./style.ts";
import type { Style } from "./style.ts";

/** Results go to one, all else to the other. */
export interface Sink {
  readonly isTerminal: boolean;
  readonly style: Style;
  readonly write: (text: string | Uint8Array) => void;
}

export interface Screen {
  readonly out: Sink;
  readonly err: Sink;
  /** Columns to wrap prose at. */
  readonly width: number;
  /** Columns that a line of a table or a head may take: those of the terminal, and any number in a pipe. */
  readonly lineWidth: number;
}

interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string | Uint8Array): unknown;
}

const WIDTH_LEAST = 40;
/** Longer lines of prose are hard to read. */
const WIDTH_MOST = 100;
const WIDTH_UNKNOWN = 80;

export function createScreen(
  stdout: OutputStream,
  stderr: OutputStream,
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const columns = stdout.columns ?? stderr.columns ?? WIDTH_UNKNOWN;
  const out = sink(stdout, environment);
  return {
    out,
    err: sink(stderr, environment),
    width: Math.min(WIDTH_MOST, Math.max(WIDTH_LEAST, columns)),
    lineWidth: out.isTerminal ? Math.max(WIDTH_LEAST, columns) : Infinity,
  };
}

function sink(stream: OutputStream, environment: Readonly<Record<string, string | undefined>>): Sink {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    style: wantsColour(isTerminal, environment) ? COLOUR_STYLE : PLAIN_STYLE,
    write: (text) => {
      stream.write(text);
    },
  };
}
