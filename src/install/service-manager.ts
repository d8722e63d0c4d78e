/** What starts keepsake's daemon when the person logs in: systemd's user manager or launchd. Each is one row of `service-managers.ts`. */
import { execFile } from "node:child_process";
import { systemErrorCode } from "../base/logger.ts";
import type { Places } from "../platform/places.ts";

/** In every file that `service install` writes. */
export const MARK = 'Written by "keepsake service install"; "keepsake service uninstall" takes it away.';

const COMMAND_MS = 60_000;

export interface Ran {
  /** undefined: it could not be started, or was ended. */
  readonly exit: number | undefined;
  /** Whether there is no such program. */
  readonly isMissing: boolean;
  readonly out: string;
}

export type RunCommand = (file: string, args: readonly string[]) => Promise<Ran>;

/** What a service is made of. */
export interface ServiceSetup {
  readonly places: Places;
  readonly around: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly platform: NodeJS.Platform;
  };
  /** Absolute path of Node.js. */
  readonly node: string;
  /** `bin/keepsaked.js` of the package. */
  readonly daemon: string;
  /** Of the person; a session without a manager's variables finds it by this. */
  readonly uid: number;
  readonly run: RunCommand;
}

/** Whether the daemon gets a view of the machine of its own: `closed` takes user namespaces, `open` does without. */
export type View = "closed" | "open";

export interface ServiceFile {
  readonly path: string;
  /** undefined: it is not there with this view. */
  readonly text: string | undefined;
}

export interface ServiceState {
  readonly isEnabled: boolean;
  readonly isActive: boolean;
  /** Of the daemon that it runs. */
  readonly pid?: number;
  /** Why it does not run, in the manager's own word. */
  readonly failure?: string;
}

export interface ServiceManager {
  readonly title: string;
  /** Under which the manager knows the service. */
  readonly name: string;
  /** Whether this was ever seen to work. */
  readonly isProven: boolean;
  /** Every file of the service, the main one first. @throws INVALID_CONFIG for a path that the manager cannot be told */
  readonly files: (view: View) => readonly ServiceFile[];
  /** The programs that a main file starts; empty when it says nothing of that kind. */
  readonly programsIn: (text: string) => readonly string[];
  /** Which view the kernel allows, tried, and what that says. */
  readonly probe: () => Promise<{ readonly view: View; readonly why: string }>;
  /** Why it cannot be asked; undefined: it answers. */
  readonly absence: () => Promise<string | undefined>;
  readonly state: () => Promise<ServiceState>;
  /** Reads the files anew and starts the service now and at every login. @throws DAEMON_UNREACHABLE */
  readonly start: () => Promise<void>;
  /** Ends the service, now and for every login. @throws DAEMON_UNREACHABLE */
  readonly stop: () => Promise<void>;
  /** After its files were removed. */
  readonly forget: () => Promise<void>;
  /** What the person types. */
  readonly words: { readonly start: string; readonly log: string; readonly linger?: string };
}

/**
 * @param environment - all that the programs are given, but for English and the place of the session's sockets, which a shell of
 * `su`, cron or ssh does not always know
 */
export function createRunCommand(environment: Readonly<Record<string, string>>, uid: number): RunCommand {
  const env = { XDG_RUNTIME_DIR: `/run/user/${uid}`, ...environment, LC_ALL: "C" };
  return async (file, args) =>
    new Promise((resolve) => {
      const options = { env, encoding: "utf8", timeout: COMMAND_MS } as const;
      const child = execFile(file, args, options, (error, out) => {
        const exit = error === null ? 0 : error.code;
        const isMissing = systemErrorCode(error) === "ENOENT";
        resolve({ exit: typeof exit === "number" ? exit : undefined, isMissing, out });
      });
      child.stdin?.end();
    });
}
