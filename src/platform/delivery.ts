/**
 * Whether what was written to a stream has arrived. A full disk, a closed descriptor and a reader that is gone are told behind the
 * write, and to nobody who does not wait for it.
 */
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";

const READER_GONE = "EPIPE";

export interface WritableOutput {
  /** @param done - called once it was written, or could not be */
  write(text: string | Uint8Array, done: (error?: Error | null) => void): unknown;
}

export class Delivery {
  readonly #stream: WritableOutput;
  readonly #writes: Promise<void>[] = [];
  #failure: { readonly errno: string | undefined } | undefined;

  constructor(stream: WritableOutput) {
    this.#stream = stream;
  }

  /** Nothing more is written once something could not be. */
  write(text: string | Uint8Array): void {
    if (this.#failure !== undefined) return;
    const written = new Promise<void>((resolve) => {
      this.#stream.write(text, (error) => {
        if (error) this.#failure ??= { errno: systemErrorCode(error) };
        resolve();
      });
    });
    this.#writes.push(written);
  }

  /**
   * Waits for all writes.
   *
   * @param isNeeded - whether a reader that has gone is a failure, too
   * @throws WRITE_FAILED
   */
  async end(isNeeded = false): Promise<void> {
    await Promise.all(this.#writes);
    if (this.#failure === undefined) return;
    const { errno } = this.#failure;
    if (errno === READER_GONE && !isNeeded) return;
    throw unwrittenError(errno);
  }
}

/** What a failed write to standard output is for whoever started the process; `undefined` where its reader has gone. */
export function outputError(cause: unknown): KeepsakeError | undefined {
  const errno = systemErrorCode(cause);
  return errno === READER_GONE ? undefined : unwrittenError(errno);
}

function unwrittenError(errno: string | undefined): KeepsakeError {
  return new KeepsakeError(
    "WRITE_FAILED",
    `the result could not be written to standard output (${errno ?? "unknown reason"})`,
    {
      hint: "look at where its output goes; what the command changed is changed all the same",
    },
  );
}
