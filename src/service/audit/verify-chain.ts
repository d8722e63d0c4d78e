/**
 * Whether the chain is what was written: every entry there is, in its place, with the hash of the one before, up to the
 * newest that the mark names. What is wrong is named by sequence numbers.
 */
import { attempt } from "../../base/attempt.ts";
import { equalBytes } from "../../base/bytes.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { OpenVault } from "../../vault/vault.ts";
import type { AuditChain } from "./audit-chain.ts";
import type { Link, Mark } from "./audit-chunk.ts";
import { chunkId, linkHash } from "./audit-chunk.ts";
import { decodeEntry } from "./audit-entry.ts";
import { LOST_MARK } from "./find-tail.ts";

type Problem = Result<"audit.verify">["problems"][number];

export interface Checked {
  readonly entries: number;
  readonly problems: readonly Problem[];
}

/** @throws what `signal` was aborted with */
export async function verifyChain(
  chain: AuditChain,
  vault: OpenVault,
  { signal, progress }: { signal: AbortSignal; progress: (done: number, total: number) => void },
): Promise<Checked> {
  const { mark } = chain;
  const walk = new Walk(vault, mark);
  if (mark.sequence === mark.dropped.sequence) return walk.end();
  for await (const { number, chunk } of chain.chunks(mark.firstChunk, mark.lastChunk, signal)) {
    if (chunk === undefined) walk.gap(isUnreadable(vault, number) ? "changed" : "removed");
    for (const link of chunk?.links ?? []) walk.step(link);
    progress(number - mark.firstChunk + 1, mark.lastChunk - mark.firstChunk + 1);
  }
  return walk.end();
}

/** There is something in the chunk's place, which is not what was written. */
function isUnreadable(vault: OpenVault, number: number): boolean {
  const id = chunkId(vault, number);
  return vault.has("audit", id) && !vault.lacks("audit", id);
}

/** Goes through the entries in the order in which they are stored. */
class Walk {
  readonly #vault: OpenVault;
  readonly #mark: Mark;
  readonly #problems: Problem[] = [];
  /** Of the entry with the highest sequence number so far. */
  #last: { readonly sequence: number; readonly hash: Uint8Array };
  #gapKind: Problem["kind"] = "removed";
  #entries = 0;

  constructor(vault: OpenVault, mark: Mark) {
    this.#vault = vault;
    this.#mark = mark;
    this.#last = mark.dropped;
  }

  /** What is missing from here to the next entry is missing for this reason. */
  gap(kind: "changed" | "removed"): void {
    this.#gapKind = kind;
  }

  step(link: Link): void {
    const { sequence } = link;
    this.#entries += 1;
    if (sequence <= this.#last.sequence) return this.#turnedUp(sequence);
    if (sequence > this.#last.sequence + 1) {
      this.#problems.push({ kind: this.#gapKind, from: this.#last.sequence + 1, to: sequence - 1 });
    } else if (!equalBytes(link.previous, this.#last.hash)) this.#changed(this.#last.sequence);
    const entry = attempt(() => decodeEntry(link.entry));
    if (entry === undefined) this.#changed(sequence);
    // The end of the chain was lost before this one: nothing tells whether it was the end.
    if (entry?.method === LOST_MARK) this.#problems.push({ kind: "truncated", from: sequence, to: sequence });
    this.#last = { sequence, hash: linkHash(this.#vault, link) };
    this.#gapKind = "removed";
  }

  end(): Checked {
    const { sequence, hash } = this.#mark;
    if (this.#last.sequence < sequence) {
      const kind = this.#gapKind === "changed" ? "changed" : "truncated";
      this.#problems.push({ kind, from: this.#last.sequence + 1, to: sequence });
    } else if (this.#last.sequence > sequence) this.#changed(sequence + 1, this.#last.sequence);
    else if (!equalBytes(this.#last.hash, hash)) this.#changed(sequence);
    return { entries: this.#entries, problems: this.#problems };
  }

  /** The entry before the first one is gone by right: when it does not fit, the first one is what was changed. */
  #changed(from: number, to = from): void {
    const first = this.#mark.dropped.sequence + 1;
    const known = this.#problems.at(-1);
    if (known?.kind === "changed" && known.to >= from) return;
    this.#problems.push({ kind: "changed", from: Math.max(first, from), to: Math.max(first, to) });
  }

  /** An entry that stands behind a later one: it was not removed. */
  #turnedUp(sequence: number): void {
    const place = this.#problems.findIndex(
      ({ kind, from, to }) => kind === "removed" && from <= sequence && sequence <= to,
    );
    const gap = this.#problems[place];
    const found: Problem = { kind: "reordered", from: sequence, to: sequence };
    if (gap === undefined) {
      this.#problems.push(found);
      return;
    }
    const left: Problem[] = [
      { ...gap, to: sequence - 1 },
      { ...gap, from: sequence + 1 },
    ].filter(({ from, to }) => from <= to);
    this.#problems.splice(place, 1, ...left, found);
  }
}
