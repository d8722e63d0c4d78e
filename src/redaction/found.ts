/** Where something stands in a text, and what it is. */

/** From `start` on, before `end`, in characters of UTF-16. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Found extends Span {
  /** Of a secret, as people call it. */
  readonly kind: string;
}

/** Of a secret value: chosen by people, or made. */
export type Nature = "password" | "token";
