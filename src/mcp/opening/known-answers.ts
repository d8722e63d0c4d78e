/**
 * What the server answers to how every host opens a session: for each version of the protocol and each request that has no
 * arguments, the answer around the request's id. Empty here, so that the server itself is asked; the bundle has it written anew by
 * `scripts/known-answers.mjs`, which asks the server.
 */
export type KnownAnswer = readonly [before: string, after: string];

/** By method. */
export type AnswersOfVersion = Readonly<Record<string, KnownAnswer>>;

export interface KnownAnswers {
  /** By the version that `initialize` names. */
  readonly legacy: Readonly<Record<string, AnswersOfVersion>>;
  /** By the version that every request names. */
  readonly modern: Readonly<Record<string, AnswersOfVersion>>;
}

export const KNOWN_ANSWERS: KnownAnswers = { legacy: {}, modern: {} };
