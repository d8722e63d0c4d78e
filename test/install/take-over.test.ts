import { describe, expect, it } from "vitest";
import type { RunningDaemon } from "../../src/install/running-daemon.ts";
import type { ServiceManager, ServiceState } from "../../src/install/service-manager.ts";
import { takeOver } from "../../src/install/take-over.ts";
import { errorOf } from "../support/codes.ts";

const ACTIVE: ServiceState = { isEnabled: true, isActive: true, pid: 7 };
const daemon = (pid: number): RunningDaemon => ({ pid, isOpen: false, version: "1" });

/** @param states, daemons - in turn, the last one for ever */
function played(
  states: readonly ServiceState[],
  daemons: readonly (RunningDaemon | undefined)[],
  holders: readonly number[] = [],
) {
  const said: string[] = [];
  const next = <T>(list: readonly T[], seen: number) => list[Math.min(seen, list.length - 1)] as T;
  let [states_, daemons_] = [0, 0];
  const manager = {
    title: "systemd",
    words: { start: "start", log: "journalctl" },
    start: () => Promise.resolve(void said.push("start")),
    state: () => Promise.resolve(next(states, states_++)),
  } as unknown as ServiceManager;
  const ways = {
    takeVaultLocks: (wish: string) => {
      said.push(wish);
      const report = holders.length > 0 ? { state: "held", holders } : { state: "free", ended: [] };
      return Promise.resolve({ report, release: () => void said.push("release") }) as never;
    },
    findRunning: () => Promise.resolve(next(daemons, daemons_++)),
  };
  return { said, done: takeOver(manager, ways) };
}

describe("taking over", () => {
  it("ends whatever has the vault, and lets go of it only once the service is started", async () => {
    const { said, done } = played([ACTIVE], [undefined, daemon(7)]);
    expect(await done).toEqual(daemon(7));
    expect(said).toEqual(["end", "start", "release"]);
  });

  it("tries again when a command was faster, and says so after three times", async () => {
    const gone = { ...ACTIVE, isActive: false };
    const again = played([gone, ACTIVE], [daemon(5), daemon(7)]);
    expect(await again.done).toEqual(daemon(7));
    expect(again.said.filter((each) => each === "start")).toHaveLength(2);
    const never = played([gone], [daemon(5)]);
    expect((await errorOf(never.done)).code).toBe("DAEMON_UNREACHABLE");
    expect(never.said.filter((each) => each === "release")).toHaveLength(3);
  });

  it("waits while another daemon answers and the service's still waits for the vault", async () => {
    expect(await played([ACTIVE], [daemon(5), daemon(5), daemon(7)]).done).toEqual(daemon(7));
  });

  it("starts nothing while a process that cannot be ended has the vault, and says which", async () => {
    const { said, done } = played([ACTIVE], [daemon(7)], [99]);
    expect((await errorOf(done)).message).toContain("99");
    expect(said).toEqual(["end", "release"]);
  });

  it("says that it ended, in the manager's word, and where the reason stands", async () => {
    const { message, hint } = await errorOf(
      played([{ isEnabled: true, isActive: false, failure: "exit-code" }], [undefined]).done,
    );
    expect([message, hint]).toEqual([
      expect.stringContaining("exit-code"),
      expect.stringContaining("journalctl"),
    ]);
  });
});
