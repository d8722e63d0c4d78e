/** What a rule is, and what patterns of several tables have in them. */

export interface Rule {
  /** As people call it; it stands in the text in place of the secret. */
  readonly kind: string;
  /** In small letters: the rule is tried where one of them stands, and nowhere else. */
  readonly keywords: readonly string[];
  /** Matched from the keyword on, or from `lead` before it; its last group that took part, else all of it, is the secret. */
  readonly pattern: string;
  readonly flags?: "i" | "";
  /** What may stand before the keyword and is of the match: the class of its characters, and how many at most. */
  readonly lead?: { readonly characters: RegExp; readonly most: number };
  /** What the text has at the keyword, in this case; any unless given. */
  readonly written?: string;
  /** Bits a character that a secret has at least. */
  readonly entropy?: number;
  /** Whether letters or digits may stand right before it; not unless given. */
  readonly isInWords?: true;
  /** Whether what was found is a secret. @param before - the text in front of it, 300 characters at most */
  readonly isSecret?: (secret: string, before: string) => boolean;
}

/** As shells read it; it may be quoted. */
export const SHELL_WORD = `(?:"([^"\\n]{1,200})"|'([^'\\n]{1,200})'|((?:[^\\s"'|;&<>]|&(?![\\s&])){3,200}))`;
