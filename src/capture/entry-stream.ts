/**
 * Lines on their way to the daemon: entries or lines of our own export, packed into stream bodies. The daemon pulls; what it
 * has not asked for is not read, so memory stays bounded whatever the file's size.
 */
/** A body is sent once it is at least this long; one line more may follow, far below the cap of a frame. */
const BODY_BYTES = 128 << 10;

/** A line to send and where it came from, for telling the user about lines that the daemon rejects. */
export interface OutgoingLine {
  readonly json: string;
  readonly file: number;
  /** From 1: the file's line where each of its lines is a memory, elsewhere which of its memories it is. */
  readonly line: number;
  /** It is no memory. */
  readonly isMark?: boolean;
}

/** Remembers which line of which file each sent line was, in runs of consecutive lines. */
export class LineOrigins {
  readonly #runs: { readonly sent: number; readonly file: number; readonly line: number }[] = [];
  #sent = 0;

  add({ file, line }: OutgoingLine): void {
    this.#sent += 1;
    const last = this.#runs.at(-1);
    const continues = last?.file === file && line - last.line === this.#sent - last.sent;
    if (!continues) this.#runs.push({ sent: this.#sent, file, line });
  }

  /** @param sent - number of a sent line, from 1 */
  find(sent: number): { readonly file: number; readonly line: number } | undefined {
    const run = this.#runs.findLast((candidate) => candidate.sent <= sent);
    return run === undefined ? undefined : { file: run.file, line: run.line + sent - run.sent };
  }
}

export async function* packLines(
  lines: AsyncIterable<OutgoingLine>,
  origins: LineOrigins,
): AsyncGenerator<Uint8Array> {
  let parts: Buffer[] = [];
  let held = 0;
  for await (const line of lines) {
    origins.add(line);
    const bytes = Buffer.from(`${line.json}\n`);
    parts.push(bytes);
    held += bytes.length;
    if (held >= BODY_BYTES) {
      yield Buffer.concat(parts);
      parts = [];
      held = 0;
    }
  }
  if (held > 0) yield Buffer.concat(parts);
}
