/**
 * A regular expression that is made when it is first needed. V8 makes those that are literals when it reads the file that holds them, used
 * or not, and every `\p{…}` in one has ICU look through all of Unicode: for a program that lives a tenth of a second, those are a
 * tenth of its time.
 *
 * @param source - as between the slashes of a literal
 */
export function latePattern(source: string, flags: string): () => RegExp {
  let pattern: RegExp | undefined;
  return () => (pattern ??= new RegExp(source, flags));
}
