/** A host's call on a locked vault, with `unlock.ask pinentry`: the real MCP server, and a pinentry of the tests' own. */
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestPinentry } from "../support/pinentry.ts";
import {
  PASSPHRASE,
  ThrowAwayHome,
  environOf,
  everyProcess,
  expectSuccess,
  killQuietly,
} from "../support/throw-away-home.ts";
import { drawCanary } from "../security/support/canaries.ts";
import { searchMemory } from "../security/support/process-memory.ts";
import { McpHost } from "./support/mcp-host.ts";

const home = new ThrowAwayHome();
const pinentry = new TestPinentry(join(home.folder, "pinentry"));
const refused = join(home.places.state, "window-refused.json");
const SEALED = /^VAULT_SEALED: .*run "keepsake unlock" in a terminal, then retry$/;
const hosts: McpHost[] = [];

beforeAll(async () => {
  await home.startDaemon();
  await home.init();
  expectSuccess(await home.run(["save", "The winch is oiled.", "--no-project"]));
  for (const client of ["claude-code", "codex"]) expectSuccess(await home.run(["client", "add", client]));
  await setAsking();
});
beforeEach(async () => {
  expectSuccess(await home.run(["lock"]));
  rmSync(refused, { force: true });
  pinentry.forget();
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  for (const pid of unlocks()) killQuietly(pid, "SIGKILL");
});
afterAll(() => home.remove());

async function host(client = "claude-code", env: Readonly<Record<string, string>> = {}): Promise<McpHost> {
  const started = await McpHost.start(home, { client, env });
  hosts.push(started);
  return started;
}

/** With the tests' own program, which the person's PATH has. */
async function setAsking(): Promise<void> {
  const env = { PATH: pinentry.path() };
  const ran = await home.run(["config", "set", "unlock.ask", "pinentry"], { env });
  expectSuccess(ran);
  expect(ran.stderr).toContain(`${pinentry.folder}/pinentry asks for the passphrase`);
}

const search = (from: McpHost) => from.call("memory_search", { query: "winch", project: "*" });
const state = async () => (await home.status()).state;

/** Processes of this home that run `keepsake unlock`. */
function unlocks(): readonly number[] {
  return everyProcess().filter(
    (pid) => environOf(pid).includes(`HOME=${home.folder}`) && commandLine(pid).includes("unlock"),
  );
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_200 && !holds(); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect(holds()).toBe(true);
}

