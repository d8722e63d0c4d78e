/**
 * A terminal that shows nothing of what is typed while no question is asked yet: between the start of a command that will ask
 * for a passphrase and its question, a quick hand has already typed it.
 */
import type { TerminalInput } from "./secret-line.ts";

const CTRL_C = 0x03;

export class QuietTerminal {
  readonly #input: TerminalInput;
  readonly #held: Buffer[] = [];
  readonly #onData: (chunk: Buffer) => void;

  constructor(input: TerminalInput, onInterrupt: () => void) {
    this.#input = input;
    this.#onData = (chunk) => {
      if (chunk.includes(CTRL_C)) onInterrupt();
      this.#held.push(chunk);
    };
    input.on("data", this.#onData);
    input.setRawMode(true);
    input.resume();
  }

  /** @param keepsTyped - gives what was typed back to the input, for the question that follows; else it is wiped */
  release(keepsTyped: boolean): void {
    this.#input.off("data", this.#onData);
    this.#input.setRawMode(false);
    this.#input.pause();
    const typed = Buffer.concat(this.#held);
    for (const chunk of this.#held) chunk.fill(0);
    if (keepsTyped && typed.length > 0) this.#input.unshift(typed);
    else typed.fill(0);
  }
}
