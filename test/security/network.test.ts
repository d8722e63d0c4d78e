import { spawn, spawnSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { MAIN_JOB, startJob } from "../e2e/support/main-job.ts";
import { McpHost } from "../e2e/support/mcp-host.ts";
import { until } from "../support/daemon-home.ts";
import { ThrowAwayHome, expectSuccess, finished, killQuietly } from "../support/throw-away-home.ts";

const NO_NETWORK = process.getuid?.() === 0 ? ["unshare", "--net"] : ["unshare", "--map-root-user", "--net"];
const hasStrace = spawnSync("strace", ["-V"]).status === 0;
const hasNamespaces = spawnSync(NO_NETWORK[0] ?? "", [...NO_NETWORK.slice(1), "true"]).status === 0;

let home: ThrowAwayHome;
afterEach(() => home.remove());

interface Trace {
  /** Address families of every socket that was made. */
  readonly families: readonly string[];
  /** Paths that were opened for writing. */
  readonly written: readonly string[];
}

function readTrace(path: string): Trace {
  const lines = readFileSync(path, "utf8").split("\n");
  return {
    families: lines.flatMap((line) => /\bsocket(?:pair)?\((\w+)/.exec(line)?.[1] ?? []),
    written: lines.flatMap(
      (line) =>
        /\bopen(?:at)?\([^"]*"([^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT)[^)]*\) = \d/.exec(line)?.[1] ?? [],
    ),
  };
}

const tracer = (file: string) => [
  "strace",
  "-f",
  "-qq",
  "-s",
  "4096",
  "-e",
  "trace=socket,socketpair,open,openat,creat",
  "-o",
  file,
];

describe("the network", () => {
  it("is not there, and the whole main job works", async (context) => {
    if (!hasNamespaces) context.skip("no network namespaces here (unshare)");
    const job = startJob();
    home = job.home;
    home.prefix = NO_NETWORK;
    const control = spawn(NO_NETWORK[0] ?? "", [...NO_NETWORK.slice(1), "cat", "/proc/net/dev"]);
    const devices = expectSuccess(await finished(control))
      .split("\n")
      .slice(2)
      .map((line) => line.split(":")[0]?.trim());
    expect(devices.filter((name) => name !== "" && name !== "lo")).not.toContainEqual(
      expect.stringMatching(/^(eth|en|wl)/),
    );
    for (const [, step] of MAIN_JOB) await step(job);
  });

  it("is touched by no system call of a whole session: every socket is AF_UNIX, every file written lies in the home", async (context) => {
    if (!hasStrace) context.skip("strace is not installed");
    home = new ThrowAwayHome();
    const trace = (name: string) => join(home.folder, `trace-${name}`);
    home.prefix = [];
    await home.startDaemon(tracer(trace("daemon")));
    home.prefix = tracer(trace("cli"));
    await home.init();
    const cli = readTrace(trace("cli"));
    home.prefix = [];
    expectSuccess(await home.run(["client", "add", "mcp"]));
    home.prefix = tracer(trace("mcp"));
    const host = await McpHost.start(home);
    expect((await host.call("memory_save", { text: "over MCP" })).isError).toBe(false);
    expect((await host.call("memory_search", { query: "MCP", project: "*" })).text).toContain("over MCP");
    await host.close();
    home.prefix = [];
    const id = expectSuccess(await home.run(["save", "a note"])).trim();
    expectSuccess(await home.run(["search", "note"]));
    expectSuccess(await home.run(["forget", id, "--yes"]));
    expectSuccess(await home.run(["purge", "--yes"]));
    expectSuccess(await home.run(["lock"]));
    await home.unlock();
    killQuietly(home.frontId(), "SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 500));

    const traces = [cli, readTrace(trace("mcp")), readTrace(trace("daemon"))];
    for (const { families, written } of traces) {
      expect(families).toContain("AF_UNIX");
      expect(families.filter((family) => family !== "AF_UNIX")).toEqual([]);
      const outside = written.filter(
        (path) => !path.startsWith(`${home.folder}/k/`) && !path.startsWith("/dev/"),
      );
      expect(outside.filter((path) => path !== "/proc/self/coredump_filter")).toEqual([]);
    }
    expect(traces[2]?.written.some((path) => /\/vault\/\.?keyring\./.test(path))).toBe(true);

    // The control: the same reading of the same tracer sees a program that does use the network and does write elsewhere.
    const code = `require("node:net").connect(9, "127.0.0.1").on("error", () => {}); require("node:fs").writeFileSync(${JSON.stringify(join(home.folder, "elsewhere"))}, "x")`;
    const [command = "", ...args] = tracer(trace("control"));
    expectSuccess(await finished(spawn(command, [...args, process.execPath, "-e", code])));
    const control = readTrace(trace("control"));
    expect(control.families).toContain("AF_INET");
    expect(control.written).toContain(join(home.folder, "elsewhere"));
  });

  it("gets no debugger of any process, after 100 times SIGUSR1 with an open vault", async () => {
    home = new ThrowAwayHome();
    await home.init();
    expectSuccess(await home.run(["client", "add", "mcp"]));
    const host = await McpHost.start(home);
    expect((await host.call("memory_status")).isError).toBe(false);
    await until(() => home.processIds().length === 3);
    const hook = spawn(...hookThatListens(home));
    hook.stdin.write("{");
    await until(() => isHardened(hook.pid ?? 0));
    const processes = [...home.processIds(), hook.pid ?? 0];
    expect(processes.map(isHardened)).toEqual(processes.map(() => true));
    for (let times = 0; times < 100; times++) {
      for (const pid of processes) killQuietly(pid, "SIGUSR1");
      if (times % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expectSuccess(await home.run(["save", "still here"]));
    expect([...home.processIds(), hook.pid]).toEqual(processes);
    expect(processes.flatMap(listening)).toEqual([]);
    expect((await host.call("memory_status")).isError).toBe(false);
    await host.close();
    hook.stdin.end("}");
    expect(await finished(hook)).toEqual({ code: 0, stdout: "", stderr: "" });

    const plain = spawn(process.execPath, ["-e", "setTimeout(() => {}, 30000); console.log(1)"], {
      env: { HOME: home.folder },
    });
    await new Promise((resolve) => plain.stdout.once("data", resolve));
    for (let times = 0; times < 100 && listening(plain.pid ?? 0).length === 0; times++) {
      killQuietly(plain.pid, "SIGUSR1");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(listening(plain.pid ?? 0)).not.toEqual([]);
  });
});

/** A hook waits for what its host says. */
function hookThatListens(home: ThrowAwayHome): [string, readonly string[], { env: NodeJS.ProcessEnv }] {
  const [command = "", ...args] = home.commandLine("keepsake", ["hook", "claude-code", "Stop"]);
  return [command, args, { env: { ...home.env } }];
}

/** Whether a crash would write no page of its memory: the last that is done before Node's debugger has no way in. */
function isHardened(pid: number): boolean {
  return Number.parseInt(readFileSync(`/proc/${pid}/coredump_filter`, "utf8"), 16) === 0;
}

/** Local addresses of the TCP ports a process listens on. */
function listening(pid: number): readonly string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        return undefined;
      }
    }),
  );
  return ["tcp", "tcp6"]
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === "0A" && own.has(inode))
    .map(([, local = ""]) => local);
}