describe("a host's call on a locked vault", () => {
  it("asks the person in a window that names the client and nothing of the call, and goes on", async () => {
    pinentry.answers({ gives: PASSPHRASE });
    const { text, isError } = await search(
      await host("claude-code", { GPG_TTY: "/dev/pts/99", SECRET_TOKEN: "x" }),
    );
    expect([isError, text.includes("The winch is oiled.")]).toEqual([false, true]);
    const [dialog, ...others] = pinentry.dialogs();
    expect(others).toEqual([]);
    expect(dialog?.lines.filter((line) => !line.startsWith("OPTION "))).toEqual([
      "SETTIMEOUT 60",
      "SETDESC claude-code asks to use your memory. Unlock keepsake?",
      "SETPROMPT Passphrase:",
      "GETPIN",
    ]);
    expect(dialog?.lines).toContain("OPTION ttyname=/dev/pts/99");
    expect(dialog?.environment).not.toHaveProperty("SECRET_TOKEN");
    expect(JSON.stringify(dialog)).not.toContain("winch");
  });

  it("says what was wrong, and takes three tries", async () => {
    pinentry.answers({ gives: "not this one" }, { gives: PASSPHRASE });
    expect((await search(await host())).isError).toBe(false);
    expect(pinentry.dialogs()[1]?.lines).toContain("SETERROR wrong passphrase; once more");
    expectSuccess(await home.run(["lock"]));
    pinentry.forget();
    pinentry.answers({ gives: "never right" });
    const { text } = await search(await host());
    expect([pinentry.windows(), SEALED.test(text)]).toEqual([3, true]);
    expect(await state()).toBe("sealed");
  });

  it("opens one window for fifty calls of three servers, and all of them go on", async () => {
    pinentry.answers({ gives: PASSPHRASE });
    const servers = await Promise.all([host(), host("codex"), host()]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => search(servers[at % 3] ?? servers[0]!)),
    );
    // The same client may ask so often a minute and no more.
    const failed = answers.filter(({ isError, text }) => isError && !text.startsWith("RATE_LIMITED"));
    expect([failed, pinentry.windows()]).toEqual([[], 1]);
  });

  it.each(["cancels", "times out"] as const)(
    "asks once for a flood when the person %s, and then nobody for 5 minutes",
    async (answer) => {
      pinentry.answers(answer);
      const servers = await Promise.all([host(), host("codex"), host()]);
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, at) => search(servers[at % 3] ?? servers[0]!)),
      );
      for (const { text } of [...answers, await search(await host())]) {
        expect(text).toMatch(SEALED);
        expect(text).toContain("none asks again for 5 minutes");
      }
      expect(pinentry.windows()).toBe(1);
      // Five minutes later; and a time that lies ahead silences nobody.
      for (const at of [Date.now() - 300_001, Date.now() + 3_600_000]) {
        pinentry.answers(answer);
        const before = pinentry.windows();
        writeFileSync(refused, JSON.stringify({ at }), { mode: 0o600 });
        await search(servers[0]!);
        expect(pinentry.windows()).toBe(before + 1);
      }
      writeFileSync(refused, JSON.stringify({ at: Date.now() - 300_001 }), { mode: 0o600 });
      pinentry.answers({ gives: PASSPHRASE });
      expect([(await search(servers[1]!)).isError, existsSync(refused)]).toEqual([false, false]);
    },
  );

  it("leaves nothing behind when the server, or who asks, is killed in the midst of it", async () => {
    pinentry.answers("hangs");
    const killed = await host();
    void search(killed).catch(() => undefined);
    await until(() => pinentry.windows() === 1);
    killQuietly(killed.pid, "SIGKILL");
    const other = search(await host("codex"));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(pinentry.windows()).toBe(1);
    const asking = unlocks().filter((pid) => commandLine(pid).includes("claude-code"));
    expect(asking).toHaveLength(1);
    killQuietly(asking[0], "SIGKILL");
    // That was no answer: its window goes with it, and nobody is asked again at once.
    expect((await other).text).toContain("none asks again for 5 minutes");
    const [window] = pinentry.dialogs();
    await until(() => !existsSync(`/proc/${window?.pid ?? 0}`));
    for (let round = 0; round < 3; round += 1) expect((await search(await host())).text).toMatch(SEALED);
    expect(pinentry.windows()).toBe(1);
  });

  it("says that the passphrase was not the reason, and asks nobody for a while", async () => {
    const keyring = (await readdir(home.places.vault)).filter((name) => name.startsWith("keyring"));
    const kept = keyring.map(
      (name) => [join(home.places.vault, name), readFileSync(join(home.places.vault, name))] as const,
    );
    expectSuccess(await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE }));
    const added = await home.run(["key", "add", "passphrase", "--passphrase-fd", "3"], {
      passphrase: `${PASSPHRASE} two`,
    });
    expectSuccess(added);
    expectSuccess(await home.run(["lock"]));
    const newer = kept.map(([path]) => [path, readFileSync(path)] as const);
    for (const [path, bytes] of kept) writeFileSync(path, bytes);
    try {
      pinentry.answers({ gives: PASSPHRASE });
      const { text } = await search(await host());
      expect(text).toMatch(SEALED);
      expect(text).toContain("for a reason which a terminal names");
      expect((await search(await host("codex"))).text).toContain("none asks again for 5 minutes");
      expect(pinentry.windows()).toBe(1);
    } finally {
      for (const [path, bytes] of newer) writeFileSync(path, bytes);
    }
  });

  it("leaves the person's commands their connections while ten servers wait for an answer", async () => {
    pinentry.answers("hangs");
    const servers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => host(at < 5 ? "claude-code" : "codex")),
    );
    for (const server of servers) search(server).catch(() => undefined);
    await until(() => unlocks().length === 10 && pinentry.windows() === 1);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (const command of ["status", "lock"]) expectSuccess(await home.run([command]));
    expect(await state()).toBe("sealed");
  });

  it("keeps the passphrase out of the server, its command lines and its environments", async () => {
    const passphrase = `${drawCanary()} and more`;
    expectSuccess(await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE }));
    expectSuccess(await home.run(["key", "add", "passphrase", "--passphrase-fd", "3"], { passphrase }));
    expectSuccess(await home.run(["lock"]));
    pinentry.answers({ gives: passphrase });
    const server = await host();
    const done = search(server);
    await until(() => pinentry.windows() === 1);
    const seen = everyProcess().flatMap((pid) =>
      environOf(pid).includes(`HOME=${home.folder}`) ? [...commandLine(pid), ...environOf(pid)] : [],
    );
    expect(seen.some((word) => word === "--for-client")).toBe(true);
    expect((await done).isError).toBe(false);
    expect(seen.join("\n")).not.toContain(passphrase);
    const needles = (["utf8", "utf16le"] as const).map((form) => ({
      name: `passphrase in ${form}`,
      bytes: Buffer.from(passphrase, form),
    }));
    const { bytes, counts } = searchMemory(server.pid, needles);
    expect([bytes > 20 << 20, counts]).toEqual([true, {}]);
  });

  it("answers at once, and says what is missing, without a pinentry program or without a display for it", async () => {
    const program = join(pinentry.folder, "pinentry");
    chmodSync(program, 0o644);
    const bare = await search(await host("claude-code", { PATH: "/nowhere" }));
    chmodSync(program, 0o755);
    expect(bare.text).toMatch(/no pinentry program.*pinentry-gnome3.*run "keepsake unlock"/);
    pinentry.answers("cannot show itself");
    const { text } = await search(await host());
    expect(text).toMatch(SEALED);
    expect(text).toContain("GPG_TTY");
    expect(existsSync(refused)).toBe(false);
  });

  it("asks nobody while it is off, or while the settings are not the person's alone", async () => {
    pinentry.answers({ gives: PASSPHRASE });
    const server = await host();
    const settings = join(home.places.config, "config.json");
    chmodSync(settings, 0o644);
    const loose = await search(server);
    chmodSync(settings, 0o600);
    expectSuccess(await home.run(["config", "set", "unlock.ask", "off"]));
    const off = await search(server);
    await setAsking();
    for (const { text } of [loose, off])
      expect(text).toMatch(/^VAULT_SEALED: the vault is locked; run "keepsake/);
    expect(pinentry.windows()).toBe(0);
  });

  it("asks nobody for what needs no open vault", async () => {
    pinentry.answers({ gives: PASSPHRASE });
    expect((await (await host()).call("memory_status")).isError).toBe(false);
    expect([pinentry.windows(), await state(), readdirSync(home.places.state).length > 0]).toEqual([
      0,
      "sealed",
      true,
    ]);
  });
});

describe("keepsake unlock --pinentry", () => {
  it("asks by hand, for a minute, although a window was refused just before", async () => {
    writeFileSync(refused, JSON.stringify({ at: Date.now() }), { mode: 0o600 });
    pinentry.answers({ gives: PASSPHRASE });
    const ran = await home.run(["unlock", "--pinentry"], { env: { PATH: pinentry.path() } });
    expect([ran.code, ran.stdout]).toEqual([0, "open: 1 memory\n"]);
    expect(pinentry.dialogs()[0]?.lines).toContain("SETDESC Enter the passphrase of your keepsake vault.");
  });

  it("refuses a name that is no client's", async () => {
    for (const name of ["Claude Code", "a\nb", "-x", "x".repeat(33), ""]) {
      const ran = await home.run(["unlock", "--pinentry", `--for-client=${name}`]);
      expect([name, ran.code]).toEqual([name, 2]);
    }
    expect((await home.run(["unlock", "--for-client", "codex"])).code).toBe(2);
  });
});
