/**
 * A line to the daemon on which a call that finds the vault locked lets the person be asked, where they want that, and is made
 * again once it is open. The passphrase does not pass this process, and nothing of the call goes to whoever asks.
 */
import { ERRORS, KeepsakeError, hasCode } from "../base/errors.ts";
import type { WindowOutcome } from "../client/window/unlock-window.ts";
import type { DaemonLink } from "./daemon-link.ts";

const WHY_NOT: Readonly<Record<Exclude<WindowOutcome, "open" | "off">, string>> = {
  refused:
    "a window asked the user a short while ago and the vault stayed locked, and none asks again for 5 minutes",
  asking: "a window asks the user for the passphrase and has no answer yet",
  "no-program":
    "no window can ask the user, since no pinentry program is set: pinentry-gnome3, pinentry-qt or pinentry-curses is one, and config set unlock.ask pinentry finds it",
  unavailable:
    "no window could ask the user: this host's environment names no display, and no terminal in GPG_TTY, that pinentry can use",
  failed: "the user was to open it in a window, and it did not open for a reason which a terminal names",
};

/** @param ask - what `createUnlockWindow` gives; a call without a signal, for which nobody waits, asks nobody */
export function createAskingLink(
  link: DaemonLink,
  ask: (signal: AbortSignal) => Promise<WindowOutcome>,
): DaemonLink {
  return {
    call: async (method, params, signal) => {
      try {
        return await link.call(method, params, signal);
      } catch (error) {
        if (signal === undefined || !hasCode(error, "VAULT_SEALED")) throw error;
        const outcome = await ask(signal);
        if (signal.aborted) throw new KeepsakeError("CANCELLED");
        if (outcome === "off") throw error;
        if (outcome === "open") return link.call(method, params, signal);
        throw new KeepsakeError("VAULT_SEALED", `${ERRORS.VAULT_SEALED.summary}; ${WHY_NOT[outcome]}`);
      }
    },
    close: () => link.close(),
  };
}
