/** Everything measured at one number of memories, and how one size is taken from many. */
import type { SearchFigures } from "../bench-search/search-figures.ts";
import type { DaemonFigures } from "./daemon-figures.ts";
import type { PeerFigures } from "./peer-memory.ts";

export interface SizeFigures {
  /** Memories. */
  readonly size: number;
  readonly daemon: DaemonFigures;
  readonly search: SearchFigures;
  /** Of the reference memory server; not measured where it takes minutes. */
  readonly peer: PeerFigures | undefined;
}

export type Phase = keyof DaemonFigures["stalls"];

export const PHASES: readonly (readonly [phase: Phase, meanwhile: string])[] = [
  ["import", "an import"],
  ["search", "searches, one after the other"],
  ["unlock", "an unlock and its loading of the index"],
  ["verify", "a verification of everything"],
  ["purge", "a purge (everything re-sealed)"],
];

/** The phase of the longest wait. */
export function worstStall({ daemon }: SizeFigures): { readonly meanwhile: string; readonly ms: number } {
  return PHASES.map(([phase, meanwhile]) => ({ meanwhile, ms: daemon.stalls[phase].daemon.max })).reduce(
    (worst, one) => (one.ms > worst.ms ? one : worst),
  );
}
