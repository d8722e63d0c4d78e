/**
 * What a process that keepsake starts may inherit: where the user's folders are, the language, and the session bus the
 * keychain is reached by. Everything else stays behind: `NODE_OPTIONS`, `LD_PRELOAD` and `DYLD_*` would run code or
 * open a debugger, and the rest (the current folder among it) may say what the user works on.
 */
type Environment = Readonly<Record<string, string | undefined>>;

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

/** And what a dialog needs to find its display or its terminal. */
const DISPLAY = new Set([
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "XAUTHORITY",
  "XDG_SESSION_TYPE",
  "TERM",
  "COLORTERM",
  "GPG_TTY",
]);

/** The allowed part of an environment. */
export function childEnvironment(environment: Environment): Record<string, string> {
  return pick(environment, (name) => ALLOWED.has(name) || name.startsWith("LC_"));
}

/** The same for a program that shows a dialog. */
export function dialogEnvironment(environment: Environment): Record<string, string> {
  return { ...childEnvironment(environment), ...pick(environment, (name) => DISPLAY.has(name)) };
}

function pick(environment: Environment, isAllowed: (name: string) => boolean): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && isAllowed(name)) allowed[name] = value;
  }
  return allowed;
}
