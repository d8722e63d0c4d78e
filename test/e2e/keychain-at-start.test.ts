/** `unlock.keychain on` with a real gnome-keyring on a session bus of its own, unlocked and locked. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSPHRASE, PROJECT_ROOT } from "../support/throw-away-home.ts";

const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const absent = ["dbus-run-session", "gnome-keyring-daemon", "dbus-send"].filter((name) => !has(name));
if (absent.length > 0) {
  console.warn(
    `SKIPPED: the keychain at the start needs ${absent.join(", ")}: scripts/install-secret-service.sh`,
  );
}

/** Each line of `said` is the name of a step and what it came to. */
const SCRIPT = `
keepsake() { "$NODE" "$BIN/keepsake.js" "$@"; }
stop() { kill "$(keepsake status --json | sed 's/.*"frontPid":\\([0-9]*\\).*/\\1/')"; while keepsake status >/dev/null 2>&1; do sleep 0.1; done; }
state() { keepsake status --json | sed 's/.*"state":"\\([a-z]*\\)".*/\\1/'; }
lock_keyring() {
  dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \\
    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
}
printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null
keepsake init --passphrase-fd 3 3<passphrase >/dev/null || exit 1
keepsake key add keychain >/dev/null || exit 1
keepsake config set unlock.keychain on >/dev/null || exit 1
keepsake save "The winch is oiled." --no-project >/dev/null || exit 1
stop
keepsake search winch -a --no-input >/dev/null; echo "first call $?"
keepsake lock >/dev/null
keepsake search winch -a --no-input >/dev/null; echo "after a lock $?"
echo "state then $(state)"
stop
lock_keyring
keepsake search winch -a --no-input >/dev/null; echo "with the keyring locked $?"
echo "why $(keepsake status | sed -n 's/^keychain *//p')"
keepsake unlock --passphrase-fd 3 3<passphrase >/dev/null; echo "by the passphrase $?"
stop
`;

describe.skipIf(absent.length > 0)("a vault that its keychain opens when the daemon starts", () => {
  let home = "";
  const said = new Map<string, string>();

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "keepsake-keychain-"));
    mkdirSync(join(home, "run"), { mode: 0o700 });
    writeFileSync(join(home, "passphrase"), PASSPHRASE, { mode: 0o600 });
    const { stdout, stderr } = spawnSync("dbus-run-session", ["--", "sh", "-c", SCRIPT], {
      cwd: home,
      encoding: "utf8",
      timeout: 110_000,
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        XDG_RUNTIME_DIR: join(home, "run"),
        KEEPSAKE_HOME: join(home, "keepsake"),
        NODE: process.execPath,
        BIN: join(PROJECT_ROOT, "bin"),
      },
    });
    for (const [, step = "", outcome = ""] of stdout.matchAll(/^(.*?) (\S+|did .*)$/gm))
      said.set(step, outcome);
    if (said.size === 0) throw new Error(stderr);
  }, 120_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it("is open for the very call that started the daemon", () => {
    expect(said.get("first call")).toBe("0");
  });

  it("stays locked after a lock", () => {
    expect([said.get("after a lock"), said.get("state then")]).toEqual(["4", "sealed"]);
  });

  it("stays locked where the keyring is, says so, and opens with the passphrase", () => {
    expect(said.get("with the keyring locked")).toBe("4");
    expect(said.get("why")).toContain("did not open the vault at the start");
    expect(said.get("by the passphrase")).toBe("0");
  });
});
