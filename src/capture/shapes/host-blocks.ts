/** Blocks in tags that hosts put into what a person says. Told by their full shape: who quotes a tag is not cut. */

/** Whether a text is one such block and nothing else. */
export function isBlock(text: string, name: string): boolean {
  const trimmed = text.trim();
  const close = `</${name}>`;
  return trimmed.startsWith(`<${name}>`) && trimmed.indexOf(close) === trimmed.length - close.length;
}

/** A text without the blocks of that name which it begins with. */
export function withoutLeadingBlocks(text: string, name: string): string {
  const close = `</${name}>`;
  let rest = text;
  while (rest.trimStart().startsWith(`<${name}>`)) {
    const end = rest.indexOf(close);
    if (end === -1) break;
    rest = rest.slice(end + close.length).trimStart();
  }
  return rest;
}

/** What stands in the block of that name which a text begins with; `undefined` when it begins with none. */
export function leadingBlock(text: string, name: string): string | undefined {
  const trimmed = text.trimStart();
  const end = trimmed.indexOf(`</${name}>`);
  return trimmed.startsWith(`<${name}>`) && end !== -1 ? trimmed.slice(name.length + 2, end) : undefined;
}
