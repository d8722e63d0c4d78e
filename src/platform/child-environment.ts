/**
 * What a process that keepsake starts may inherit: where the user's folders are, the language, and the session bus the
 * keychain is reached by. Everything else stays behind: `NODE_OPTIONS`, `LD_PRELOAD` and `DYLD_*` would run code or
 * open a debugger, and the rest (the current folder among it) may say what the user works on.
 */
const ALLOWED = new Set([
  "HOME",
  "USER",
  "LOGNAME",
  "PATH",
  "LANG",
  "TZ",
  "KEEPSAKE_HOME",
  "KEEPSAKE_SOCKET",
  "XDG_DATA_HOME",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
  "XDG_RUNTIME_DIR",
  "DBUS_SESSION_BUS_ADDRESS",
]);

/** The allowed part of an environment. */
export function childEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !(ALLOWED.has(name) || name.startsWith("LC_"))) continue;
    allowed[name] = value;
  }
  return allowed;
}
