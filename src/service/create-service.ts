/** Puts the handlers together around one vault directory; wiring passes in everything they need. */
import type { Clock } from "../base/clock.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { ClientIdentity, ClientRegistry } from "../policy/clients.ts";
import type { Confirmations } from "../policy/confirmations.ts";
import type { RateLimits } from "../policy/rate-limits.ts";
import { RecallGate } from "../policy/recall-gate.ts";
import type { BriefSize } from "../protocol/methods/memory-read-methods.ts";
import type { Redact } from "../redaction/redact.ts";
import type { SearchIndexFactory } from "../search/search-index.ts";
import type { OpenVault, VaultDoor } from "../vault/vault.ts";
import { AuditTrail } from "./audit/audit-trail.ts";
import { auditedHandlers } from "./audit/audited-handlers.ts";
import { callAudit } from "./audit/recorded-call.ts";
import { auditHandlers } from "./handlers/audit-handlers.ts";
import { InboxDrain } from "./memories/drain-inbox.ts";
import { clientHandlers } from "./handlers/client-handlers.ts";
import { confirmHandlers } from "./handlers/confirm-handlers.ts";
import { dataHandlers } from "./handlers/data-handlers.ts";
import { keyHandlers } from "./handlers/key-handlers.ts";
import { memoryForgetHandlers } from "./handlers/memory-forget-handlers.ts";
import { briefHandlers } from "./handlers/brief-handlers.ts";
import { memoryReadHandlers } from "./handlers/memory-read-handlers.ts";
import { memoryWriteHandlers } from "./handlers/memory-write-handlers.ts";
import { scrubHandlers } from "./handlers/scrub-handlers.ts";
import { storingWithoutSecrets } from "./handlers/without-secrets.ts";
import { vaultHandlers } from "./handlers/vault-handlers.ts";
import { Idempotency } from "./memories/run-once.ts";
import { IndexKeeper } from "./index/index-keeper.ts";
import { startMaintenance } from "./maintenance.ts";
import { Memories } from "./memories/memories.ts";
import type { OpenSession } from "./open-session.ts";
import { Secrets } from "./secrets.ts";
import type { Service } from "./service.ts";

export interface ServiceDeps {
  readonly door: VaultDoor;
  readonly index: SearchIndexFactory;
  readonly registry: ClientRegistry;
  readonly confirmations: Confirmations;
  readonly rateLimits: Pick<RateLimits, "takeAs">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Asks the engine to finish what is in flight and end, if this client's lock is to end it; the reply is sent first. */
  readonly lock: (client: ClientIdentity) => void;
  /** Called when the vault opens: auto-lock starts counting. */
  readonly onOpen: () => void;
  /** Why the keychain did not open the vault when the daemon started, if it should have. */
  readonly keychainFault: () => ErrorCode | undefined;
  /** It locks so many milliseconds from now, whatever its settings say. */
  readonly keepOpen: (ms: number) => void;
  /** When auto-lock will lock, if it will; milliseconds since the epoch. */
  readonly locksAt: () => number | undefined;
  /** Monotonic time of the last request that counts as activity. */
  readonly lastRequestAt: () => number;
  /** How long entries of the record of calls are kept, in milliseconds. @throws INVALID_CONFIG: none is dropped then */
  readonly auditKeptMs: () => Promise<number>;
  /** Loads the rules that tell secrets: asked once, when something comes to be stored or before. */
  readonly loadRedaction: () => Redact;
  /** How long a brief is that nobody says a length for. @throws INVALID_CONFIG */
  readonly briefSize: () => Promise<BriefSize>;
}

export function createService(deps: ServiceDeps): Service {
  const { door, confirmations, clock, logger } = deps;
  let session: OpenSession | undefined;
  let stopMaintenance = () => Promise.resolve();

  const opened = () => current().memories;
  const idempotency = new Idempotency(opened, clock);
  const gate = new RecallGate(deps);
  // A name that is given again is another client's.
  deps.registry.onRevoked((id) => {
    confirmations.forgetClient(id);
    gate.forgetClient(id);
  });
  const secrets = new Secrets(deps.loadRedaction);
  const trail = new AuditTrail({ door, clock, logger });

  const begin = (vault: OpenVault): OpenSession => {
    // Two unlocks may have waited for the same derivation: the first one's session stands.
    if (session !== undefined) return session;
    const keeper = new IndexKeeper({ vault, factory: deps.index, clock, logger });
    const memories = new Memories(vault, keeper, clock, (text) => secrets.textOf(text));
    trail.opened(vault);
    const drain = new InboxDrain(door, memories, logger, trail, secrets);
    session = { memories, keeper, drain, since: clock.now() };
    stopMaintenance = startMaintenance({
      door,
      session,
      idempotency,
      trail,
      auditKeptMs: deps.auditKeptMs,
      clock,
      logger,
      lastRequestAt: deps.lastRequestAt,
    });
    deps.onOpen();
    return session;
  };
  const current = (): OpenSession => session ?? begin(door.opened());

  const now = () => clock.now();
  return {
    state: () => door.state(),
    fault: () => door.fault(),
    audit: callAudit(trail, logger),
    handlers: auditedHandlers({
      ...memoryReadHandlers(opened, deps.index),
      ...briefHandlers({ opened, snippets: deps.index, briefSize: deps.briefSize }),
      ...storingWithoutSecrets(
        memoryWriteHandlers({ session: current, door, idempotency, gate, now }),
        secrets,
      ),
      ...memoryForgetHandlers({ opened, idempotency, gate }),
      ...vaultHandlers({
        door,
        confirmations,
        version: deps.version,
        session: current,
        begin,
        lock: deps.lock,
        keychainFault: deps.keychainFault,
        keepOpen: deps.keepOpen,
        locksAt: deps.locksAt,
        secrets,
      }),
      ...scrubHandlers({ door, session: current, confirmations, gate, secrets }),
      ...keyHandlers(door, current),
      ...clientHandlers(deps.registry, confirmations, trail),
      ...confirmHandlers(confirmations.waiting, current),
      ...dataHandlers({ opened, gate, now, secrets }),
      ...auditHandlers(current, trail),
    }),
    close: async () => {
      try {
        await stopMaintenance();
        await trail.close();
        await session?.keeper.close();
        if (session?.keeper.isCheckpointDueAtLock === true) await session.keeper.checkpoint();
      } finally {
        await door.close();
      }
    },
  };
}
