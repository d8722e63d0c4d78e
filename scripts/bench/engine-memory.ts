/** Memory of the engine a client speaks to, as the kernel counts it (Linux). */
import { readFileSync, writeFileSync } from "node:fs";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";

/**
 * The serving engine's resident memory: now (`VmRSS`), without what is mapped from files (`RssAnon`), or the most it was
 * since its start or `forgetPeak` (`VmHWM`).
 */
export async function engineBytes(
  client: KeepsakeClient,
  field: "VmHWM" | "VmRSS" | "RssAnon",
): Promise<number> {
  const { pid } = await client.call("vault.status", {});
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? NaN) * 1_024;
}

/** Counts the peak anew from here: deriving a key takes more memory than many an import. */
export async function forgetPeak(client: KeepsakeClient): Promise<void> {
  const { pid } = await client.call("vault.status", {});
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
