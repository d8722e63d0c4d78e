/** Whether there may be a private mark: everything else is not worth a closer look. */
export function mayHaveMarks(text: string): boolean {
  return /<\s{0,8}\/?\s{0,8}private[\s/>\0\p{Cf}]/iu.test(text);
}
