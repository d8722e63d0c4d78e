/** The names of what a vault's folder holds; what lies there under other names is none of the vault's. */

/** Names begin with these; copies that a sync tool renamed (`keyring.a (conflicted copy)`) do as well. */
const PARTS = ["keyring.", "store.", "anchor", "inbox.tally", "ballast", "unlock.failures"];

/** The folder of what programs sealed by themselves, and what a sync tool calls its copy of it; no other word begins with it. */
const DROP = /^drop(?![a-z])/;

/** Whether what has this name is of a vault. */
export function isVaultPart(name: string): boolean {
  return PARTS.some((part) => name.startsWith(part)) || DROP.test(name);
}
