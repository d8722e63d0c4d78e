/** What a host that was started from a menu has in its environment: nothing of this terminal's. */
import { homeFolder } from "../../platform/places.ts";

const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

/** @param environment - of this process. @throws USAGE when no home folder is known */
export function hostEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return { HOME: homeFolder(environment), PATH: environment["PATH"] ?? USUAL_PATH };
}
