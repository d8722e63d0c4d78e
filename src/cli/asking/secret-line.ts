/**
 * Reads one secret line from a terminal without echo, as bytes: in raw mode nothing is shown and no string is made. What
 * was typed is held in one buffer that grows by being copied and wiped.
 *
 * Understood: Enter, Backspace, Ctrl-U (start over), Ctrl-C and Ctrl-D on an empty line (give up), Esc (no); the marks of a
 * bracketed paste and other escape sequences are left out. An Esc that nothing follows for a moment is none of a sequence.
 */
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { Secret } from "../../base/secret.ts";
import { Declined } from "./agreement.ts";

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LF = 0x0a;
const CR = 0x0d;
const CTRL_U = 0x15;
const ESC = 0x1b;
const DELETE = 0x7f;
const CSI = 0x5b;
/** A terminal sends the rest of a sequence along. */
const ESCAPE_MS = 100;

export interface TerminalInput {
  setRawMode(isRaw: boolean): unknown;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  off(event: "data", listener: (chunk: Buffer) => void): unknown;
  once(event: "end" | "error", listener: () => void): unknown;
  off(event: "end" | "error", listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
  unshift(chunk: Buffer): unknown;
}

/**
 * Resolves with what was typed before Enter; the caller wipes it. What was typed ahead stays for the next reader.
 *
 * @throws INTERRUPTED on Ctrl-C, Ctrl-D or when the terminal goes away; Declined on Esc; USAGE when the line is over the cap
 */
export function readSecretLine(input: TerminalInput): Promise<Secret> {
  const line = new SecretLine();
  return new Promise<Secret>((resolve, reject) => {
    let escape: NodeJS.Timeout | undefined;
    const finish = (settle: () => void) => {
      clearTimeout(escape);
      input.off("data", onData);
      input.off("end", onEnd);
      input.off("error", onEnd);
      input.setRawMode(false);
      input.pause();
      settle();
    };
    const fail = (code: "INTERRUPTED" | "USAGE", message?: string) => {
      line.wipe();
      finish(() => reject(new KeepsakeError(code, message)));
    };
    const onEnd = () => fail("INTERRUPTED");
    const decline = () => {
      line.wipe();
      finish(() => reject(new Declined()));
    };
    const onData = (chunk: Buffer) => {
      clearTimeout(escape);
      const outcome = line.take(chunk);
      const ahead = outcome.is === "done" ? Buffer.from(chunk.subarray(outcome.used)) : undefined;
      chunk.fill(0);
      if (ahead !== undefined) {
        finish(() => resolve(line.secret()));
        if (ahead.length > 0) input.unshift(ahead);
      } else if (outcome.is === "given-up") {
        fail("INTERRUPTED");
      } else if (outcome.is === "too-long") {
        fail("USAGE", `the secret is longer than ${LIMITS.secretFrameBytes} bytes`);
      } else if (line.isEscaping) {
        escape = setTimeout(decline, ESCAPE_MS);
      }
    };
    input.on("data", onData);
    input.once("end", onEnd);
    input.once("error", onEnd);
    input.setRawMode(true);
    input.resume();
  });
}

type Outcome =
  | { readonly is: "more" | "given-up" | "too-long" }
  | { readonly is: "done"; /** Bytes of the chunk, Enter included. */ readonly used: number };

/** The line so far. */
class SecretLine {
  #bytes = Buffer.alloc(256);
  #length = 0;
  /** Where an escape sequence is: outside, behind ESC, inside its parameters. */
  #escape: "none" | "started" | "parameters" = "none";

  take(chunk: Uint8Array): Outcome {
    for (const [index, byte] of chunk.entries()) {
      if (this.#escape !== "none") {
        this.#continueEscape(byte);
        continue;
      }
      if (byte === CR || byte === LF) return { is: "done", used: index + 1 };
      if (byte === CTRL_C || (byte === CTRL_D && this.#length === 0)) return { is: "given-up" };
      if (byte === BACKSPACE || byte === DELETE) this.#removeLast();
      else if (byte === CTRL_U) this.#cut(0);
      else if (byte === ESC) this.#escape = "started";
      else if (byte >= 0x20) {
        if (this.#length === LIMITS.secretFrameBytes) return { is: "too-long" };
        this.#append(byte);
      }
    }
    return { is: "more" };
  }

  /** Whether the last byte was an Esc. */
  get isEscaping(): boolean {
    return this.#escape === "started";
  }

  /** Hands the bytes over; the line is empty afterwards. */
  secret(): Secret {
    const bytes = new Uint8Array(this.#bytes.subarray(0, this.#length));
    this.wipe();
    return new Secret(bytes);
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  #continueEscape(byte: number): void {
    if (this.#escape === "started") this.#escape = byte === CSI ? "parameters" : "none";
    else if (byte >= 0x40 && byte <= 0x7e) this.#escape = "none";
  }

  #append(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(larger);
      this.#bytes.fill(0);
      this.#bytes = larger;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /** Takes the last character back: its continuation bytes and its first byte. */
  #removeLast(): void {
    let start = this.#length - 1;
    while (start > 0 && ((this.#bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
    this.#cut(Math.max(0, start));
  }

  #cut(length: number): void {
    this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }
}
