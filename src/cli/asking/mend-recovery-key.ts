/** A recovery key of which one group was typed anew. All of it is ASCII in bytes that are wiped. */
import { Secret, concatSecretBytes } from "../../base/secret.ts";
import type { Questions } from "../context.ts";

const GROUPS = 12;
const GROUP_CHARACTERS = 5;
const DASH = 0x2d;
const SPACE = 0x20;
const SEPARATOR = Uint8Array.of(DASH);

/**
 * Asks for the group at fault and puts it in its place.
 *
 * @param typed - the key so far; the caller keeps and wipes it
 * @param group - counted from 1
 * @returns the mended key; the caller wipes it
 * @throws INTERRUPTED
 */
export async function mendRecoveryKey(typed: Secret, group: number, ask: Questions): Promise<Secret> {
  const again = await ask.secret(`Group ${group} of ${GROUPS}:`);
  try {
    return withGroup(typed, group, again);
  } finally {
    again.wipe();
  }
}

/** Groups as they were typed apart, else of five characters each. */
function withGroup(typed: Secret, group: number, again: Secret): Secret {
  const apart = partsOf(typed.bytes);
  const letters = concatSecretBytes(...apart);
  try {
    const groups =
      apart.length === GROUPS
        ? apart
        : Array.from({ length: GROUPS }, (_, index) =>
            letters.subarray(index * GROUP_CHARACTERS, (index + 1) * GROUP_CHARACTERS),
          );
    const mended = groups.flatMap((part, index) => [index === group - 1 ? again.bytes : part, SEPARATOR]);
    return new Secret(concatSecretBytes(...mended));
  } finally {
    letters.fill(0);
  }
}

/** What stands between separators, as views. */
function partsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let index = 0; index <= bytes.length; index += 1) {
    const byte = bytes[index] ?? DASH;
    if (byte !== DASH && byte > SPACE) continue;
    if (index > start) parts.push(bytes.subarray(start, index));
    start = index + 1;
  }
  return parts;
}
