/** What each argument is and looks like: the next step of whoever gave it wrongly, in fixed words. */
interface Shape {
  readonly is: string;
  /** As JSON. */
  readonly example: string;
}

export const ARGUMENT_SHAPES: Readonly<Record<string, Shape>> = {
  query: { is: "plain words of at most 8 KiB", example: '"which port does staging use"' },
  text: { is: "the note itself, of at most 64 KiB", example: '"Staging listens on port 8443."' },
  project: { is: "the name or folder of one project", example: '"my-app"' },
  tags: { is: "a list of at most 32 words", example: '["pump", "decision"]' },
  kind: { is: "note or turn", example: '"note"' },
  role: { is: "user or assistant", example: '"user"' },
  session: { is: "the name of one session", example: '"5f1c"' },
  after: { is: "a time", example: '"last week"' },
  before: { is: "a time", example: '"2026-05-03"' },
  expires_at: { is: "a time that lies ahead", example: '"in 30 days"' },
  limit: { is: "a whole number", example: "10" },
  max_tokens: { is: "a whole number", example: "2000" },
  context: { is: "a whole number of turns", example: "2" },
  pinned: { is: "true or false", example: "true" },
  id: { is: "one id as memory_search gives it", example: '"ID"' },
  ids: { is: "a list of ids as memory_search gives them", example: '["ID", "ID"]' },
  supersedes: { is: "one id as memory_search gives it", example: '"ID"' },
  filter: {
    is: "an object of project, tags, kind, role, session, after and before",
    example: '{"tags": ["pump"]}',
  },
  confirmation_token: { is: "the token of the first answer, as it is", example: '"TOKEN"' },
  idempotency_key: { is: "8 to 128 letters, digits and . _ : -", example: '"port-of-staging"' },
};

/** What to give instead. @param argument - a name of a schema */
export function nextStep(argument: string): string | undefined {
  const shape = Object.hasOwn(ARGUMENT_SHAPES, argument) ? ARGUMENT_SHAPES[argument] : undefined;
  return shape && `give ${argument} as ${shape.is}, such as {"${argument}": ${shape.example}}`;
}
