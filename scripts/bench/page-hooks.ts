/** The section of `docs/benchmarks.md` on hooks and on what they leave in the inbox. */
import { DRAINED_TURNS } from "./hook-figures.ts";
import type { HookFigures } from "./hook-figures.ts";
import type { SizeFigures } from "./size-figures.ts";
import { formatAgainst, formatMs, formatPair, formatRatio, table } from "./statistics.ts";

export function hookSection(sizes: readonly SizeFigures[]): string {
  const row = (name: string, value: (hooks: HookFigures) => string) => [
    name,
    ...sizes.map(({ daemon }) => value(daemon.hooks)),
  ];
  const turns = DRAINED_TURNS.toLocaleString("en");
  const perTurn = (ms: number) => `${formatMs(ms)}, ${formatMs(ms / DRAINED_TURNS)} a turn`;
  return `## Hooks

\`keepsake hook claude-code <event>\` as the host runs it, from its start to its end, beside a Node process that does nothing and is
started, fed and heard out the same way, in turns with the hooks of its row (their floor, in brackets). Hooks say nothing when they fail, so
what they brought is counted. "No daemon": something else is at the socket, which a hook sees at once, and seals the turn itself; of a daemon
that hangs it waits 900 ms for the hello first. The hand-over of a session's end is measured until the host is free; its work goes on.

${table(
  ["", ...sizes.map(({ size }) => `${size.toLocaleString("en")} memories`)],
  [
    row("a Node process that does nothing", ({ open }) => formatPair(open.emptyNode)),
    row("`SessionStart`, with the brief", ({ open }) => formatAgainst(open.sessionStart, open.emptyNode)),
    row(
      "sessions told their brief within its 2 s",
      ({ briefs, open }) => `${briefs} of ${open.sessionStart.samples}`,
    ),
    row("`UserPromptSubmit`, the vault open", ({ open }) => formatAgainst(open.prompt, open.emptyNode)),
    row("`UserPromptSubmit`, the vault sealed", ({ sealed }) =>
      formatAgainst(sealed.prompt, sealed.emptyNode),
    ),
    row("`UserPromptSubmit`, no daemon: sealed alone", ({ alone }) =>
      formatAgainst(alone.prompt, alone.emptyNode),
    ),
    row("`UserPromptSubmit`, a daemon that hangs: sealed alone", ({ hanging }) =>
      formatAgainst(hanging.prompt, hanging.emptyNode),
    ),
    row("`SessionEnd`, handed over", ({ sessionEnd, open }) => formatAgainst(sessionEnd, open.emptyNode)),
  ],
)}

${turns} turns of the talk, a prompt and its answer a request. Draining is what an unlock takes longer than one with an empty inbox. Its floor is as
many other turns captured while the vault is open: the same rules, seals, index and syncs, without the way through the inbox.

${table(
  ["", ...sizes.map(({ size }) => `${size.toLocaleString("en")} memories`)],
  [
    row(`capture ${turns} turns, the vault open`, ({ drain }) => perTurn(drain.capturedOpenMs)),
    row(
      "the same, the vault sealed (floor: open)",
      ({ drain }) =>
        `${perTurn(drain.capturedSealedMs)} (${formatRatio(drain.capturedSealedMs, drain.capturedOpenMs)})`,
    ),
    row(
      "drain them at the unlock (floor: captured open)",
      ({ drain }) => `${perTurn(drain.drainMs)} (${formatRatio(drain.drainMs, drain.capturedOpenMs)})`,
    ),
  ],
)}`;
}
