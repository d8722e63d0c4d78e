/** The two settings of a repository's own configuration that say where its working tree is. Source: git-config(1), "Syntax". */

/** `core.worktree`, as it stands there: relative to the git folder unless it is absolute. */
export function configuredWorktree(text: string): string | undefined {
  return coreSetting(text, "worktree");
}

export function isConfiguredBare(text: string): boolean {
  return /^(?:true|yes|on|1)$/i.test(coreSetting(text, "bare") ?? "");
}

/** The last value, as git takes it. What other files a configuration includes is not read. */
function coreSetting(text: string, name: string): string | undefined {
  let section = "";
  let found: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*([^\]\s"]+)\s*("(?:[^"\\]|\\.)*")?\s*\]/.exec(line);
    if (head !== null) section = head[2] === undefined ? (head[1] ?? "").toLowerCase() : "";
    const setting = /^\s*([a-z][a-z0-9-]*)\s*=\s*(.*)$/i.exec(line.slice(head?.[0].length ?? 0));
    if (section === "core" && setting?.[1]?.toLowerCase() === name) found = plainValue(setting[2] ?? "");
  }
  return found;
}

/** Without quotation marks, escapes and a comment at its end. */
function plainValue(written: string): string {
  let value = "";
  for (const [, quoted, escaped, comment, plain] of written.matchAll(
    /"((?:[^"\\]|\\.)*)"|\\(.)|([#;].*)|([^"\\#;]+)/g,
  )) {
    if (comment !== undefined) break;
    value += quoted?.replaceAll(/\\(.)/g, "$1") ?? escaped ?? plain ?? "";
  }
  return value.trim();
}
