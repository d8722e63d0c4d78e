/** Whether the host's hooks are there, trusted where the host asks for trust, and run: with code 0, in time, without a word. */
import { counted } from "../../base/shown-values.ts";
import type { Finding } from "../finding.ts";
import { failure, ok, skipped } from "../finding.ts";
import type { HostPatient } from "../host-patient.ts";
import { startProgram } from "../starting/started-program.ts";

const HOOK_MS = 10_000;

export async function checkHooks({
  patient,
  registration,
  client,
  environment,
}: HostPatient): Promise<Finding> {
  const { host, hooks } = registration;
  const command = `keepsake setup ${host.id}`;
  if (hooks === undefined) return skipped("this host has none");
  if (hooks.state === "absent") return failure("none are registered", { command });
  if (hooks.switchedOff !== undefined) {
    return failure(`${host.title} runs none of them: ${hooks.switchedOff} switches hooks off`, {
      advice: "take that line out, or set it to true",
    });
  }
  if (hooks.trust === "not reviewed") {
    return failure(`${host.title} runs none of them: nobody has looked at them there yet`, {
      ...(host.trust !== undefined && { advice: host.trust }),
    });
  }
  if (client.state !== "there") {
    return failure("they run and store nothing: their client cannot say hello", { command });
  }
  const last = hooks.commands.at(-1);
  if (last === undefined) return skipped("this host has none");
  const { code, said, hasComplained, isLate } = await startProgram(
    { command: "/bin/sh", args: ["-c", last.command], environment, limitMs: HOOK_MS, signal: patient.signal },
    ({ write, closeInput }) => {
      // It names no session: nothing is captured.
      write(JSON.stringify({ hook_event_name: last.event }));
      closeInput();
    },
  );
  if (isLate) return failure(`${last.event} did not end within ${HOOK_MS / 1_000} s`, { command });
  if (code !== 0) return failure(`${last.event} does not run (exit code ${code ?? "none"})`, { command });
  if (said !== "" || hasComplained) return failure(`${last.event} is not silent`, { command });
  return ok(`${counted(hooks.commands.length, "event")}, silent and in time`);
}
