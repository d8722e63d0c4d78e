import { KeepsakeError } from "../../base/errors.ts";
import type { ServiceManager } from "../../install/service-manager.ts";
import { agree, yesOption } from "../asking/agreement.ts";
import type { Context } from "../context.ts";
import { command, flag } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { reportHint } from "../output/report-error.ts";
import { printPlanned, servicePairs, viewWords } from "../output/service-view.ts";
import { formatPairs } from "../output/text-table.ts";

const UNPROVEN = "this has never been run on a Mac: say what happened when it fails";

export const serviceInstall = command({
  name: "service install",
  group: "set-up",
  summary: "Start the daemon when you log in, hardened: by systemd or, unproven, by launchd.",
  details: [
    "Writes a unit of your own user manager and starts it. A daemon that runs already is ended first and nothing is lost; an open vault is locked by that, so you are asked.",
    "It tries whether the kernel gives user namespaces. Where it does not, a drop-in leaves out what takes them.",
    "Where no user manager runs the files are written all the same: what starts the service there is printed, and the exit code is 0 (--json: started is false).",
    "By hand, by service and on demand go together: a daemon that finds another one ends with 0.",
  ],
  arguments: [],
  options: { dryRun: flag("show what would be written, change nothing"), ...yesOption, ...jsonOption },
  examples: [
    ["keepsake service install --dry-run", "the unit as it would be written"],
    ["keepsake service install", "write it and start it"],
  ],
  run: async ({ options }, context) => {
    const { screen } = context;
    const { out, err } = screen;
    const { setup, manager, findRunning } = await serviceParts(context);
    const [{ findInstalled, refuseForeign, writeService }, { takeOver }] = await Promise.all([
      import("../../install/service-files.ts"),
      import("../../install/take-over.ts"),
    ]);
    const { view, why } = await manager.probe();
    const before = await findInstalled(manager, view);
    refuseForeign(before);
    const absence = await manager.absence();
    const written = manager.files(view).flatMap(({ path, text }) => (text === undefined ? [] : [path]));
    const facts = { manager: manager.title, path: before.path, files: written, view, why };
    if (options.dryRun) {
      if (options.json) printJson(out, { ...facts, status: "planned", started: false });
      else printPlanned(out, manager.files(view));
      return;
    }
    const state = absence === undefined ? await manager.state() : undefined;
    const running = absence === undefined ? await findRunning() : undefined;
    const isRunning = running !== undefined && running.pid === state?.pid && state.isEnabled;
    const isUnchanged = before.state === "current" && isRunning;
    const isLocked = running?.isOpen === true && !isUnchanged;
    if (isLocked) await agreeToLock("when the service takes over", options.yes, context);
    await writeService(setup, manager, view);
    const daemon =
      isUnchanged || absence !== undefined ? running : await takeOver(manager, { ...context, findRunning });
    const status = isUnchanged ? "unchanged" : "installed";
    if (options.json) printJson(out, { ...facts, status, started: daemon !== undefined, pid: daemon?.pid });
    else {
      out.write(`the service is installed${isUnchanged ? " already" : ""}: ${before.path}\n`);
      out.write(`${viewWords(view)}: ${why}\n`);
      if (daemon !== undefined) out.write(`the daemon runs, process ${daemon.pid}\n`);
    }
    if (absence !== undefined) {
      reportHint(err, `it was not started: ${absence}; where it runs, "${manager.words.start}" starts it`);
    }
    if (!manager.isProven) reportHint(err, UNPROVEN);
    if (manager.words.linger !== undefined && !isUnchanged) reportHint(err, manager.words.linger);
    if (isLocked) reportHint(err, 'the vault was locked: "keepsake unlock" opens it');
  },
});

export const serviceUninstall = command({
  name: "service uninstall",
  group: "set-up",
  summary: "Take the service away; the daemon then starts when it is needed.",
  details: [
    "Ends the daemon that the service runs, and nothing is lost; an open vault is locked by that, so you are asked. Removes the files that install wrote and no other one.",
  ],
  arguments: [],
  options: { ...yesOption, ...jsonOption },
  examples: [["keepsake service uninstall", "as it was before"]],
  run: async ({ options }, context) => {
    const { out, err } = context.screen;
    const { manager, findRunning } = await serviceParts(context);
    const { findInstalled, refuseForeign, removeService } = await import("../../install/service-files.ts");
    const installed = await findInstalled(manager);
    refuseForeign(installed);
    const { path } = installed;
    if (installed.state === "absent") {
      if (options.json) printJson(out, { status: "unchanged", path });
      else out.write("no service is installed\n");
      return;
    }
    const isReachable = (await manager.absence()) === undefined;
    const pid = isReachable ? (await manager.state()).pid : undefined;
    const running = pid === undefined ? undefined : await findRunning();
    const isLocked = running?.pid === pid && running?.isOpen === true;
    if (isLocked) await agreeToLock("when the service ends", options.yes, context);
    if (isReachable) await manager.stop();
    await removeService(manager);
    await manager.forget();
    if (options.json) printJson(out, { status: "removed", path });
    else out.write(`the service is removed: ${path}\n`);
    if (isLocked) reportHint(err, 'the vault was locked: "keepsake unlock" opens it');
  },
});

export const serviceStatus = command({
  name: "service status",
  group: "set-up",
  summary: "Say whether the service is installed, whether it runs, and who started the daemon that runs.",
  details: ["Never starts the daemon, and does not count as activity. Exits with 0 whatever it says."],
  arguments: [],
  options: { ...jsonOption },
  examples: [
    ["keepsake service status --json | jq -r .daemon.startedBy", "service, by hand, on demand or null"],
  ],
  run: async ({ options }, context) => {
    const { out } = context.screen;
    const { setup, manager, findRunning } = await serviceParts(context);
    const [{ findInstalled }, { startedBy }] = await Promise.all([
      import("../../install/service-files.ts"),
      import("../../install/running-daemon.ts"),
    ]);
    const installed = await findInstalled(manager);
    const absence = await manager.absence();
    const state = absence === undefined ? await manager.state() : undefined;
    const running = await findRunning();
    const daemon =
      running === undefined
        ? null
        : { ...running, startedBy: await startedBy(running, state?.pid, setup.run) };
    const { title, isProven } = manager;
    const said = {
      manager: title,
      isProven,
      ...installed,
      absence: absence ?? null,
      service: state ?? null,
      daemon,
    };
    if (options.json) printJson(out, said);
    else out.write(formatPairs(servicePairs(said, out.style), out.style.dim));
  },
});

/** @throws NO_INPUT, INTERRUPTED */
async function agreeToLock(when: string, yes: boolean, context: Context): Promise<void> {
  if (yes) return;
  if (context.ask === undefined) {
    throw new KeepsakeError(
      "NO_INPUT",
      "the vault is open and would be locked, and there is no terminal to ask on",
      {
        hint: "nothing was changed; give --yes to go ahead without being asked",
      },
    );
  }
  await agree(context, `The vault is open, and is locked ${when}. Go on?`);
}

async function serviceParts(context: Context) {
  const [{ serviceManager }, { findRunningDaemon }] = await Promise.all([
    import("../../install/service-managers.ts"),
    import("../../install/running-daemon.ts"),
  ]);
  const setup = context.service();
  const manager: ServiceManager = serviceManager(setup);
  return { setup, manager, findRunning: () => findRunningDaemon(() => context.connect("running")) };
}
