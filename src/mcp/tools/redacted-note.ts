/** What a model is told when something of what it gave was not stored. */
export function redactedNote(redacted: number | undefined): string {
  if (redacted === undefined) return "";
  const count = redacted === 1 ? "1 secret" : `${redacted} secrets`;
  return ` ${count} in it replaced by [redacted: …]: do not save secrets.`;
}
