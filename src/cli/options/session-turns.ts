/** A conversation by the beginning of its name, and its turns in the order they were said. */
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import { isValid } from "../../protocol/client-view.ts";

const MIN_CHARACTERS = 4;
const MAX_SESSIONS = 20;
const WHERE_NAMES_STAND = '"keepsake sessions -a" lists them';

interface TurnsOfSession {
  /** As many as one answer holds. */
  readonly ids: readonly string[];
  readonly areAll: boolean;
}

/** @throws USAGE when several begin so, NOT_FOUND */
export async function turnsOfSession(
  client: KeepsakeClient,
  beginning: string,
  signal: AbortSignal,
): Promise<TurnsOfSession> {
  if (beginning.length < MIN_CHARACTERS || !isValid("sessionName", beginning)) {
    throw new KeepsakeError(
      "USAGE",
      `--session takes the beginning of a conversation's name: at least ${MIN_CHARACTERS} characters`,
      { hint: WHERE_NAMES_STAND },
    );
  }
  const { sessions } = await client.call(
    "memory.sessions",
    { beginning, turnIds: true, limit: MAX_SESSIONS },
    { signal },
  );
  const names = new Set(sessions.map(({ session }) => session));
  if (names.size === 0) {
    throw new KeepsakeError("NOT_FOUND", "no conversation begins like that", { hint: WHERE_NAMES_STAND });
  }
  if (names.size > 1) {
    throw new KeepsakeError("USAGE", "several conversations begin like that", {
      hint: `give more of the name; ${WHERE_NAMES_STAND}`,
    });
  }
  // The same name may be there in several projects; what was said last comes last.
  const ids = sessions.toReversed().flatMap(({ turnIds = [] }) => turnIds);
  return { ids, areAll: sessions.every(({ turns, turnIds = [] }) => turnIds.length >= turns) };
}

/** As many at a time as one call takes. */
export function* inCalls(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += LIMITS.maxIds) yield ids.slice(from, from + LIMITS.maxIds);
}
