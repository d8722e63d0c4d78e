/** What to do where a session has no keychain. */
export const INSTALL_KEYCHAIN =
  process.platform === "darwin"
    ? "unlock with the passphrase"
    : "install libsecret-1-0 and gnome-keyring (Debian, Ubuntu; elsewhere libsecret and a Secret Service) and log in to a desktop, or start one under dbus-run-session; until then the passphrase opens it";
