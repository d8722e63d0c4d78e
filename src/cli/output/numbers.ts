/** Counts as people read them. */

/** `1204` as `1,204`. By hand: the first use of `Intl` costs more than the rest of a short command. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 memory`, `1,204 memories`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
