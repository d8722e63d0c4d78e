/** The parts of the ranking, each as the weights that take it away. */
import { DEFAULT_WEIGHTS, PLAIN_WEIGHTS } from "../../src/search/weights.ts";
import type { Weights } from "../../src/search/weights.ts";

export const FULL = DEFAULT_WEIGHTS;
export const PLAIN = PLAIN_WEIGHTS;

const ABSENT: readonly (readonly [part: string, without: Partial<Weights>])[] = [
  [
    "neighbours",
    { nextAfterQuestion: 0, nextByOther: 0, nextBySame: 0, before: 0, answerOfAssistant: 0, request: 0 },
  ],
  ["an answer's question", { nextAfterQuestion: DEFAULT_WEIGHTS.nextByOther }],
  ["the request of an assistant's answer", { answerOfAssistant: 0, request: 0 }],
  ["its share of the whole request", { request: 0 }],
  ["the session as a document", { session: 0 }],
  ["the speaker who is named", { speaker: 0 }],
  ["what is asked of the person", { person: 0, said: 0 }],
  ["causes and cures", { explains: 0 }],
  ["what brief turns lose", { brief: 0 }],
  ["dates", { date: 0, dateWord: 1 }],
  ["“when”", { timeAsked: 0 }],
  ["“now”", { older: 0 }],
  ["weights of cue words", { requestWord: 1, vagueWord: 1, lightWord: 1 }],
  ["words of like meaning", { likeWord: 0 }],
  ["replacement of unknown terms", { replacement: 0 }],
  ["phrases", { phrase: 0 }],
  ["k1 and b of long turns", { termSaturation: 0.9, lengthShare: 0.6 }],
  ["collapse of near-copies", { copyLikeness: 0 }],
  ["the least a match counts", { minMatch: 0 }],
  ["the floor", { floor: 0 }],
];

/** The full ranking without one part each. */
export const ABLATIONS: readonly (readonly [part: string, weights: Weights])[] = ABSENT.map(
  ([part, without]) => [part, { ...DEFAULT_WEIGHTS, ...without }] as const,
);
