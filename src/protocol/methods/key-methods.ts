/** Methods on the slots of the keyring. */
import * as z from "zod";
import { WRITE_ERRORS, method } from "../method.ts";
import { count, instant, label, slotId } from "../schemas.ts";

export const slotKind = z.enum(["passphrase", "recovery", "keychain"]);

export const slot = z.strictObject({
  id: slotId,
  kind: slotKind,
  label: z.string(),
  created: instant,
  kdf: z.strictObject({ memoryKiB: count, passes: count, parallelism: count }).optional(),
});

export const keyMethods = {
  "key.list": method({
    summary: "List the ways to open the vault.",
    scope: "admin",
    sealed: true,
    recall: "none",
    passive: true,
    params: z.strictObject({}),
    result: z.strictObject({ slots: z.array(slot) }),
    errors: ["VAULT_MISSING", "KEYRING_DAMAGED"],
  }),
  "key.add": method({
    summary: "Add a slot.",
    scope: "admin",
    sealed: false,
    recall: "none",
    onRecord: "before",
    long: true,
    secrets: (params) => (params.kind === "passphrase" ? ["new"] : []),
    secretResult: (params) => params.kind === "recovery",
    params: z.strictObject({ kind: slotKind, label: label.optional() }),
    result: z.strictObject({ slot }),
    errors: ["TOO_MANY_SLOTS", "WEAK_PASSPHRASE", "KEYCHAIN_UNAVAILABLE", ...WRITE_ERRORS],
  }),
  "key.remove": method({
    summary: "Remove a slot; the last passphrase or recovery slot stays.",
    scope: "admin",
    sealed: false,
    recall: "none",
    onRecord: "before",
    destructive: true,
    params: z.strictObject({ id: slotId }),
    result: z.strictObject({ removed: slotId }),
    errors: ["NOT_FOUND", "LAST_SLOT", ...WRITE_ERRORS],
  }),
  "key.change": method({
    summary: "Give a passphrase slot a new passphrase; with `rotate` also a new data key.",
    scope: "admin",
    sealed: false,
    recall: "none",
    onRecord: "before",
    long: true,
    secrets: () => ["current", "new"],
    params: z.strictObject({ rotate: z.boolean().default(false) }),
    result: z.strictObject({ slot }),
    errors: ["WRONG_PASSPHRASE", "WEAK_PASSPHRASE", "RATE_LIMITED", "BUSY", ...WRITE_ERRORS],
  }),
};
