/** Methods on clients: named programs with a token and scopes. */
import * as z from "zod";
import { CONFIRMATION_ERRORS, SCOPES, WRITE_ERRORS, method } from "../method.ts";
import {
  clientId,
  confirmationRequired,
  confirmationToken,
  count,
  instant,
  listOf,
  projectName,
} from "../schemas.ts";

export const scopeList = listOf(z.enum(SCOPES), SCOPES.length, 1);

/** A named program with a token. */
export const client = z.strictObject({
  id: clientId,
  scopes: scopeList,
  /** Absent: every project. */
  projects: z.array(projectName).optional(),
  created: instant,
});

/** What the record of calls says of a client; not known while the vault is sealed. */
const activity = z.strictObject({
  /** Absent: never. */
  lastSeen: instant.optional(),
  /** Calls that were done, by the scope they need. */
  calls: z.partialRecord(z.enum(SCOPES), count),
  refused: count,
});

export const clientMethods = {
  "client.add": method({
    summary: "Add a client: writes its token to the clients folder, readable by this user alone.",
    scope: "admin",
    sealed: true,
    recall: "none",
    onRecord: "before",
    params: z.strictObject({
      id: clientId,
      scopes: scopeList.default(["read", "write", "forget"]),
      projects: listOf(projectName, 64, 1).optional(),
    }),
    result: z.strictObject({ client, created: z.boolean() }),
    errors: ["INVALID_PARAMS", "UNSAFE_PATH", ...WRITE_ERRORS],
  }),
  "client.list": method({
    summary: "List clients with their scopes and projects.",
    scope: "admin",
    sealed: true,
    recall: "none",
    passive: true,
    params: z.strictObject({}),
    result: z.strictObject({
      clients: z.array(client.extend({ activity: activity.optional() })),
      /** What is known of their activity begins here; absent while the vault is sealed. */
      since: instant.optional(),
    }),
    errors: [],
  }),
  "client.revoke": method({
    summary: "Remove a client; its connections end at once.",
    scope: "admin",
    sealed: true,
    recall: "none",
    onRecord: "before",
    destructive: true,
    params: z.strictObject({ id: clientId, confirmationToken: confirmationToken.optional() }),
    result: z.discriminatedUnion("status", [
      z.strictObject({ status: z.literal("revoked"), id: clientId }),
      confirmationRequired,
    ]),
    errors: ["NOT_FOUND", "INVALID_PARAMS", ...CONFIRMATION_ERRORS, ...WRITE_ERRORS],
  }),
};
