/**
 * The weights of the ranking: every number that decides what comes first. The defaults were set on the development data
 * of `npm run bench:recall`; `docs/recall.md` shows what is lost without each part.
 */
export interface Weights {
  /** BM25: how fast more of the same term stops counting (k1), and how much the length of a turn counts (b). */
  readonly termSaturation: number;
  readonly lengthShare: number;
  /** What a term counts at least where it is found, so that a word of a very long note finds it (BM25's lower bound, Lv and Zhai 2011). */
  readonly matchLeast: number;
  /** Of what a turn matches, its neighbours are lent a share. The next turn by someone else, after a question. */
  readonly nextAfterQuestion: number;
  /** The next turn by someone else, after anything else. */
  readonly nextByOther: number;
  /** The next turn by the same speaker. */
  readonly nextBySame: number;
  /** The turn before. */
  readonly before: number;
  /** The user's reply to a question of the assistant. */
  readonly replyToAssistant: number;
  /** The assistant's answer to the user, when the cue asks what the assistant said. */
  readonly answerOfAssistant: number;
  /** The whole session as a document: its share, and its own k and b. */
  readonly session: number;
  readonly sessionSaturation: number;
  readonly sessionLengthShare: number;
  /** From here on in shares of the cue's whole idf. The one speaker the cue names. */
  readonly speaker: number;
  /** A turn that tells a time, when the cue asks when, and otherwise. */
  readonly timeAsked: number;
  readonly timeTold: number;
  /** A turn in the first person. */
  readonly firstPerson: number;
  /** A turn inside a date of the cue; outside it decays by e in so many days. */
  readonly date: number;
  readonly dateDecayDays: number;
  /** A note, and anything pinned: someone thought it worth keeping. */
  readonly note: number;
  readonly pinned: number;
  /** A factor on turns of the assistant, unless the cue asks for them. */
  readonly assistant: number;
  /** How much terms of a cue count that ask, are vague, or name a date. */
  readonly requestWord: number;
  readonly vagueWord: number;
  readonly dateWord: number;
  /** A stored term in place of one that nothing holds, times how alike they are; 0 for never. */
  readonly replacement: number;
  /** Two terms that follow each other in the cue and in the turn: a share of the smaller idf, half within three words. */
  readonly phrase: number;
  /** Memories that share so much of their terms are of a kind, and two of a kind stay in the first ten; 0 for never. */
  readonly copyLikeness: number;
  /** Share of the cue's idf a memory must match, by itself or its neighbours, to be an answer at all. */
  readonly floor: number;
  /** An answer whose best score is below this share of the cue's idf is weak. */
  readonly weak: number;
}

export const DEFAULT_WEIGHTS: Weights = {
  termSaturation: 0.9,
  lengthShare: 0.6,
  matchLeast: 0.25,
  nextAfterQuestion: 1,
  nextByOther: 0.2,
  nextBySame: 0.5,
  before: 0.3,
  replyToAssistant: 0.2,
  answerOfAssistant: 0.8,
  session: 0.3,
  sessionSaturation: 2,
  sessionLengthShare: 0.5,
  speaker: 0.4,
  timeAsked: 0.2,
  timeTold: 0.06,
  firstPerson: 0.05,
  date: 0.7,
  dateDecayDays: 5,
  note: 0.05,
  pinned: 0.05,
  assistant: 0.35,
  requestWord: 0.3,
  vagueWord: 0.5,
  dateWord: 0.5,
  replacement: 0.5,
  phrase: 0.5,
  copyLikeness: 0.6,
  floor: 0.1,
  weak: 0.97,
};

/**
 * BM25 and nothing else: what the rest is measured against.
 *
 * @public
 */
export const PLAIN_WEIGHTS: Weights = {
  ...DEFAULT_WEIGHTS,
  matchLeast: 0,
  nextAfterQuestion: 0,
  nextByOther: 0,
  nextBySame: 0,
  before: 0,
  replyToAssistant: 0,
  answerOfAssistant: 0,
  session: 0,
  speaker: 0,
  timeAsked: 0,
  timeTold: 0,
  firstPerson: 0,
  date: 0,
  note: 0,
  pinned: 0,
  assistant: 1,
  requestWord: 1,
  vagueWord: 1,
  dateWord: 1,
  replacement: 0,
  phrase: 0,
  copyLikeness: 0,
  floor: 0,
  weak: 0,
};
