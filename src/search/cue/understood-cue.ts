/** What is understood of a cue. */
import type { DateSpan } from "./cue-dates.ts";

export interface Cue {
  /** Terms in order, repeated as often as they occur. */
  readonly sequence: readonly string[];
  /** Each term once, with how much it counts; of a cue of nothing but stop words their marks. */
  readonly weights: ReadonlyMap<string, number>;
  /** Other marks that count as much as the one they stand for. */
  readonly marks: ReadonlyMap<string, readonly string[]>;
  /** Folded words, each once: what the name of a speaker is compared with. */
  readonly words: ReadonlySet<string>;
  readonly asksWhen: boolean;
  /** What the person is, has or did: "which car did I buy". */
  readonly asksPerson: boolean;
  /** What the person said or wanted: "what did I say about mocks". */
  readonly asksWhatISaid: boolean;
  /** Why something was so, or how it was mended. */
  readonly asksCause: boolean;
  /** What holds now, and not what was said first. */
  readonly asksLatest: boolean;
  readonly dates: readonly DateSpan[];
}
