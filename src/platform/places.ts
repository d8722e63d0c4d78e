/**
 * Every path keepsake touches, resolved once from the environment. `KEEPSAKE_HOME` puts all of it under one folder,
 * `KEEPSAKE_SOCKET` overrides the socket alone. Nothing depends on `TMPDIR` or `XDG_RUNTIME_DIR`: hosts, cron and ssh set
 * them otherwise or not at all, and the client and the daemon of a vault have to meet all the same. So the socket's place
 * follows from the variables that the vault's place follows from, and no other.
 */
import { userInfo } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { attempt } from "../base/attempt.ts";
import { KeepsakeError } from "../base/errors.ts";

export interface Places {
  /** Keyrings, anchor and stores. */
  readonly vault: string;
  /** Holds `config.json` and the clients folder. */
  readonly config: string;
  /** One token file a client. */
  readonly clients: string;
  /** The inbox token, in a private folder that is not inside the vault's. */
  readonly inboxToken: string;
  /** Holds the log: ids, codes and counts only. */
  readonly state: string;
  readonly log: string;
  /** Folder of the socket, beside the vault and not in it: a copy of the vault is not one of this machine's daemon. */
  readonly run: string;
  readonly socket: string;
  /** The variables that say so, with the path each gives; none where all is in its usual place. */
  readonly setBy?: Readonly<Record<string, string>>;
}

const XDG_NAMES = ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Resolves every place, as absolute paths, for a platform and environment; touches nothing.
 *
 * @param home - where the environment does not say it
 * @throws USAGE when a place depends on a home folder that is not known, or on the working folder
 */
export function resolvePlaces(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home?: string,
): Places {
  const roots = rootFolders(environment, platform, () => home ?? homeFolder(environment));
  const { run } = roots;
  const ownSocket = environment["KEEPSAKE_SOCKET"];
  return {
    vault: roots.vault,
    config: roots.config,
    clients: join(roots.config, "clients"),
    inboxToken: join(roots.secrets, "inbox.token"),
    state: roots.state,
    log: join(roots.state, "keepsake.log"),
    run,
    socket: isSet(ownSocket) ? wholePath("KEEPSAKE_SOCKET", ownSocket) : join(run, "keepsake.sock"),
    setBy: settings(environment, platform),
  };
}

function settings(environment: Environment, platform: NodeJS.Platform): Readonly<Record<string, string>> {
  const own = ["KEEPSAKE_HOME", "KEEPSAKE_SOCKET"].map((name) => [name, environment[name]] as const);
  const isXdg = platform !== "darwin" && !isSet(environment["KEEPSAKE_HOME"]);
  const xdg = XDG_NAMES.map((name) => [name, isXdg ? absolute(environment[name]) : undefined] as const);
  return Object.fromEntries(
    [...own, ...xdg].flatMap(([name, path]) => (isSet(path) ? [[name, resolve(path)]] : [])),
  );
}

function rootFolders(
  environment: Environment,
  platform: NodeJS.Platform,
  home: () => string,
): Pick<Places, "vault" | "config" | "state" | "run"> & { readonly secrets: string } {
  const ownHome = environment["KEEPSAKE_HOME"];
  if (isSet(ownHome)) {
    const own = wholePath("KEEPSAKE_HOME", ownHome);
    const config = join(own, "config");
    return {
      vault: join(own, "vault"),
      config,
      secrets: config,
      state: join(own, "state"),
      run: join(own, "run"),
    };
  }
  if (platform === "darwin") {
    const vault = join(home(), "Library", "Application Support", "keepsake");
    const state = join(home(), "Library", "Logs", "keepsake");
    // The config folder is inside the vault's there.
    const secrets = join(home(), "Library", "Preferences", "keepsake");
    return { vault, config: join(vault, "config"), secrets, state, run: join(state, "run") };
  }
  const folder = (variable: string, fallback: string) =>
    absolute(environment[variable]) ?? join(home(), fallback);
  const data = folder("XDG_DATA_HOME", ".local/share");
  const config = join(folder("XDG_CONFIG_HOME", ".config"), "keepsake");
  return {
    vault: join(data, "keepsake"),
    config,
    secrets: config,
    state: join(folder("XDG_STATE_HOME", ".local/state"), "keepsake"),
    run: join(data, "keepsake-run"),
  };
}

/** An empty variable counts as none. */
function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

/** The XDG specification says to ignore relative paths. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") === true ? path : undefined;
}

/** Of the environment, else of the system's list of users. A relative one would be another one in every folder. */
export function homeFolder(environment: Environment): string {
  const given = absolute(environment["HOME"]);
  if (given !== undefined) return given;
  const listed = attempt(() => userInfo().homedir);
  if (listed !== undefined && isAbsolute(listed)) return listed;
  throw new KeepsakeError("USAGE", "HOME is not set, and the system knows no home folder of this user", {
    hint: "set HOME, or KEEPSAKE_HOME to a folder for all of keepsake",
  });
}

/** A relative one would be another place in every folder: another vault for each program that is started elsewhere. @throws USAGE */
function wholePath(variable: string, path: string): string {
  if (isAbsolute(path)) return resolve(path);
  throw new KeepsakeError("USAGE", `${variable} is a relative path: another place in every folder`, {
    hint: "set it to a whole path, one that starts with /",
  });
}
