/** Where results and everything else are written, and what is known of the terminal behind them. */
import type { Screen, Sink } from "../context.ts";
import { COLOUR_STYLE, PLAIN_STYLE, wantsColour } from "./style.ts";

interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string | Uint8Array): unknown;
}

const MIN_WIDTH = 40;
/** Longer lines of prose are hard to read. */
const MAX_WIDTH = 100;
const UNKNOWN_WIDTH = 80;

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
  return {
    isTerminal,
    style: wantsColour(isTerminal, environment) ? COLOUR_STYLE : PLAIN_STYLE,
    write: (text) => {
      stream.write(text);
    },
  };
}
