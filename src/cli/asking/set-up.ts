/** Gives a host keepsake, or takes it back: shows what changes, asks, and does it. */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { ClientScope } from "../../protocol/method.ts";
import type { HostClient } from "../../setup/host-client.ts";
import type { SetupHost } from "../../setup/hosts/setup-host.ts";
import type { Context } from "../context.ts";
import { grantWords } from "../output/client-words.ts";
import { reportHint } from "../output/report-error.ts";
import {
  fileChanges,
  printChanges,
  printOwnChanges,
  printRemoval,
  removalWords,
} from "../output/setup-view.ts";
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
  const [{ planHost }, { applyPlan, refuseUnfit }, { hostClient }, { launcherPath }, { registrationOf }] =
    await Promise.all([
      import("../../setup/plan.ts"),
      import("../../setup/apply.ts"),
      import("../../setup/host-client.ts"),
      import("../../setup/launcher.ts"),
      import("../../setup/registration.ts"),
    ]);
  const { out, err } = context.screen;
  const setup = context.setup();
  const plan = await planHost(setup, host);
  refuseUnfit(setup, plan);
  const files = fileChanges(plan);
  const client = await hostClient(setup.places, host.id);
  if (client.state === "unsafe") throw client.fault;
  if (!wishes.json) {
    printChanges(out, plan);
    printOwnChanges(out, plan, { path: launcherPath(setup.places), client, scopes: HOST_SCOPES });
  }
  if (!plan.isFound) reportHint(err, `${host.title} has no folder yet; it is made`);
  if (wishes.dryRun) return { host: host.id, status: "planned", files, client: "planned" };
  // A client is not replaced unasked: its token may be in use elsewhere.
  if (files.length > 0 || client.state === "unreadable")
    await agreeTo(`Set ${host.title} up like this?`, wishes, context);
  const isKept = client.state === "there";
  const daemon = isKept ? undefined : await context.connect("start");
  await applyPlan(setup, plan, async () => {
    if (daemon !== undefined) await addClient(daemon, host, client, context);
  });
  const isUnchanged = files.length === 0 && plan.launcher === "ready" && isKept;
  const status = isUnchanged ? "unchanged" : "set-up";
  if (!wishes.json) out.write(`${host.title} is set up${isUnchanged ? " already" : ""}\n`);
  const { hooks } = await registrationOf(setup, await planHost(setup, host));
  const next = [
    ...(files.length > 0 ? host.next : []),
    ...(hooks?.trust === "not reviewed" && host.trust !== undefined ? [host.trust] : []),
    ...(hooks?.switchedOff === undefined
      ? []
      : [`${host.title} runs no hooks while ${hooks.switchedOff} stands there`]),
  ];
  for (const each of next) reportHint(err, each);
  return { host: host.id, status, files, client: isKept ? "kept" : "added" };
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
    out.write(`${removalWords(host.title, plan)}\n`);
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

/** In the place of one that nobody can say hello with. One that is there may be limited on purpose, and stays. */
async function addClient(
  daemon: KeepsakeClient,
  { id }: SetupHost,
  { state }: HostClient,
  context: Context,
): Promise<void> {
  const { signal } = context;
  if (state === "unreadable") await confirmed(context, true, revocation(daemon, id, context), () => "");
  await daemon.call("client.add", { id, scopes: [...HOST_SCOPES] }, { signal });
}

function revocation(daemon: KeepsakeClient, id: string, { signal }: Context) {
  return (token?: string) =>
    daemon.call(
      "client.revoke",
      { id, ...(token !== undefined && { confirmationToken: token }) },
      { signal },
    );
}

async function revokeClient(
  { id }: SetupHost,
  { yes }: Wishes,
  context: Context,
): Promise<SetupOutcome["client"]> {
  const { hostClient } = await import("../../setup/host-client.ts");
  const client = await context.connect("start");
  const { signal } = context;
  const { clients } = await client.call("client.list", {}, { signal });
  const meant = clients.find((each) => each.id === id);
  const { state } = await hostClient(context.setup().places, id);
  if (meant === undefined && state !== "unreadable") return "none";
  const which = meant === undefined ? "whose token file cannot be read" : `which ${grantWords(meant)}`;
  const question = `Remove its client as well: ${id}, ${which}?`;
  try {
    await confirmed(context, yes, revocation(client, id, context), () => question);
    return "revoked";
  } catch (error) {
    if (error instanceof Declined || hasCode(error, "NO_INPUT")) return "kept";
    throw error;
  }
}
