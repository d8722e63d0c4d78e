/** What is asked of the private places, and what they answer. */
export const KINDS = ["folder", "project", "session", "everywhere"] as const;
export type PrivateKind = (typeof KINDS)[number];

/** Where something is said; what is not known is left out. */
export interface Whereabouts {
  /** An absolute path. */
  readonly folder?: string | undefined;
  readonly project?: string | null | undefined;
  readonly session?: string | undefined;
}

export interface Privacy {
  /** `unreadable`: the list says nothing that can be trusted. */
  readonly because: PrivateKind | "unreadable";
  /** Milliseconds since the epoch; absent: until the person ends it. */
  readonly until?: number;
}

export interface KnownPrivacy {
  /** Whether anything is private at a moment. */
  hasAny(now: number): boolean;
  /** How many entries hold at a moment. */
  count(now: number): number;
  /** Why what is said there at a moment is private; `undefined`: it is not. */
  privacyOf(where: Whereabouts, at: number): Promise<Privacy | undefined>;
}

export interface ChangeablePrivacy extends KnownPrivacy {
  /**
   * Makes something private from now on; what was so already is so until the new end.
   *
   * @param names - what it is called, each a name of its own: of a folder as it was named and as it really is; of everything ""
   * @param until - milliseconds since the epoch; null: until it is ended
   * @throws INVALID_CONFIG when the list cannot be read or is full, UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  begin(kind: PrivateKind, names: readonly string[], now: number, until: number | null): Promise<void>;
  /** Ends it. @returns whether it was private @throws as `begin` */
  end(kind: PrivateKind, names: readonly string[], now: number): Promise<boolean>;
}
