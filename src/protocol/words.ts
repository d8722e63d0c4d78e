/** Fixed words of the protocol that clients show or offer, without the schemas that ask for them. */

export const MEMORY_TRUSTS = ["user", "assistant", "captured", "imported", "unverified"] as const;
/** The trust that memories of a kind have as a rule; another one is said where they are shown. */
export const USUAL_TRUST = { note: "user", turn: "captured" } as const;
export const BRIEF_SIZES = ["short", "full"] as const;
/** Of what is to be forgotten. */
export const TARGET_RULE = "give either ids or a filter";
