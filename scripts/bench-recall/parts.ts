/** The parts of the ranking, each as the weights that take it away. */
import { DEFAULT_WEIGHTS, PLAIN_WEIGHTS } from "../../src/search/weights.ts";
import type { Weights } from "../../src/search/weights.ts";

export const FULL = DEFAULT_WEIGHTS;
export const PLAIN = PLAIN_WEIGHTS;

const ABSENT: readonly (readonly [part: string, without: Partial<Weights>])[] = [
  [
    "neighbours",
    {
      nextAfterQuestion: 0,
      nextByOther: 0,
      nextBySame: 0,
      before: 0,
      replyToAssistant: 0,
      answerOfAssistant: 0,
    },
  ],
  ["an answer's question", { nextAfterQuestion: DEFAULT_WEIGHTS.nextByOther }],
  ["the session as a document", { session: 0 }],
  ["the speaker who is named", { speaker: 0 }],
  ["assistant demotion", { assistant: 1 }],
  ["dates", { date: 0, dateWord: 1 }],
  ["“when”", { timeAsked: 0, timeTold: 0 }],
  ["first person", { firstPerson: 0 }],
  ["weights of cue words", { requestWord: 1, vagueWord: 1 }],
  ["replacement of unknown terms", { replacement: 0 }],
  ["phrases", { phrase: 0 }],
  ["collapse of near-copies", { copyLikeness: 0 }],
  ["the least a match counts", { matchLeast: 0 }],
  ["the floor", { floor: 0 }],
];

/** The full ranking without one part each. */
export const ABLATIONS: readonly (readonly [part: string, weights: Weights])[] = ABSENT.map(
  ([part, without]) => [part, { ...DEFAULT_WEIGHTS, ...without }] as const,
);
