/** The hook program beside a running daemon, killed at every step. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hooksEnded } from "../support/host-player.ts";
import { report } from "../support/rounds.ts";
import { expectSuccess, PROJECT_ROOT } from "../support/throw-away-home.ts";
import { homeWith, SILENT, storedTexts, TalkingHost } from "./support/talking-host.ts";

const KILLER = join(PROJECT_ROOT, "test/faults/support/kill-at-step.mjs");
/** More steps than any hook has, and fewer. */
const MOST_STEPS = 200;
const FEWEST_KILLS = 5;

/** What each event is told, having written what the host has written by then. */
const KILLED: readonly (readonly [event: string, tell: (host: TalkingHost, step: number) => object])[] = [
  ["UserPromptSubmit", (host, step) => host.says("user", `prompt at step ${step}`)],
  [
    "Stop",
    (host, step) => {
      host.says("user", `request at step ${step}`);
      return host.says("assistant", `answer at step ${step}`);
    },
  ],
  [
    "SessionEnd",
    (host, step) => {
      host.says("user", `last words at step ${step}`);
      return { reason: "other" };
    },
  ],
];

describe.each(["open", "sealed"])("kill -9 of a hook beside a daemon, the vault %s,", (state) => {
  test("at every step leaves a turn whole or not at all, and the next hook brings it once", async () => {
    const home = await homeWith();
    if (state === "sealed") expectSuccess(await home.run(["lock"]));
    const hosts: TalkingHost[] = [];
    const kills: string[] = [];
    for (const [number, [event, tell]] of KILLED.entries()) {
      const host = new TalkingHost(home, number + 1);
      hosts.push(host);
      let step = 1;
      for (let hasEnded = false; !hasEnded; step += 1) {
        if (step > MOST_STEPS) throw new Error("the hook never came to its end");
        const env = { NODE_OPTIONS: `--import=${KILLER}`, KILL_AT_STEP: String(step) };
        const { code, stdout, stderr } = await host.fire(event, tell(host, step), env);
        expect([event, step, stdout, stderr]).toEqual([event, step, "", ""]);
        hasEnded = code !== null;
        if (hasEnded) expect(code).toBe(0);
      }
      // Without the last one, which was not reached.
      const killed = step - 2;
      expect(killed).toBeGreaterThan(FEWEST_KILLS);
      kills.push(`${event} ${killed}`);
      // The next hook of the session, which nobody kills.
      expect(await host.fire("Stop", host.says("assistant", `all is well after ${event}`))).toEqual(SILENT);
    }
    await hooksEnded(home);
    if (state === "sealed") await home.unlock();
    const expected = hosts.flatMap(({ said }) => said).toSorted();
    expect(await storedTexts(home)).toEqual(expected);
    expectSuccess(await home.run(["verify"]));
    report({
      title: `kill -9 of the hook program at every step, the vault ${state}`,
      done: `steps killed at: ${kills.join(", ")}`,
      outcome: `${expected.length} turns, each there once and whole`,
    });
  }, 900_000);
});
