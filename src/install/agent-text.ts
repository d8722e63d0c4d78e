/** The agent of launchd, a property list. Source: launchd.plist(5). Checked with a parser, and never run on a Mac. */
import { build, parse } from "plist";
import { attempt } from "../base/attempt.ts";
import type { ServiceSetup } from "./service-manager.ts";
import { MARK } from "./service-manager.ts";

export const AGENT_LABEL = "io.github.keepsake.keepsake";

const UMASK = 0o077;
const EXIT_TIMEOUT_S = 20;

export function agentText({
  places,
  node,
  daemon,
}: Pick<ServiceSetup, "places" | "node" | "daemon">): string {
  const list = build({
    Label: AGENT_LABEL,
    ProgramArguments: [node, daemon],
    EnvironmentVariables: { ...places.setBy },
    RunAtLoad: true,
    // A daemon that finds another one ends with 0 and is not started again.
    KeepAlive: { SuccessfulExit: false },
    ExitTimeOut: EXIT_TIMEOUT_S,
    Umask: UMASK,
    HardResourceLimits: { Core: 0 },
    SoftResourceLimits: { Core: 0 },
    ProcessType: "Adaptive",
  });
  return `${list.replace("<plist ", `<!-- ${MARK} -->\n<plist `)}\n`;
}

/** Node.js and the daemon of an agent that `agentText` made. */
export function programsInAgent(text: string): readonly string[] {
  // Of what is no property list the parser speaks to standard error.
  const list: unknown = text.includes(MARK) ? attempt(() => parse(text)) : undefined;
  const { ProgramArguments: programs } = (list ?? {}) as { readonly ProgramArguments?: unknown };
  return Array.isArray(programs) ? programs.filter((each) => typeof each === "string") : [];
}
