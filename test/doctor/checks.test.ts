/** Checks on states that real programs are slow to bring about; `test/e2e/doctor.test.ts` runs all of them on real ones. */
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkCapture } from "../../src/doctor/checks/check-capture.ts";
import { checkClient } from "../../src/doctor/checks/check-client.ts";
import { checkHooks } from "../../src/doctor/checks/check-hooks.ts";
import { checkKeychain } from "../../src/doctor/checks/check-keychain.ts";
import { checkLauncher } from "../../src/doctor/checks/check-launcher.ts";
import { checkServer } from "../../src/doctor/checks/check-server.ts";
import { hostPatient } from "../../src/doctor/host-patient.ts";
import { createPatient } from "../../src/doctor/patient.ts";
import type { HostTurns, Patient, Ways } from "../../src/doctor/patient.ts";
import { encodeTokenFile } from "../../src/platform/token-file.ts";
import { launcherPath } from "../../src/setup/launcher.ts";
import { SetupHome } from "../setup/setup-home.ts";

const NOW = Date.UTC(2026, 10, 29);
const MINUTE = 60_000;

let home: SetupHome;
beforeEach(() => {
  home = new SetupHome();
});
afterEach(() => home.delete());

/** Every way that is not given fails when it is gone. */
function patient(ways: Partial<Ways> = {}): Patient {
  const given = {
    setup: () => home.setup,
    clock: { now: () => NOW, monotonic: () => 0 },
    signal: new AbortController().signal,
    configuration: { read: () => Promise.resolve({}) },
    connect: () =>
      Promise.resolve({ call: () => Promise.resolve({ state: "open" }) } as unknown as Awaited<
        ReturnType<Ways["connect"]>
      >),
    ...ways,
  };
  return createPatient(given as Ways, () => {});
}

function writeClient(id: string, content: string | readonly string[]): void {
  const { clients } = home.setup.places;
  mkdirSync(clients, { recursive: true, mode: 0o700 });
  const token = new Uint8Array(32);
  const bytes =
    typeof content === "string"
      ? content
      : encodeTokenFile({ id, token, scopes: content, projects: undefined, created: NOW });
  writeFileSync(join(clients, `${id}.json`), bytes, { mode: 0o600 });
}

const examined = async (id: string) => hostPatient(patient(), home.host(id));

describe("the client of a host", () => {
  it("is there, may be limited on purpose, and is told when it cannot hand anything over", async () => {
    await home.apply("cursor");
    writeClient("cursor", ["read", "capture"]);
    expect(checkClient(await examined("cursor"))).toEqual({ outcome: "ok", says: "may read, capture" });
    writeClient("cursor", ["read"]);
    expect(checkClient(await examined("cursor"))).toMatchObject({
      outcome: "warning",
      says: expect.stringContaining("its hooks store nothing") as string,
    });
    await home.apply("vscode");
    writeClient("vscode", ["read"]);
    expect(checkClient(await examined("vscode")).outcome).toBe("ok");
  });

  it("that others can read is told with the chmod, which is the person's to do", async () => {
    await home.apply("cursor");
    writeClient("cursor", ["read", "capture"]);
    const path = join(home.setup.places.clients, "cursor.json");
    chmodSync(path, 0o644);
    expect(checkClient(await examined("cursor"))).toMatchObject({
      outcome: "failure",
      command: `chmod 600 ${path}`,
    });
  });

  it("that was revoked or damaged fails, and its hooks with it", async () => {
    await home.apply("cursor");
    for (const content of [undefined, "{}", ""]) {
      if (content !== undefined) writeClient("cursor", content);
      const found = await examined("cursor");
      const { outcome, says, command, advice = "" } = checkClient(found);
      expect([outcome, command]).toEqual(["failure", "keepsake setup cursor"]);
      expect(says).toContain(content === undefined ? "there is no client cursor" : "does not hold the token");
      expect(advice.includes('"keepsake client revoke cursor" removes it')).toBe(content !== undefined);
      expect(await checkHooks(found)).toMatchObject({ outcome: "failure", command: "keepsake setup cursor" });
    }
  });
});

