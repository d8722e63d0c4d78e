/** Counts as people read them. */

/** `1 memory`, `1,204 memories`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
