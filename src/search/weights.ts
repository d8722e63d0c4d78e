/**
 * The weights of the ranking: every number that decides what comes first. The defaults were set on the development data
 * of `npm run bench:recall`; `docs/recall.md` shows what is lost without each part.
 */
export interface Weights {
  /** BM25: how fast more of the same term stops counting (k1), and how much the length of a turn counts (b). */
  readonly termSaturation: number;
  readonly lengthShare: number;
  /** What a term counts at least where it is found, so that a word of a very long note finds it (BM25's lower bound, Lv and Zhai 2011). */
  readonly minMatch: number;
  /** Of what a turn matches, its neighbours are lent a share. The next turn by someone else, after a question. */
  readonly nextAfterQuestion: number;
  /** The next turn by someone else, after anything else. */
  readonly nextByOther: number;
  /** The next turn by the same speaker. */
  readonly nextBySame: number;
  /** The turn before. */
  readonly before: number;
  /** The assistant's answer to the user's turn. */
  readonly answerOfAssistant: number;
  /** What an answer of the assistant gets of all that the user's turn right before it matches, on top of its own. */
  readonly request: number;
  /** The whole session as a document: its share, and its own k and b. */
  readonly session: number;
  readonly sessionSaturation: number;
  readonly sessionLengthShare: number;
  /** From here on in shares of the cue's whole idf. The one speaker the cue names. */
  readonly speaker: number;
  /** A turn that tells a time, when the cue asks when. */
  readonly timeAsked: number;
  /** A turn of the user, when the cue asks about the person, and when it asks what the person said. */
  readonly person: number;
  readonly said: number;
  /** What tells a cause or a cure, when the cue asks for one. */
  readonly explains: number;
  /** What a turn without a word loses; one of 20 terms loses nothing. */
  readonly brief: number;
  /** A turn inside a date of the cue; outside it decays by e in so many days. */
  readonly date: number;
  readonly dateDecayDays: number;
  /** A note, and anything pinned: someone thought it worth keeping. */
  readonly note: number;
  readonly pinned: number;
  /** What the oldest of the best loses against the newest, when the cue asks what holds now. */
  readonly older: number;
  /** How much terms of a cue count that ask, are vague, say little, or name a date. */
  readonly requestWord: number;
  readonly vagueWord: number;
  readonly lightWord: number;
  readonly dateWord: number;
  /** A word of like meaning in place of one of the cue (terms/like-words.ts); 0 for never. */
  readonly likeWord: number;
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
  termSaturation: 1.5,
  lengthShare: 0.85,
  minMatch: 0.25,
  nextAfterQuestion: 1,
  nextByOther: 0.2,
  nextBySame: 0.5,
  before: 0.3,
  answerOfAssistant: 0.3,
  request: 0.35,
  session: 0.25,
  sessionSaturation: 2,
  sessionLengthShare: 0.8,
  speaker: 0.4,
  timeAsked: 0.2,
  person: 0.3,
  said: 0.2,
  explains: 0.15,
  brief: 0.15,
  date: 0.7,
  dateDecayDays: 5,
  note: 0.05,
  pinned: 0.05,
  older: 0.1,
  requestWord: 0.5,
  vagueWord: 0.5,
  lightWord: 0.6,
  dateWord: 0.5,
  likeWord: 0.3,
  replacement: 0.5,
  phrase: 0.7,
  copyLikeness: 0.6,
  floor: 0.1,
  weak: 0.9,
};

/**
 * BM25 and nothing else, with the k1 and b that suit it by itself: what the rest is measured against.
 *
 * @public
 */
export const PLAIN_WEIGHTS: Weights = {
  ...DEFAULT_WEIGHTS,
  termSaturation: 0.9,
  lengthShare: 0.6,
  minMatch: 0,
  nextAfterQuestion: 0,
  nextByOther: 0,
  nextBySame: 0,
  before: 0,
  answerOfAssistant: 0,
  request: 0,
  session: 0,
  speaker: 0,
  timeAsked: 0,
  person: 0,
  said: 0,
  explains: 0,
  brief: 0,
  date: 0,
  note: 0,
  pinned: 0,
  older: 0,
  requestWord: 1,
  vagueWord: 1,
  lightWord: 1,
  dateWord: 1,
  likeWord: 0,
  replacement: 0,
  phrase: 0,
  copyLikeness: 0,
  floor: 0,
  weak: 0,
};
