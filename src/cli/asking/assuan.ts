/**
 * One side of an Assuan connection: a command at a time, answered by `OK` or `ERR <code>`, with `D <bytes>` lines before it in
 * which `%`, CR and LF are percent-encoded. Data is taken as bytes and every buffer it was in is wiped.
 * Source: libassuan manual, "Server responses".
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { Secret } from "../../base/secret.ts";

const LF = 0x0a;
const PERCENT = 0x25;
/** A line of the protocol is at most 1,000 bytes; some room for programs that do not count. */
const MAX_LINE_BYTES = 16 << 10;
/** libgpg-error keeps the code in the low 16 bits, behind the source. */
const CODE_MASK = 0xffff;

/** The other side's refusal. */
export class AssuanError extends Error {
  readonly errorCode: number;

  constructor(errorCode: number) {
    super(`refused with error ${errorCode}`);
    this.errorCode = errorCode;
  }
}

export class AssuanConversation {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncGenerator<Buffer, void>;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = lines(child);
    child.stderr.resume();
    // A program that ends early breaks the pipe; the missing answer is the error that counts.
    child.stdin.on("error", () => {});
  }

  /** @returns the data of the answer, often empty; the caller wipes it. @throws AssuanError, NO_INPUT when it ended */
  command(line: string): Promise<Secret> {
    this.#child.stdin.write(`${line}\n`);
    return this.reply();
  }

  /** Takes the next answer, such as the greeting. */
  async reply(): Promise<Secret> {
    const held = Buffer.alloc(LIMITS.secretFrameBytes);
    let length = 0;
    try {
      for (;;) {
        const { value: line } = await this.#lines.next();
        if (line === undefined)
          throw new KeepsakeError("NO_INPUT", "the pinentry program ended without an answer");
        const keyword = line.toString("latin1", 0, 4);
        if (keyword.startsWith("OK")) return new Secret(new Uint8Array(held.subarray(0, length)));
        if (keyword.startsWith("ERR")) throw new AssuanError(errorCodeOf(line));
        if (keyword.startsWith("D ")) length = appendDecoded(held, length, line.subarray(2));
        line.fill(0);
      }
    } finally {
      held.fill(0);
    }
  }

  end(): void {
    this.#child.stdin.end("BYE\n");
    void this.#lines.return();
    this.#child.kill();
  }
}

async function* lines(child: ChildProcessWithoutNullStreams): AsyncGenerator<Buffer, void> {
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", (cause) =>
      reject(new KeepsakeError("NO_INPUT", "pinentry could not be run", { cause })),
    );
  });
  failed.catch(() => {});
  const held = Buffer.alloc(MAX_LINE_BYTES);
  let length = 0;
  const chunks = (child.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value: chunk, done } = await Promise.race([chunks.next(), failed]);
      if (done === true) return;
      for (const byte of chunk) {
        if (byte !== LF) {
          if (length === MAX_LINE_BYTES)
            throw new KeepsakeError("NO_INPUT", "pinentry does not speak Assuan");
          held[length++] = byte;
          continue;
        }
        const line = Buffer.from(held.subarray(0, length));
        held.fill(0, 0, length);
        length = 0;
        yield line;
      }
      chunk.fill(0);
    }
  } finally {
    held.fill(0);
  }
}

function errorCodeOf(line: Buffer): number {
  const code = /^ERR (\d{1,10})/.exec(line.toString("latin1"))?.[1];
  return code === undefined ? 1 : Number(code) & CODE_MASK;
}

/** Percent-decodes `data` behind what `held` has. @returns the new length */
function appendDecoded(held: Buffer, start: number, data: Uint8Array): number {
  let length = start;
  for (let index = 0; index < data.length; index += 1) {
    if (length === held.length)
      throw new KeepsakeError("USAGE", `the secret is longer than ${held.length} bytes`);
    const byte = data[index] ?? 0;
    if (byte === PERCENT && index + 2 < data.length) {
      held[length++] = (hexDigit(data[index + 1]) << 4) | hexDigit(data[index + 2]);
      index += 2;
    } else {
      held[length++] = byte;
    }
  }
  return length;
}

function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 0;
}
