/** The hosts that are there and were never set up. */
import { SETUP_HOSTS } from "./hosts/host-table.ts";
import type { SetupHost } from "./hosts/setup-host.ts";
import type { Setup } from "./plan.ts";
import { planHost } from "./plan.ts";

/** @throws UNSAFE_PATH */
export async function hostsToSetUp(setup: Setup): Promise<readonly SetupHost[]> {
  const found: SetupHost[] = [];
  for (const host of SETUP_HOSTS) {
    const { isFound, state } = await planHost(setup, host);
    if (isFound && state === "absent") found.push(host);
  }
  return found;
}
