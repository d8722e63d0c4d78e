/** What `read` gives; `undefined` for whatever it throws: a syntax error, a wrong shape, nesting deeper than the stack. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
