/** The user manager of systemd, asked by `systemctl --user`. Source: systemctl(1), systemd-run(1), systemd.exec(5), "Process exit codes". */
import { readlink } from "node:fs/promises";
import { join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { homeFolder } from "../platform/places.ts";
import { removeHostFile } from "../setup/host-files.ts";
import type { ServiceManager, ServiceSetup, ServiceState } from "./service-manager.ts";
import { CLOSED_VIEW_PROPERTIES, openViewText, programsInUnit, unitText } from "./unit-text.ts";

const UNIT = "keepsake.service";
/** What systemd's child ends with where the kernel refuses: user, capabilities, network and mount namespace. */
const REFUSED_EXITS: ReadonlySet<number | undefined> = new Set([217, 218, 225, 226]);

export function systemdManager(setup: ServiceSetup): ServiceManager {
  const { run, around } = setup;
  const folder = join(configFolder(setup), "systemd", "user");
  const path = join(folder, UNIT);
  const systemctl = (...args: readonly string[]) => run("systemctl", ["--user", "--no-pager", ...args]);
  const absence = async () => {
    const { exit, isMissing } = await systemctl("show", "--property=Version");
    if (isMissing) return "there is no systemd here";
    return exit === 0 ? undefined : "systemd's user manager does not answer in this session";
  };

  const properties = async (): Promise<Readonly<Record<string, string>>> => {
    const { exit, out } = await systemctl("show", UNIT);
    if (exit !== 0) throw refusedError("systemd did not say what it knows of the service");
    return Object.fromEntries(
      out.split("\n").map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]),
    );
  };
  const demand = async (args: readonly string[], what: string) => {
    if ((await systemctl(...args)).exit !== 0) throw refusedError(what);
  };

  return {
    title: "systemd",
    name: UNIT,
    isProven: true,
    files: (view) => [
      { path, text: unitText(setup) },
      {
        path: join(folder, `${UNIT}.d`, "open-view.conf"),
        text: view === "open" ? openViewText() : undefined,
      },
    ],
    programsIn: programsInUnit,
    probe: async () => {
      if ((await absence()) === undefined) {
        const wanted = CLOSED_VIEW_PROPERTIES.flatMap((each) => ["-p", each]);
        const args = ["--user", "--wait", "--quiet", "--collect", ...wanted, "true"];
        const { exit } = await run("systemd-run", args);
        if (exit === 0) return { view: "closed", why: "systemd started a program in user namespaces" };
        if (REFUSED_EXITS.has(exit)) {
          return { view: "open", why: `systemd could start no program in user namespaces (code ${exit})` };
        }
      }
      const { exit, isMissing } = await run("unshare", ["--user", "--map-root-user", "--mount", "true"]);
      if (exit === 0) return { view: "closed", why: "the kernel gave a program user namespaces" };
      if (isMissing)
        return { view: "closed", why: "whether the kernel gives user namespaces could not be tried" };
      return { view: "open", why: "the kernel gave a program no user namespaces" };
    },
    absence,
    state: async () => stateOf(await properties()),
    start: async () => {
      await demand(["daemon-reload"], "systemd did not read its units anew");
      const { LoadState } = await properties();
      if (LoadState !== "loaded") throw unseenError(folder, around.environment["XDG_CONFIG_HOME"]);
      await demand(["enable", UNIT], "systemd did not enable the service");
      await systemctl("reset-failed", UNIT);
      await demand(["restart", UNIT], "systemd could not start the service");
    },
    stop: async () => demand(["disable", "--now", UNIT], "systemd could not stop the service"),
    forget: async () => {
      // What "enable" made, where no manager takes it away.
      const link = join(folder, "default.target.wants", UNIT);
      const target = await readlink(link).catch(() => undefined);
      if (target === path || target === `../${UNIT}`) await removeHostFile(link);
      if ((await absence()) !== undefined) return;
      await systemctl("daemon-reload");
      await systemctl("reset-failed", UNIT);
    },
    words: {
      start: `systemctl --user daemon-reload && systemctl --user enable --now ${UNIT}`,
      log: `journalctl --user -u ${UNIT}`,
      linger: '"loginctl enable-linger" starts it with the machine, before you log in',
    },
  };
}

function stateOf({
  UnitFileState,
  ActiveState,
  MainPID,
  Result,
}: Readonly<Record<string, string>>): ServiceState {
  const pid = Number(MainPID);
  return {
    isEnabled: UnitFileState?.startsWith("enabled") === true,
    isActive: ActiveState === "active" || ActiveState === "activating",
    ...(pid > 0 && { pid }),
    ...(ActiveState === "failed" && { failure: Result ?? "failed" }),
  };
}

function configFolder({ around: { environment } }: ServiceSetup): string {
  const given = environment["XDG_CONFIG_HOME"];
  return given?.startsWith("/") === true ? given : join(homeFolder(environment), ".config");
}

function refusedError(what: string): KeepsakeError {
  return new KeepsakeError("DAEMON_UNREACHABLE", what, {
    hint: `"systemctl --user status ${UNIT}" and "journalctl --user -u ${UNIT}" say why; without the service the daemon starts when it is needed`,
  });
}

function unseenError(folder: string, configHome: string | undefined): KeepsakeError {
  return new KeepsakeError("INVALID_CONFIG", `systemd does not look for units in ${folder}`, {
    hint:
      configHome === undefined
        ? '"systemctl --user show --property=UnitPath" says where it looks'
        : "its user manager was started without this XDG_CONFIG_HOME; set it in environment.d(5), or run this without it",
  });
}
