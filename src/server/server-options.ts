/** What the server is given: the service, who may connect, the policies, the caps and who listens. */
import type { Clock } from "../base/clock.ts";
import type { LIMITS } from "../base/limits.ts";
import type { Turnstile } from "../base/turns/turnstile.ts";
import type { Logger } from "../base/logger.ts";
import type { ClientIdentity, ClientRegistry } from "../policy/clients.ts";
import type { RateLimits } from "../policy/rate-limits.ts";
import type { MethodName } from "../protocol/method-table.ts";
import type { CallAudit, Service } from "../service/service.ts";

/** `LIMITS`, of which the server takes those that bind connections and requests; `Infinity` takes a cap away. */
export type ServerLimits = Readonly<Record<keyof typeof LIMITS, number>>;

export interface ServerOptions {
  readonly service: Pick<Service, "handlers" | "state"> & Partial<Pick<Service, "fault">>;
  readonly registry: Pick<ClientRegistry, "find" | "onRevoked">;
  /** @throws SCOPE_DENIED */
  readonly checkScope: (method: MethodName, identity: ClientIdentity) => void;
  readonly rateLimits: Omit<RateLimits, "takeAs">;
  readonly logger: Logger;
  readonly clock: Pick<Clock, "monotonic">;
  /** Called when a request that counts as activity was accepted, goes on or ended: what the auto-lock waits for. */
  readonly onActivity: () => void;
  /** Told of every request and how it ended, and of every hello that failed. */
  readonly audit: CallAudit;
  readonly limits?: ServerLimits;
}

export type CheckedOptions = ServerOptions & {
  readonly limits: ServerLimits;
  /** Of all connections. */
  readonly hellos: Turnstile;
};
