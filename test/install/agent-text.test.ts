/** The agent of launchd, read by a parser of property lists and by one of XML alone; it was never run on a Mac. */
import { parse } from "plist";
import { describe, expect, it } from "vitest";
import { AGENT_LABEL, agentText, programsInAgent } from "../../src/install/agent-text.ts";
import { MARK } from "../../src/install/service-manager.ts";
import { resolvePlaces } from "../../src/platform/places.ts";

const HOMES: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  Readonly<Record<string, string>>,
])[] = [
  ["all in its usual place", { HOME: "/Users/mira" }, {}],
  [
    "a home of its own with signs that XML has a meaning for",
    { HOME: "/Users/mira", KEEPSAKE_HOME: `/Volumes/a & b <c> "ü" --'s` },
    { KEEPSAKE_HOME: `/Volumes/a & b <c> "ü" --'s` },
  ],
];

describe("the agent of launchd", () => {
  it.each(HOMES)("is a property list that says what is started, and when: %s", (_, environment, wanted) => {
    const places = resolvePlaces(environment, "darwin");
    const programs = ["/opt/homebrew/bin/node", "/opt/k & s/bin/keepsaked.js"] as const;
    const text = agentText({ places, node: programs[0], daemon: programs[1] });
    expect(text).toContain(`<!-- ${MARK} -->`);
    expect(parse(text)).toEqual({
      Label: AGENT_LABEL,
      ProgramArguments: [...programs],
      EnvironmentVariables: wanted,
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ExitTimeOut: 20,
      Umask: 0o077,
      HardResourceLimits: { Core: 0 },
      SoftResourceLimits: { Core: 0 },
      ProcessType: "Adaptive",
    });
    expect(programsInAgent(text)).toEqual(programs);
  });

  it("says nothing of programs where it is none", () => {
    expect(
      ["", "<plist/>", "not one", `<!-- ${MARK} --><plist version="1.0"><string>x</string></plist>`].map(
        programsInAgent,
      ),
    ).toEqual([[], [], [], []]);
  });
});
