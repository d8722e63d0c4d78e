/** A home for keepsake that nothing else uses, and that is gone afterwards, daemon and all. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

const STOP_MS = 5_000;
const PASSED_ON = ["PATH", "HOME", "LANG", "TMPDIR"];

/** Below /tmp: the path of a socket may be 103 bytes long. */
export function createHome(root) {
  const path = mkdtempSync("/tmp/keepsake-quickstart-");
  const environment = Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  environment.KEEPSAKE_HOME = path;
  const run = (args, input = "") =>
    spawnSync(process.execPath, args, { cwd: path, env: environment, input, encoding: "utf8" });

  return {
    path,
    environment,
    run,
    remove: () => {
      stopDaemon(() => run([join(root, "bin", "keepsake.js"), "status", "--json"]).stdout);
      rmSync(path, { recursive: true, force: true });
    },
    isGone: () => !existsSync(path),
  };
}

/**
 * The status names the engine; its parent is the front, which ends both.
 *
 * @param {() => string} status - what `status --json` prints
 */
export function stopDaemon(status) {
  const printed = status();
  if (printed === "") return;
  const engine = JSON.parse(printed).pid;
  const front = Number(spawnSync("ps", ["-o", "ppid=", "-p", String(engine)], { encoding: "utf8" }).stdout);
  if (!(front > 1)) return;
  process.kill(front, "SIGTERM");
  const deadline = Date.now() + STOP_MS;
  while (isRunning(front) && Date.now() < deadline) spawnSync("sleep", ["0.05"]);
  if (isRunning(front)) process.kill(front, "SIGKILL");
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
