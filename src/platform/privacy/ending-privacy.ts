/** What a person types to end it. */
import { shellWord } from "../../base/shown-values.ts";
import type { Privacy } from "./privacy.ts";

/** A command, that a shell reads in any folder; of a list that cannot be read the one that says what is wrong with it. */
export function endingCommand({ because, name = "" }: Pick<Privacy, "because" | "name">): string {
  const words = {
    folder: ["off", name],
    project: ["off", name, "--project"],
    session: ["off", "--session", name],
    everywhere: ["off", "--everywhere"],
    unreadable: ["status"],
  }[because];
  return ["keepsake private", ...words.map(shellWord)].join(" ");
}
