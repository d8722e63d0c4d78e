/** Gives a host keepsake, or takes it back: shows what changes, asks, and does it. */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { ClientScope } from "../../protocol/method.ts";
import type { SetupHost } from "../../setup/hosts/setup-host.ts";
import type { Context } from "../context.ts";
import { grantWords } from "../output/client-words.ts";
import { reportHint } from "../output/report-error.ts";
import { fileChanges, printChanges, printRemoval } from "../output/setup-view.ts";
import { Declined, confirmed } from "./agreement.ts";

/** What a host needs: to find, to keep, to hand over, to forget. */
const HOST_SCOPES: readonly ClientScope[] = ["read", "write", "capture", "forget"];

interface Wishes {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** What became of it, also as JSON. */
export interface SetupOutcome {
  readonly host: string;
  readonly status: "set-up" | "unchanged" | "planned" | "removed";
  readonly files: readonly { readonly path: string; readonly does: string }[];
  readonly client: "added" | "kept" | "revoked" | "none" | "planned";
}

/** @throws INVALID_CONFIG, UNSAFE_PATH, NO_INPUT, INTERRUPTED when the person says no */
export async function setUpHost(host: SetupHost, wishes: Wishes, context: Context): Promise<SetupOutcome> {
  const [{ planHost }, { applyPlan, refuseUnfit }] = await Promise.all([
    import("../../setup/plan.ts"),
    import("../../setup/apply.ts"),
  ]);
  const { out, err } = context.screen;
  const setup = context.setup();
  const plan = await planHost(setup, host);
  refuseUnfit(plan);
  const files = fileChanges(plan);
  if (!wishes.json) printChanges(out, plan);
  if (!plan.isFound) reportHint(err, `${host.title} has no folder yet; it is made`);
  if (wishes.dryRun) return { host: host.id, status: "planned", files, client: "planned" };
  if (files.length > 0) await agreeTo(`Set ${host.title} up like this?`, wishes, context);
  const isAdded = await ensureClient(await context.connect("start"), host, context);
  await applyPlan(setup, plan);
  const isUnchanged = files.length === 0 && plan.launcher === "ready" && !isAdded;
  const status = isUnchanged ? "unchanged" : "set-up";
  if (!wishes.json) out.write(`${host.title} is set up${isUnchanged ? " already" : ""}\n`);
  for (const next of files.length > 0 ? host.next : []) reportHint(err, next);
  return { host: host.id, status, files, client: isAdded ? "added" : "kept" };
}

/** @throws INVALID_CONFIG, UNSAFE_PATH, NO_INPUT, INTERRUPTED when the person says no */
export async function takeBack(host: SetupHost, wishes: Wishes, context: Context): Promise<SetupOutcome> {
  const { planRemoval, removePlanned } = await import("../../setup/remove.ts");
  const { out } = context.screen;
  const setup = context.setup();
  const plan = await planRemoval(setup, host);
  const files = plan.steps.map(({ path, does }) => ({ path, does }));
  if (!wishes.json) printRemoval(out, plan);
  if (wishes.dryRun) return { host: host.id, status: "planned", files, client: "planned" };
  if (files.length > 0) await agreeTo(`Take keepsake out of ${host.title}?`, wishes, context);
  const aside = await removePlanned(setup, plan);
  const isUnchanged = files.length === 0 && !plan.hasRecord;
  if (!wishes.json) {
    out.write(`${host.title} is ${isUnchanged ? "not set up" : "as it was"}\n`);
    for (const path of aside) reportHint(context.screen.err, `set aside as ${path}`);
  }
  const client = await revokeClient(host, wishes, context);
  return { host: host.id, status: isUnchanged ? "unchanged" : "removed", files, client };
}

async function agreeTo(question: string, { yes }: Wishes, { ask }: Context): Promise<void> {
  if (yes) return;
  if (ask === undefined) {
    throw new KeepsakeError(
      "NO_INPUT",
      "files of another program would change and there is no terminal to ask on",
      {
        hint: "give --yes to go ahead, or --dry-run to see what would change",
      },
    );
  }
  if (!(await ask.confirm(question, false))) throw new Declined();
}

/** @returns whether it was added: one that is there may be limited on purpose, and stays */
async function ensureClient(
  client: KeepsakeClient,
  { id }: SetupHost,
  { signal }: Context,
): Promise<boolean> {
  const { clients } = await client.call("client.list", {}, { signal });
  if (clients.some((each) => each.id === id)) return false;
  await client.call("client.add", { id, scopes: [...HOST_SCOPES] }, { signal });
  return true;
}

async function revokeClient(
  { id }: SetupHost,
  { yes }: Wishes,
  context: Context,
): Promise<SetupOutcome["client"]> {
  const client = await context.connect("start");
  const { signal } = context;
  const { clients } = await client.call("client.list", {}, { signal });
  const meant = clients.find((each) => each.id === id);
  if (meant === undefined) return "none";
  try {
    await confirmed(
      context,
      yes,
      (token) =>
        client.call(
          "client.revoke",
          { id, ...(token !== undefined && { confirmationToken: token }) },
          { signal },
        ),
      () => `Remove its client as well: ${id}, which ${grantWords(meant)}?`,
    );
    return "revoked";
  } catch (error) {
    if (error instanceof Declined || hasCode(error, "NO_INPUT")) return "kept";
    throw error;
  }
}
