/** Handlers on the record of calls. */
import type { Result } from "../../protocol/method-table.ts";
import type { AuditChain } from "../audit/audit-chain.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import { listEntries } from "../audit/list-entries.ts";
import type { Checked } from "../audit/verify-chain.ts";
import { verifyChain } from "../audit/verify-chain.ts";
import type { OpenVault } from "../../vault/vault.ts";
import { isoTime } from "../memory-codec.ts";
import type { OpenSession } from "../open-session.ts";
import type { Handlers } from "../service.ts";

type AuditMethods = "audit.list" | "audit.verify";

/** Most problems a reply names; the count says how many there are. */
const MAX_NAMED_PROBLEMS = 100;

export function auditHandlers(session: () => OpenSession, trail: AuditTrail): Pick<Handlers, AuditMethods> {
  /** With all that waits in it, as far as the disk takes that. */
  const upToDate = async () => {
    const { vault } = session().memories;
    await trail.flush();
    return { vault, chain: await trail.chain() };
  };
  return {
    "audit.list": async (params, { signal }) => {
      const { chain } = await upToDate();
      const { entries, more } = await listEntries(chain, params, signal);
      return { entries: [...entries], more, begins: presentBegin(chain) };
    },
    "audit.verify": async (_params, { signal, progress }) => {
      const { chain, vault } = await upToDate();
      const { entries, problems: found } = await verifyChain(chain, vault, {
        signal,
        progress: (done, total) => progress({ stage: "read", done, total }),
      });
      const problems = [...found, ...cutWithTheVault(chain, vault)];
      return {
        ok: problems.length === 0,
        entries,
        problems: problems.slice(0, MAX_NAMED_PROBLEMS),
        problemCount: problems.length,
        begins: presentBegin(chain),
      };
    },
  };
}

/** A vault that was put back to an earlier state took the newest entries along; how many, the chain cannot tell. */
function cutWithTheVault({ mark: { sequence } }: AuditChain, { health }: OpenVault): Checked["problems"] {
  if (health.readOnly?.code !== "ROLLBACK_DETECTED") return [];
  return [{ kind: "truncated", from: sequence + 1, to: sequence + 1 }];
}

function presentBegin({ mark: { dropped } }: AuditChain): Result<"audit.list">["begins"] {
  return { sequence: dropped.sequence + 1, since: isoTime(dropped.at), reason: dropped.reason };
}
