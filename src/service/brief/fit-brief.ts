/**
 * The lines of a brief: as many of its items as the frame around them leaves room for, in a fixed order. Each section may take
 * its share and what others leave; what has no room is counted in the last line.
 */
import { framed } from "../../base/stored-text.ts";
import { counted } from "../../base/shown-values.ts";
import type { BriefSection, BriefSize } from "../../protocol/methods/memory-read-methods.ts";
import { shareRoom } from "../memories/share-room.ts";

export interface BriefItem {
  /** Safe to show, without a line end. */
  readonly line: string;
  readonly id?: string;
  readonly session?: string;
}

export interface BriefPart {
  readonly section: BriefSection;
  /** What may be shown, the first before all others. */
  readonly items: readonly BriefItem[];
  /** How many there are, with those that are not among `items`. */
  readonly total: number;
}

interface ShownItem extends Omit<BriefItem, "line"> {
  /** Its place among the lines, from 0. */
  readonly line: number;
  readonly section: BriefSection;
}

export interface FittedBrief {
  readonly lines: readonly string[];
  readonly shown: readonly ShownItem[];
  /** How many of each section have no room, or come behind the newest, which alone a brief shows. */
  readonly left: readonly {
    readonly why: "no room" | "earlier";
    readonly section: BriefSection;
    readonly count: number;
  }[];
}

/** What a brief may cost with its frame, at four characters a token. */
const MAX_TOKENS: Readonly<Record<BriefSize, number>> = { full: 800, short: 250 };
const CHARACTERS_PER_TOKEN = 4;
const MARK_CHARACTERS = 12;
const FRAME_CHARACTERS = framed([], "0".repeat(MARK_CHARACTERS)).length;

const SECTIONS: Readonly<Record<BriefSection, { readonly title: string; readonly weight: number }>> = {
  pinned: { title: "Pinned notes:", weight: 5 },
  decisions: { title: "Decisions:", weight: 3 },
  notes: { title: "Notes:", weight: 2 },
  sessions: { title: "Last sessions:", weight: 3 },
  general: { title: "Notes of no project:", weight: 1 },
};

export function fitBrief(parts: readonly BriefPart[], size: BriefSize): FittedBrief {
  const room = MAX_TOKENS[size] * CHARACTERS_PER_TOKEN - FRAME_CHARACTERS;
  const whole = countsThatFit(parts, room);
  if (parts.every(({ total }, place) => whole[place] === total)) return render(parts, whole);
  const none = parts.map(() => 0);
  return render(parts, countsThatFit(parts, room - costOf(restLine(parts, none))));
}

/** How many items of each part fit: first within its share, then in what is left over. */
function countsThatFit(parts: readonly BriefPart[], room: number): readonly number[] {
  const costs = parts.map(({ section, items }) =>
    items.map(({ line }, nth) => costOf(line) + (nth === 0 ? costOf(SECTIONS[section].title) : 0)),
  );
  const wanted = costs.map((each) => each.reduce((sum, cost) => sum + cost, 0));
  const weights = parts.map(({ section }) => SECTIONS[section].weight);
  const shares = shareRoom(wanted, weights, room);
  const counts = parts.map(() => 0);
  let left = room;
  for (const share of [(place: number) => shares[place] ?? 0, () => room]) {
    for (const place of parts.keys()) {
      let free = share(place);
      for (;;) {
        const cost = costs[place]?.[counts[place] ?? 0] ?? Infinity;
        if (cost > Math.min(free, left)) break;
        counts[place] = (counts[place] ?? 0) + 1;
        free -= cost;
        left -= cost;
      }
    }
  }
  return counts;
}

function render(parts: readonly BriefPart[], counts: readonly number[]): FittedBrief {
  const lines: string[] = [];
  const shown: ShownItem[] = [];
  for (const [place, { section, items }] of parts.entries()) {
    const taken = items.slice(0, counts[place]);
    if (taken.length > 0) lines.push(SECTIONS[section].title);
    for (const { line, ...item } of taken) {
      shown.push({ line: lines.length, section, ...item });
      lines.push(line);
    }
  }
  const left = leftOf(parts, counts);
  if (left.length > 0) lines.push(restLine(parts, counts));
  return { lines, shown, left };
}

function leftOf(parts: readonly BriefPart[], counts: readonly number[]): FittedBrief["left"] {
  const left = parts.flatMap(({ section, items, total }, place) => [
    { why: "no room" as const, section, count: items.length - (counts[place] ?? 0) },
    { why: "earlier" as const, section, count: total - items.length },
  ]);
  return left.filter(({ count }) => count > 0);
}

/** What is not there and how to get it, for a model and for a person; no longer with larger counts of what is shown. */
function restLine(parts: readonly BriefPart[], counts: readonly number[]): string {
  const left = leftOf(parts, counts);
  const kinds = [
    { name: "note", command: "keepsake recent", isOf: (section: BriefSection) => section !== "sessions" },
    {
      name: "session",
      command: "keepsake sessions",
      isOf: (section: BriefSection) => section === "sessions",
    },
  ].map(({ isOf, ...kind }) => ({ ...kind, left: left.filter(({ section }) => isOf(section)) }));
  const countsOf = (reason: FittedBrief["left"][number]["why"], before = "") =>
    kinds.flatMap(({ name, left: ofKind }) => {
      const count = ofKind.reduce((sum, each) => sum + (each.why === reason ? each.count : 0), 0);
      return count === 0 ? [] : [counted(count, `${before}${name}`)];
    });
  const [crowded, earlier] = [countsOf("no room"), countsOf("earlier", "earlier ")];
  const more = crowded.length === 0 ? earlier : [`No room for ${crowded.join(" and ")}`, ...earlier];
  const commands = kinds.flatMap(({ command, left: ofKind }) => (ofKind.length === 0 ? [] : [command]));
  return `${more.join(", ")}: memory_search and memory_recent find them; in a terminal, ${commands.join(" and ")}.`;
}

/** With the line end before it. */
function costOf(line: string): number {
  return line.length + 1;
}
