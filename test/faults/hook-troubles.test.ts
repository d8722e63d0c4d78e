/** Hooks on a full disk, of a host that never ends what it says, and at the end of a session that waits for nothing. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { readProc } from "../support/daemon-home.ts";
import { hooksEnded } from "../support/host-player.ts";
import { report } from "../support/rounds.ts";
import { environOf, everyProcess, expectSuccess, finished, killQuietly } from "../support/throw-away-home.ts";
import type { ThrowAwayHome } from "../support/throw-away-home.ts";
import { homeWith, HOST, SILENT, storedTexts, TalkingHost } from "./support/talking-host.ts";

const mountPoint = mkdtempSync(join(tmpdir(), "ks-hook-full-"));
const canMount =
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m,mode=700", "none", mountPoint]).status === 0;
if (!canMount) console.warn("SKIPPED: a full disk needs the right to mount a tmpfs");

afterAll(() => {
  if (canMount) spawnSync("umount", ["-l", mountPoint]);
  rmSync(mountPoint, { recursive: true, force: true });
});

test.skipIf(!canMount).each(["open", "sealed", "without a daemon"])(
  "a full disk costs the host nothing, and no turn once there is room again (%s)",
  async (state) => {
    const home = await homeWith({ KEEPSAKE_HOME: join(mountPoint, state.replaceAll(" ", "-")) });
    const host = new TalkingHost(home, 1);
    expect(await host.fire("UserPromptSubmit", host.says("user", "said while there was room"))).toEqual(
      SILENT,
    );
    if (state !== "open") expectSuccess(await home.run(["lock"]));
    if (state === "without a daemon") await endDaemon(home);
    const filler = join(mountPoint, "filler");
    spawnSync("sh", ["-c", `cat /dev/zero > ${filler}`]);
    // More than may have room in what files have already.
    const words = "words that take their room, ".repeat(1_500);
    for (let number = 0; number < 3; number += 1) {
      const prompt = host.says("user", `${number}: ${words}`);
      expect(await host.fire("UserPromptSubmit", prompt)).toEqual(SILENT);
    }
    expect(await host.fire("Stop", host.says("assistant", "said on a full disk"))).toEqual(SILENT);
    await hooksEnded(home);
    rmSync(filler);
    if (state === "open") await writable(home);
    expect(await host.fire("Stop", host.says("assistant", "said when there was room again"))).toEqual(SILENT);
    await hooksEnded(home);
    if (state !== "open") await home.unlock();
    expect(shortened(await storedTexts(home))).toEqual(shortened(host.said.toSorted()));
    expectSuccess(await home.run(["verify"]));
    await home.remove();
    report({
      title: `a full disk under hooks (${state})`,
      done: `${host.said.length} turns, all but two while a tmpfs had no byte left`,
      outcome: "every hook ended with 0 and in silence; each turn there once after the next hook",
    });
  },
);

test("a host that never ends what it says is left by the hook itself, and what it said whole is stored", async () => {
  const home = await homeWith();
  const whole = JSON.stringify({ session_id: "s", prompt_id: "p", cwd: "/nowhere", prompt: "never ended" });
  const began = performance.now();
  const left = ["", whole.slice(0, 40), whole].map(async (input) => {
    const [command = "", ...args] = home.commandLine("keepsake", ["hook", HOST, "UserPromptSubmit"]);
    const child = spawn(command, args, { env: { ...home.env }, stdio: "pipe" });
    child.stdin.on("error", () => {});
    child.stdin.write(input);
    return finished(child);
  });
  for (const ran of await Promise.all(left)) expect(ran).toEqual(SILENT);
  // It listens for 15 s.
  expect(performance.now() - began).toBeGreaterThan(10_000);
  await hooksEnded(home);
  expect(await storedTexts(home)).toEqual(["never ended"]);
});

test("the end of a session is handed over: the host is free before anything is stored", async () => {
  const home = await homeWith();
  const host = new TalkingHost(home, 1);
  for (let number = 0; number < 40; number += 1) host.says("user", `words without a hook ${number}`);
  const pids = home.processIds();
  for (const pid of pids) killQuietly(pid, "SIGSTOP");
  expect(await host.fire("SessionEnd", { reason: "other" })).toEqual(SILENT);
  // The daemon cannot have taken them, and who brings them lives.
  expect(handedOver(home)).toHaveLength(1);
  for (const pid of pids) killQuietly(pid, "SIGCONT");
  await hooksEnded(home);
  expect(handedOver(home)).toEqual([]);
  expectSuccess(await home.run(["lock"]));
  await home.unlock();
  expect(await storedTexts(home)).toEqual(host.said.toSorted());
});

/** Processes that go on where a hook has ended. */
function handedOver(home: ThrowAwayHome): readonly number[] {
  return everyProcess().filter(
    (pid) =>
      environOf(pid).includes(`HOME=${home.folder}`) && readProc(pid, "cmdline").includes("handed-over"),
  );
}

function shortened(texts: readonly string[]): readonly string[] {
  return texts.map((text) => `${text.slice(0, 40)} (${text.length})`);
}

/** The vault tries again by itself, after a second at first, and later the longer the disk was full. */
async function writable(home: ThrowAwayHome): Promise<void> {
  const client = await home.connect();
  while ((await client.call("vault.status", {})).open?.readOnly !== undefined) await pause(200);
  client.close();
}

async function endDaemon(home: ThrowAwayHome): Promise<void> {
  killQuietly(home.frontId(), "SIGTERM");
  while (home.processIds().length > 0) await pause(20);
}
