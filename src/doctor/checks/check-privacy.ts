/** How much is kept private; a list that cannot be read keeps everything private. */
import { counted } from "../../base/shown-values.ts";
import type { Finding } from "../finding.ts";
import { failure, ok, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";

export async function checkPrivacy({ privatePlaces, clock }: Patient): Promise<Finding> {
  const places = await privatePlaces();
  const now = clock.now();
  const everywhere = await places.privacyOf({}, now);
  if (everywhere?.because === "unreadable") {
    return failure("the list of what is private cannot be read, so nothing is captured or recalled", {
      command: "keepsake private status",
      advice: "see that the folder private beside the settings is yours and 0700, and what is in it 0600",
    });
  }
  if (everywhere !== undefined) {
    return warning("everything is private, so nothing is captured or recalled", {
      command: "keepsake private off",
    });
  }
  const count = places.count(now);
  return ok(count === 0 ? "nothing is kept private" : `${counted(count, "place")} kept private`);
}
