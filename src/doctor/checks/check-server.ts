/** One real call through the host's own registration, with the environment that the host has and not the terminal's. */
import { foldedLine } from "../../base/stored-text.ts";
import type { Finding } from "../finding.ts";
import { failure, ok } from "../finding.ts";
import type { HostPatient } from "../host-patient.ts";
import { STATUS_TOOL, callServer } from "../starting/call-server.ts";
import type { ServerAnswer } from "../starting/call-server.ts";

/** A daemon may have to be started. */
const SERVER_MS = 20_000;
/** Of what a program that calls itself keepsake answers with: it may be anybody's. */
const COMPLAINT_CHARACTERS = 200;

export async function checkServer({ patient, registration }: HostPatient): Promise<Finding> {
  const { host, server } = registration;
  const command = `keepsake setup ${host.id}`;
  if (server === undefined) return failure("the host's file names no server keepsake", { command });
  const answer = await callServer({ ...server, limitMs: SERVER_MS, signal: patient.signal });
  const fault = faultOf(answer);
  if (fault === undefined) return ok(`answers with ${answer.tools.length} tools and the state of the vault`);
  return failure(`${server.command} ${fault}`, { command, advice: "that writes it anew" });
}

function faultOf({ reached, refused, refusal, isLate, code, tools }: ServerAnswer): string | undefined {
  if (refusal !== undefined) return `cannot be started (${refusal})`;
  if (refused !== undefined) return `refuses: ${foldedLine(refused, COMPLAINT_CHARACTERS)}`;
  if (reached === "tools/call") {
    return tools.includes(STATUS_TOOL) ? undefined : `is another server: it has no tool ${STATUS_TOOL}`;
  }
  const until = reached === "nothing" ? "before it answered" : `after ${reached}`;
  if (isLate) return `did not answer within ${SERVER_MS / 1_000} s`;
  return `ended ${until}${code === null ? "" : ` (exit code ${code})`}`;
}
