/** The names of arguments as models give them, and those the schema has. */

/** Other names under which models give an argument. */
export type Slips = Readonly<Record<string, string>>;

export interface NamedValues {
  /** By the name the schema has; each once, the first that means it. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Names that mean nothing here, or what is there already. */
  readonly unknown: readonly string[];
}

/**
 * Gives each value the name the schema has: its own before any other that means the same. Case and what joins words do not
 * count: `maxTokens` is `max_tokens`.
 */
export function meantNames(
  names: readonly string[],
  slips: Slips,
  given: Readonly<Record<string, unknown>>,
): NamedValues {
  const meaning = new Map(
    [
      ...Object.entries(slips).map(([slip, name]) => [plain(slip), name] as const),
      ...names.map((name) => [plain(name), name] as const),
    ].filter(([, name]) => names.includes(name)),
  );
  const values = new Map(Object.entries(given).filter(([key]) => names.includes(key)));
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    if (names.includes(key)) continue;
    const name = meaning.get(plain(key));
    if (name === undefined || values.has(name)) unknown.push(key);
    else values.set(name, value);
  }
  return { values, unknown };
}

function plain(name: string): string {
  return name.replaceAll(/[\s_-]/g, "").toLowerCase();
}
