/** Handlers on clients: named programs with a token and scopes. */
import { KeepsakeError } from "../../base/errors.ts";
import { isPerson } from "../../policy/clients.ts";
import type { ClientIdentity, ClientRegistry } from "../../policy/clients.ts";
import { EVERY_PROJECT } from "../../policy/project-grants.ts";
import type { Result } from "../../protocol/method-table.ts";
import { requireConfirmation } from "../../policy/confirmations.ts";
import type { Confirmations } from "../../policy/confirmations.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { Activity } from "../audit/client-activity.ts";
import { isoTime } from "../memory-codec.ts";
import type { Handlers } from "../service.ts";

type ClientMethods = Extract<keyof Handlers, `client.${string}`>;

export function clientHandlers(
  registry: ClientRegistry,
  confirmations: Confirmations,
  trail: Pick<AuditTrail, "activity">,
): Pick<Handlers, ClientMethods> {
  return {
    "client.add": async ({ id, scopes, projects }) => {
      if (projects?.includes(EVERY_PROJECT) === true) {
        throw new KeepsakeError("INVALID_PARAMS", "name projects, or none for every project");
      }
      if (projects !== undefined && scopes.includes("admin")) {
        throw new KeepsakeError(
          "INVALID_PARAMS",
          "a client with the scope admin cannot be limited to projects",
          { hint: "it could add one that is not: leave out admin, or the projects" },
        );
      }
      const added = await registry.add({ id, scopes, projects });
      return { client: presentClient(added), created: true };
    },
    "client.list": async (_params, { signal }) => {
      const activity = await trail.activity(signal);
      const clients = (await registry.list()).map((each) => ({
        ...presentClient(each),
        ...(activity !== undefined && { activity: presentActivity(activity.clients.get(each.id)) }),
      }));
      return { clients, ...(activity !== undefined && { since: isoTime(activity.since) }) };
    },
    "client.revoke": async (params, { client, record }) => {
      const { id } = params;
      if (isPerson({ id })) throw new KeepsakeError("INVALID_PARAMS", `the client ${id} cannot be revoked`);
      if (!(await registry.holds(id))) throw noSuchClientError();
      const needed = await requireConfirmation(confirmations, {
        client: client.id,
        method: "client.revoke",
        params,
        targets: [id],
        targetCount: 1,
        description: "revoke one client; its token stops working and its connections end",
      });
      if (needed !== undefined) return needed;
      record.confirmed();
      if (!(await registry.revoke(id))) throw noSuchClientError();
      return { status: "revoked", id };
    },
  };
}

function noSuchClientError(): KeepsakeError {
  return new KeepsakeError("NOT_FOUND", "there is no such client");
}

/** @param activity - undefined when the client has asked for nothing */
function presentActivity(
  activity: Activity | undefined,
): NonNullable<Result<"client.list">["clients"][number]["activity"]> {
  if (activity === undefined) return { calls: {}, refused: 0 };
  const { lastSeen, calls, refused } = activity;
  return { lastSeen: isoTime(lastSeen), calls: { ...calls }, refused };
}

function presentClient({ id, scopes, projects, created }: ClientIdentity): Result<"client.add">["client"] {
  return {
    id,
    scopes: [...scopes],
    ...(projects !== undefined && { projects: [...projects] }),
    created: isoTime(created),
  };
}
