/** A home with a vault and a client that may capture, for hooks that reach no daemon. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Places } from "../../src/platform/places.ts";
import { encodeTokenFile } from "../../src/platform/token-file.ts";
import type { Params } from "../../src/protocol/method-table.ts";

export const HOOK_CLIENT = "claude-code";

/** Writes the token file of a client, as `keepsake client add` does. */
export async function addClient(
  { clients }: Places,
  scopes: readonly string[] = ["read", "capture"],
  projects?: readonly string[],
): Promise<void> {
  await mkdir(clients, { recursive: true, mode: 0o700 });
  const token = new Uint8Array(32).fill(7);
  const bytes = encodeTokenFile({ id: HOOK_CLIENT, token, scopes, projects, created: 0 });
  await writeFile(join(clients, `${HOOK_CLIENT}.json`), bytes, { mode: 0o600 });
}

/** A turn for each message id; every text, project and session holds the word "canary". */
export function captureOf(...ids: string[]): Params<"memory.capture"> {
  const turns = ids.map((messageId) => ({
    messageId,
    role: "user" as const,
    text: `canary of ${messageId}: größer`,
    at: "2026-11-29T14:00:00Z",
  }));
  return { project: "/canary/project", session: "canary-session", turns };
}
