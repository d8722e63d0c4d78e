/**
 * The unit of systemd's user manager, and the drop-in that takes away what needs user namespaces. Source: systemd.unit(5),
 * systemd.exec(5), systemd.syntax(7), and what was measured (docs/decisions/054-a-service.md).
 *
 * Without PrivateUsers a user manager ignores whatever closes the view. PrivateTmp is left out: /tmp may only be read here, and the
 * copy that stands in for a vault on a read-only disk would be made where no client finds it.
 */
import { dirname } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import type { Places } from "../platform/places.ts";
import type { ServiceSetup } from "./service-manager.ts";
import { MARK } from "./service-manager.ts";

/** Variables that a place depends on; those that are not set here are taken away from the manager's. */
const PLACE_NAMES = [
  "KEEPSAKE_HOME",
  "KEEPSAKE_SOCKET",
  "XDG_DATA_HOME",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
];
const HOSTILE_NAMES = [
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_V8_COVERAGE",
  "OPENSSL_CONF",
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "LD_AUDIT",
];

const HARDENING = `UMask=0077
LimitCORE=0
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
KeyringMode=private
MemorySwapMax=0
TasksMax=64`;

/** What takes a user namespace: each with its value, and the value that takes it back. */
const CLOSED_VIEW = [
  ["PrivateUsers", "yes", "no"],
  ["ProtectSystem", "strict", "no"],
  ["ProtectHome", "read-only", "no"],
  ["ProtectProc", "invisible", "default"],
  ["ProtectClock", "yes", "no"],
  ["ProtectHostname", "yes", "no"],
  ["ProtectControlGroups", "yes", "no"],
  ["ProtectKernelModules", "yes", "no"],
  ["ProtectKernelTunables", "yes", "no"],
  ["PrivateDevices", "yes", "no"],
  ["PrivateNetwork", "yes", "no"],
  ["CapabilityBoundingSet", "", "~"],
] as const;

/** As `systemd-run -p` takes them. */
export const CLOSED_VIEW_PROPERTIES: readonly string[] = CLOSED_VIEW.map(
  ([name, value]) => `${name}=${value}`,
);

export function unitText({ places, node, daemon }: Pick<ServiceSetup, "places" | "node" | "daemon">): string {
  if (/["'\\]/.test(node)) {
    throw new KeepsakeError("INVALID_CONFIG", `systemd starts no program with such a name: ${node}`, {
      hint: "use a Node.js whose path has no quotation marks and no backslashes",
    });
  }
  const { setBy = {} } = places;
  const unset = [...HOSTILE_NAMES, ...PLACE_NAMES.filter((name) => setBy[name] === undefined)];
  return `# ${MARK}
[Unit]
Description=keepsake, the memory of AI assistants
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=exec
ExecStart=${quoted(node)} ${quoted(daemon).replaceAll("$", "$$$$")}
${Object.entries(setBy)
  .map(([name, path]) => `Environment=${quoted(`${name}=${path}`)}\n`)
  .join("")}UnsetEnvironment=${unset.join(" ")}
# A daemon that finds another one ends with 0 and is not started again.
Restart=on-failure
RestartSec=1
# A wrong setting, and a vault that another daemon has, are not mended by another start.
RestartPreventExitStatus=2 3
# The front tells the engine, which first finishes what it was asked.
KillMode=mixed
TimeoutStopSec=20
${HARDENING}

# This much takes user namespaces.
${CLOSED_VIEW_PROPERTIES.join("\n")}
ReadWritePaths=${writtenFolders(places).map(quoted).join(" ")}

[Install]
WantedBy=default.target
`;
}

/** For a kernel that forbids user namespaces. */
export function openViewText(): string {
  const lines = CLOSED_VIEW.map(([name, , none]) => `${name}=${none}`);
  return `# ${MARK}
# The kernel forbids user namespaces, so the daemon sees the whole machine as any program of yours does.
[Service]
${lines.join("\n")}
ReadWritePaths=
`;
}

/** Node.js and the daemon of a unit that `unitText` made. */
export function programsInUnit(text: string): readonly string[] {
  const [, node, daemon] = /^ExecStart="((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$/m.exec(text) ?? [];
  if (node === undefined || daemon === undefined) return [];
  return [unquoted(node), unquoted(daemon.replaceAll("$$", "$"))];
}

/** The folders that a daemon writes into, and nothing above them. */
function writtenFolders({ vault, config, state, run, socket }: Places): readonly string[] {
  return [...new Set([vault, config, state, run, dirname(socket)])];
}

/** @throws INVALID_CONFIG for a path that cannot stand on one line */
function quoted(value: string): string {
  if (/\p{Cc}/u.test(value)) {
    throw new KeepsakeError("INVALID_CONFIG", "a path with a control character cannot stand in a unit", {
      hint: "move keepsake, Node.js or the vault to a path without one",
    });
  }
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll("%", "%%")}"`;
}

function unquoted(value: string): string {
  return value.replaceAll("%%", "%").replaceAll(/\\(["\\])/g, "$1");
}
