/**
 * What belongs to the settings of unlocking. Of `unlock.ask`: the program that asks is found when it is set, in the person's terminal,
 * and kept beside it.
 */
import { CHOOSE_PINENTRY, INSTALL_PINENTRY, findPinentry } from "../../client/window/find-pinentry.ts";
import { unlockKeychain } from "../../platform/configuration.ts";
import type { Settings } from "../../platform/configuration.ts";
import { INSTALL_KEYCHAIN } from "../../platform/keychain-advice.ts";
import type { Context } from "../context.ts";

export async function withPinentry(
  settings: Settings,
  ask: string,
  { environment, folder }: Pick<Context, "environment" | "folder">,
): Promise<object> {
  const { pinentry: _, ...unlock } = settings.unlock ?? {};
  const found = ask === "off" ? undefined : await findPinentry(environment["PATH"] ?? "", folder);
  return { ...settings, unlock: { ...unlock, ask, ...(found !== undefined && { pinentry: found }) } };
}

/** Which it is, for the person to see. */
export function pinentryHint({ unlock }: Settings): string | undefined {
  if (unlock?.ask !== "pinentry") return undefined;
  if (unlock.pinentry !== undefined) return `${unlock.pinentry} asks for the passphrase`;
  return `there is no pinentry program in PATH yet; ${INSTALL_PINENTRY}; ${CHOOSE_PINENTRY}`;
}

/** What the keychain lacks. */
export function keychainHint(
  settings: Settings,
  { mayHaveKeychain }: Pick<Context, "mayHaveKeychain">,
): string | undefined {
  if (unlockKeychain(settings) !== "on") return undefined;
  if (!mayHaveKeychain) return `this session has no keychain; ${INSTALL_KEYCHAIN}`;
  return 'it opens the vault once it has a key of it: "keepsake key add keychain"';
}
