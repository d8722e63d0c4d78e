/**
 * A dialog ends with the program that shows it, however that ends: a pinentry does not look at its input while it waits for
 * the person. A shell waits for the end of a pipe that nobody but this process holds, which `kill -9` closes too.
 */
import { spawn } from "node:child_process";

/** @returns what lets the dialog be; to be called once it has ended */
export function guardDialog(pid: number): () => void {
  const guard = spawn("/bin/sh", ["-c", 'read -r _; kill "$0"', String(pid)], {
    cwd: "/",
    detached: true,
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  return () => {
    guard.kill("SIGKILL");
  };
}
