/** What of a call's parameters and result may stand on record: ids, how many, whether it was done before, or confirmed. */
import { CLIENT_ID_PATTERN } from "../../base/client-id.ts";
import { RECORD_ID_PATTERN } from "../../base/record-id.ts";
import { MAX_AUDIT_IDS } from "../../protocol/methods/audit-methods.ts";
import type { AuditEntry } from "./audit-entry.ts";

export type Facts = Pick<AuditEntry, "ids" | "count" | "idempotency" | "confirmation">;

type Fields = Readonly<Record<string, unknown>>;

/** Fields of parameters and results that are an id, or a list of them. */
const IDS = ["id", "ids", "removed", "supersedes"] as const;
/** Fields of results that hold something with an id, or a list of it. */
const HOLDERS = ["slot", "client", "hits", "memories", "slots", "clients"] as const;
/** Fields of results that say how many, the first that is there. */
const COUNTS = ["count", "targetCount", "stored", "records", "drained"] as const;
const LISTS = ["hits", "memories", "projects", "slots", "clients", "entries", "droppedSlots"] as const;

/** @param params - as checked; @param result - undefined when there is none yet */
export function factsOf(params: unknown, result?: unknown): Facts {
  const asked = fieldsOf(params);
  const answered = fieldsOf(result);
  const ids = distinctIds(asked, answered);
  const count = countOf(answered);
  const idempotency = idempotencyOf(asked, answered);
  const confirmation = confirmationOf(asked, answered);
  return {
    ...(ids.length > 0 && { ids }),
    ...(count !== undefined && { count }),
    ...(idempotency !== undefined && { idempotency }),
    ...(confirmation !== undefined && { confirmation }),
  };
}

/** Whether a call was to say what would be done, and to do nothing. */
export function isDryRun(params: unknown): boolean {
  return fieldsOf(params)["dryRun"] === true;
}

/** At most as many as an entry has room for. Every call passes here: no list is made that is not needed. */
function distinctIds(asked: Fields, answered: Fields): string[] {
  const found: string[] = [];
  for (const fields of [asked, answered]) {
    for (const name of IDS) addIds(found, fields[name]);
  }
  for (const name of HOLDERS) {
    const held = answered[name];
    if (!Array.isArray(held)) addIds(found, fieldsOf(held)["id"]);
    else for (const each of held.slice(0, MAX_AUDIT_IDS)) addIds(found, fieldsOf(each)["id"]);
  }
  return found;
}

function addIds(found: string[], value: unknown): void {
  if (Array.isArray(value)) for (const each of value) addIds(found, each);
  else if (found.length < MAX_AUDIT_IDS && isId(value) && !found.includes(value)) found.push(value);
}

function countOf(answered: Fields): number | undefined {
  const waiting = numberOf(answered["waiting"]);
  if (waiting !== undefined && waiting > 0) return waiting;
  const counted = COUNTS.map((name) => numberOf(answered[name])).find((each) => each !== undefined);
  return counted ?? LISTS.map((name) => answered[name]).find(Array.isArray)?.length;
}

function idempotencyOf({ idempotencyKey }: Fields, { reused }: Fields): Facts["idempotency"] {
  if (idempotencyKey === undefined) return undefined;
  return reused === true ? "reused" : "new";
}

function confirmationOf({ confirmationToken }: Fields, { status, agreed }: Fields): Facts["confirmation"] {
  if (status === "confirmation_required") return "asked";
  if (agreed !== undefined) return agreed === true ? "given" : "refused";
  return confirmationToken === undefined ? undefined : "given";
}

/** Ids of records, slots and clients have alphabets of their own: nothing that somebody wrote passes for one. */
function isId(value: unknown): value is string {
  return typeof value === "string" && (RECORD_ID_PATTERN.test(value) || CLIENT_ID_PATTERN.test(value));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
