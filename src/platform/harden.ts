/**
 * The first statements of every process that holds keys, tokens or what was said: of the daemon's before anything else is loaded.
 *
 * - `SIGUSR1`: without a handler Node opens its debugger on a TCP port. One that was opened earlier is closed.
 * - umask: whatever is created is closed to everybody else from birth.
 * - core dumps: no page of memory goes into one. Node cannot set the core limit itself; `withoutCoreDumps` starts a
 *   child that has the limit.
 * - diagnostic reports hold the environment and heap figures: no signal and no crash writes one.
 */
import { writeFileSync } from "node:fs";

export function hardenProcess(): void {
  process.on("SIGUSR1", () => {});
  closeDebugger();
  process.umask(0o077);
  forbidCorePages();
  process.report.reportOnSignal = false;
  process.report.reportOnFatalError = false;
  process.report.reportOnUncaughtException = false;
}

/** A command that sets the core limit to zero, where it may, and becomes `command`. */
export function withoutCoreDumps(
  command: string,
  args: readonly string[],
): { readonly file: string; readonly args: readonly string[] } {
  const script = '(ulimit -c 0) 2>/dev/null && ulimit -c 0; exec "$0" "$@"';
  return { file: "/bin/sh", args: ["-c", script, command, ...args] };
}

/** Absent outside Linux; refused in some containers, where the limit has to do. */
function forbidCorePages(): void {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch {
    // nothing weaker is left to try
  }
}

/** Node has no public way to close the debugger without loading it. */
function closeDebugger(): void {
  const close: unknown = Reflect.get(process, "_debugEnd");
  if (typeof close === "function") Reflect.apply(close, process, []);
}
