/** What goes before an opening of the vault, and the one that nobody asks for: with the keychain, when the daemon starts. */
import { OWNER_CLIENT } from "../base/client-id.ts";
import type { ErrorCode } from "../base/errors.ts";
import { codeOf } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { SCOPES } from "../protocol/method.ts";
import type { CallAudit, Handlers } from "../service/service.ts";
import type { VaultDoor } from "../vault/vault.ts";

/** A vault does not open while the settings that would lock it cannot be trusted. */
export function guardOpening(handlers: Handlers, prepare: () => Promise<void>): Handlers {
  return {
    ...handlers,
    "vault.create": async (params, context) => {
      await prepare();
      return handlers["vault.create"](params, context);
    },
    "vault.unlock": async (params, context) => {
      await prepare();
      return handlers["vault.unlock"](params, context);
    },
  };
}

export interface OpeningAtStart {
  readonly door: Pick<VaultDoor, "state" | "hasKeychain">;
  readonly handlers: Pick<Handlers, "vault.unlock">;
  readonly audit: Pick<CallAudit, "admitted">;
  /** Whether the person wants it. @throws INVALID_CONFIG */
  readonly isWanted: () => Promise<boolean>;
  readonly logger: Logger;
}

/**
 * Opens a sealed vault with the keychain as the person's own unlock would, and on record like one.
 *
 * @returns why it did not open where it should have; never rejects
 */
export async function openAtStart(opening: OpeningAtStart): Promise<ErrorCode | undefined> {
  const { door, handlers, audit, isWanted, logger } = opening;
  try {
    if (door.state() !== "sealed" || !(await isWanted())) return undefined;
    if (!door.hasKeychain()) return "KEYCHAIN_UNAVAILABLE";
    const client = { id: OWNER_CLIENT, scopes: SCOPES, projects: undefined, created: 0 };
    const params = { with: "keychain" as const, acceptRollback: false };
    const record = audit.admitted({ client, method: "vault.unlock", params, bytesIn: 0 });
    const answered = (code: ErrorCode | undefined) => record.answered({ code, bytesOut: 0 });
    try {
      await handlers["vault.unlock"](params, {
        client,
        signal: new AbortController().signal,
        secrets: [],
        stream: nothing(),
        progress: () => undefined,
        record,
        giveSecret: () => undefined,
      });
      answered(undefined);
      logger.log("opened-at-start");
      return undefined;
    } catch (error) {
      answered(codeOf(error));
      throw error;
    }
  } catch (error) {
    const code = codeOf(error);
    logger.log("not-opened-at-start", { code });
    return code;
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
