/** launchd, told by `launchctl` in the person's own domain. Source: launchctl(1). Never run on a Mac; its answers are played in tests. */
import { join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { homeFolder } from "../platform/places.ts";
import { AGENT_LABEL, agentText, programsInAgent } from "./agent-text.ts";
import type { ServiceManager, ServiceSetup, ServiceState } from "./service-manager.ts";

export function launchdManager(setup: ServiceSetup): ServiceManager {
  const { run, uid, around } = setup;
  const path = join(homeFolder(around.environment), "Library", "LaunchAgents", `${AGENT_LABEL}.plist`);
  const domain = `gui/${uid}`;
  const target = `${domain}/${AGENT_LABEL}`;
  const launchctl = (...args: readonly string[]) => run("launchctl", args);
  const demand = async (args: readonly string[], what: string) => {
    if ((await launchctl(...args)).exit === 0) return;
    throw new KeepsakeError("DAEMON_UNREACHABLE", what, {
      hint: `"launchctl print ${target}" says why; without the service the daemon starts when it is needed`,
    });
  };
  const isLoaded = async () => (await launchctl("print", target)).exit === 0;

  return {
    title: "launchd",
    name: AGENT_LABEL,
    isProven: false,
    files: () => [{ path, text: agentText(setup) }],
    programsIn: programsInAgent,
    probe: () => Promise.resolve({ view: "open", why: "launchd gives a program no view of its own" }),
    absence: async () => {
      const { exit, isMissing } = await launchctl("print", domain);
      if (isMissing) return "there is no launchd here";
      return exit === 0 ? undefined : "nobody is logged in to the desktop of this user";
    },
    state: async () => stateOf(await launchctl("print", target)),
    start: async () => {
      if (await isLoaded()) await launchctl("bootout", target);
      await launchctl("enable", target);
      await demand(["bootstrap", domain, path], "launchd could not start the service");
    },
    stop: async () => {
      if (await isLoaded()) await demand(["bootout", target], "launchd could not stop the service");
    },
    forget: () => Promise.resolve(),
    words: {
      start: `launchctl bootstrap ${domain} ${path}`,
      log: `launchctl print ${target}`,
    },
  };
}

/** Of an agent that is loaded launchd prints `state = running` and `pid = 123`, each on a line of its own. */
function stateOf({ exit, out }: { readonly exit: number | undefined; readonly out: string }): ServiceState {
  const pid = Number(/^\s*pid = (\d+)$/m.exec(out)?.[1]);
  return { isEnabled: exit === 0, isActive: exit === 0 && pid > 0, ...(exit === 0 && pid > 0 && { pid }) };
}
