/** Handlers on clients: named programs with a token and scopes. */
import { KeepsakeError } from "../../base/errors.ts";
import { isPerson } from "../../policy/clients.ts";
import type { ClientIdentity, ClientRegistry } from "../../policy/clients.ts";
import { EVERY_PROJECT } from "../../policy/project-grants.ts";
import type { Result } from "../../protocol/method-table.ts";
import { requireConfirmation } from "../../policy/confirmations.ts";
import type { Confirmations } from "../../policy/confirmations.ts";
import { isoTime } from "../memory-codec.ts";
import type { Handlers } from "../service.ts";

type ClientMethods = Extract<keyof Handlers, `client.${string}`>;

export function clientHandlers(
  registry: ClientRegistry,
  confirmations: Confirmations,
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
    "client.list": async () => ({ clients: (await registry.list()).map(presentClient) }),
    "client.revoke": async (params, { client, noteConfirmation }) => {
      const { id } = params;
      if (isPerson({ id })) throw new KeepsakeError("INVALID_PARAMS", `the client ${id} cannot be revoked`);
      const known = await registry.list();
      if (!known.some((each) => each.id === id)) throw noSuchClientError();
      const needed = await requireConfirmation(
        confirmations,
        {
          client: client.id,
          method: "client.revoke",
          params,
          targets: [id],
          targetCount: 1,
          description: "revoke one client; its token stops working and its connections end",
        },
        noteConfirmation,
      );
      if (needed !== undefined) return needed;
      if (!(await registry.revoke(id))) throw noSuchClientError();
      return { status: "revoked", id };
    },
  };
}

function noSuchClientError(): KeepsakeError {
  return new KeepsakeError("NOT_FOUND", "there is no such client");
}

function presentClient({ id, scopes, projects, created }: ClientIdentity): Result<"client.add">["client"] {
  return {
    id,
    scopes: [...scopes],
    ...(projects !== undefined && { projects: [...projects] }),
    created: isoTime(created),
  };
}
