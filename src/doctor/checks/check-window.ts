/** Whether a program's call on a locked vault can ask the person, where they want that. */
import { CHOOSE_PINENTRY, INSTALL_PINENTRY, isSafeProgram } from "../../client/window/find-pinentry.ts";
import { unlockAsk } from "../../platform/configuration.ts";
import type { Finding } from "../finding.ts";
import { ok, skipped, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";

export async function checkWindow({ configuration, setup }: Patient): Promise<Finding> {
  const settings = await configuration.read();
  if (unlockAsk(settings) === "off") return skipped("not wanted (unlock.ask is off)");
  const { environment } = setup.around;
  const program = settings.unlock?.pinentry;
  if (program === undefined || !(await isSafeProgram(program))) {
    return warning("unlock.ask is pinentry, and there is no pinentry program that it can ask with", {
      advice: `${INSTALL_PINENTRY}; ${CHOOSE_PINENTRY}`,
    });
  }
  const isSeen = ["DISPLAY", "WAYLAND_DISPLAY", "GPG_TTY"].some((name) => Boolean(environment[name]));
  if (isSeen || setup.around.platform === "darwin") return ok("a pinentry program asks for the passphrase");
  return warning("unlock.ask is pinentry, and this session names no display and no terminal for it", {
    advice: "export GPG_TTY=$(tty) where hosts are started",
  });
}