it.each(["[features]\nhooks = false\n", "features = { hooks = false }\n"])(
  "hooks of Codex that %j switches off fail, whoever has trusted them",
  async (lines) => {
    const [config = ""] = home.paths("codex");
    home.write(config, lines);
    await home.apply("codex");
    writeClient("codex", ["read", "capture"]);
    expect(await checkHooks(await examined("codex"))).toMatchObject({
      outcome: "failure",
      says: `Codex runs none of them: hooks = false under [features] in ${config} switches hooks off`,
    });
  },
);

describe("the launcher", () => {
  it.each([
    [
      (path: string) => chmodSync(path, 0o600),
      "failure",
      "may not be executed, so no host can start keepsake",
    ],
    [(path: string) => appendFileSync(path, "# mine\n"), "warning", "is not as set-up wrote it"],
  ] as const)("is found as it is, and written anew", async (spoil, outcome, says) => {
    await home.apply("vscode");
    const path = launcherPath(home.setup.places);
    spoil(path);
    const found = await checkLauncher(patient());
    expect(found).toMatchObject({ outcome, says: `${path} ${says}` });
    await found.fix?.run();
    expect((await checkLauncher(patient())).outcome).toBe("ok");
  });
});

describe("another program under the name of the server", () => {
  it("cannot speak in the report: what it answers is one bounded line", async () => {
    await home.apply("vscode");
    const message = `${"no\u001b[2J\n".repeat(1_000)}end`;
    const answer = JSON.stringify({ jsonrpc: "2.0", id: 0, error: { code: 1, message } });
    const script = `#!/usr/bin/env node\nprocess.stdin.once("data", () => console.log(${JSON.stringify(answer)}));\n`;
    writeFileSync(launcherPath(home.setup.places), script, { mode: 0o755 });
    const { outcome, says } = await checkServer(await examined("vscode"));
    expect(outcome).toBe("failure");
    expect(says).toMatch(/^\S+ refuses: no/);
    expect(says).not.toMatch(/[\p{Cc}]|end$/u);
    expect(says.split(" refuses: ")[1]?.length).toBeLessThanOrEqual(200);
  });
});

describe("what was said", () => {
  const turns = (missing: number, stored: number): HostTurns => ({
    missing,
    stored,
    holding: ["/talks"],
    bring: () => Promise.resolve(),
  });
  const found = async (id: string, old: HostTurns | undefined, fresh: HostTurns | undefined) => {
    const turnsBelow: Ways["turnsBelow"] = (_folders, _host, { until }) =>
      Promise.resolve(until > NOW - MINUTE ? fresh : old);
    return checkCapture(await hostPatient(patient({ turnsBelow }), home.host(id)));
  };

  it("within the last minute counts where it is stored, and is told where it may be on its way", async () => {
    expect(await found("codex", undefined, turns(0, 2))).toEqual({
      outcome: "ok",
      says: "all 2 turns of the last 30 days are stored",
    });
    expect((await found("codex", turns(0, 5), turns(1, 2))).says).toBe(
      "all 7 turns of the last 30 days are stored; 1 turn of the last minute may be on its way",
    );
    expect((await found("codex", undefined, turns(2, 0))).says).toBe(
      "no turn in the last 30 days; 2 turns of the last minute may be on their way",
    );
    expect(await found("codex", turns(3, 1), turns(0, 2))).toMatchObject({
      outcome: "failure",
      says: "3 of 6 turns of the last 30 days are stored",
      command: "keepsake import /talks",
    });
    expect((await found("codex", undefined, undefined)).says).toContain("no conversation");
  });

  it.each(["vscode", "opencode"])("with %s is not captured, since it has no hooks", async (id) => {
    expect(await found(id, turns(1, 1), undefined)).toEqual({
      outcome: "skipped",
      says: "nothing of this host is captured: it has no hooks",
    });
  });
});

describe("the keychain that a daemon opens the vault with", () => {
  const on = { read: () => Promise.resolve({ unlock: { keychain: "on" as const } }) };
  const found = async (mayHaveKeychain: boolean, ways: Partial<Ways> = {}) =>
    checkKeychain(patient({ mayHaveKeychain, ...ways }));

  it("needs one in the session, and a key in it", async () => {
    expect((await found(false, { configuration: on })).says).toContain("this session has no keychain");
    expect((await found(true, { configuration: on })).says).toContain("has no key of the vault");
    expect((await found(false)).says).toBe("not used");
  });
});
