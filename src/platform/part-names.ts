/** The names of what a vault's folder holds; what lies there under other names is none of the vault's. */

/** Names begin with these; copies that a sync tool renamed (`keyring.a (conflicted copy)`) do as well. */
const PARTS = ["keyring.", "store.", "anchor", "inbox.tally", "ballast", "unlock.failures"];

/** Whether what has this name is of a vault. */
export function isVaultPart(name: string): boolean {
  return PARTS.some((part) => name.startsWith(part));
}
