/** Repositories for tests, made by git itself. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Tests of repositories are skipped where it is not. */
export const HAS_GIT = spawnSync("git", ["--version"]).status === 0;

if (!HAS_GIT) process.stderr.write("git is not installed: the tests of repositories are skipped\n");

export function git(cwd: string, ...words: readonly string[]): void {
  mkdirSync(cwd, { recursive: true });
  const author = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=trunk"];
  execFileSync("git", [...author, ...words], { cwd, stdio: "ignore" });
}

/** A repository with one commit. */
export function makeRepository(path: string): string {
  git(path, "init");
  git(path, "commit", "--allow-empty", "-m", "start");
  return path;
}
