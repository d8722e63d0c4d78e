/** The host's client: without one its hooks do nothing and its server is refused. */
import type { Finding } from "../finding.ts";
import { failure, failureOf, ok, warning } from "../finding.ts";
import type { HostPatient } from "../host-patient.ts";

export function checkClient({ registration, client }: HostPatient): Finding {
  const { host, hooks } = registration;
  const setUp = `keepsake setup ${host.id}`;
  if (client.state === "absent") return failure(`there is no client ${host.id}`, { command: setUp });
  if (client.state === "unsafe") return failureOf(client.fault);
  if (client.state === "unreadable") {
    const advice = `or "keepsake client revoke ${host.id}" removes it`;
    return failure(client.fault.message, {
      command: setUp,
      advice: `that replaces it once you agree; ${advice}`,
    });
  }
  const { scopes } = client;
  const mayCapture = scopes.includes("capture") || scopes.includes("write");
  if (hooks !== undefined && !mayCapture) {
    return warning(
      `may not hand over conversations (it may: ${scopes.join(", ")}), so its hooks store nothing`,
      {
        advice: `if that is not meant: "keepsake client revoke ${host.id}", then "${setUp}"`,
      },
    );
  }
  return ok(`may ${scopes.join(", ")}`);
}
