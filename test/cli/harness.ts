/** Runs the CLI in this process: a daemon that answers from a table, a screen that remembers, a user who answers from a list. */
import { join } from "node:path";
import type { ErrorCode } from "../../src/base/errors.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { Clock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { Declined } from "../../src/cli/asking/agreement.ts";
import type { Context, Questions } from "../../src/cli/context.ts";
import { createScreen } from "../../src/cli/output/screen.ts";
import { run } from "../../src/cli/run.ts";
import { PrivatePlaces } from "../../src/platform/privacy/private-places.ts";
import type { RunCommand } from "../../src/install/service-manager.ts";
import type { VaultLocks } from "../../src/client/take-vault-locks.ts";
import type { CallOptions, KeepsakeClient } from "../../src/client/keepsake-client.ts";
import type { Settings } from "../../src/platform/configuration.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import type { MethodName, Params, Result } from "../../src/protocol/method-table.ts";
import { METHODS } from "../../src/protocol/method-table.ts";

export const SOCKET = "/home/mira/.local/share/keepsake-run/keepsake.sock";
const FREE: VaultLocks["report"] = { state: "free", ended: [] };
const HELD: VaultLocks["report"] = { state: "held", holders: [4242, 4243] };
const NO_HOME = "/nobody/lives/here";
const STRONG_LOG10 = 20;
const NOW = Date.UTC(2026, 10, 12, 9, 30);
export const ID = "0123456789abcdefghjkmnpqr0";
export const OTHER_ID = "zyxwvtsrqpnmkjhgfedcba9870";
export const RECOVERY_KEY = `KS${"QPZRY".repeat(12)}`.slice(0, 60).replaceAll(/(.{5})(?=.)/g, "$1-");

type Answers = {
  readonly [M in MethodName]?: (
    params: Params<M>,
    call: { readonly secrets: readonly string[]; readonly options: CallOptions },
  ) => Result<M> | Promise<Result<M>>;
};

export interface Call {
  readonly method: MethodName;
  readonly params: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
}

export interface Setting {
  readonly answers?: Answers;
  /** The daemon does not run; once: it runs by the second time it is looked for. */
  readonly isStopped?: boolean | "once";
  /** The daemon runs and does not answer. */
  readonly isSilent?: boolean;
  /** What taking the vault's locks reports, in turn; free where the daemon is stopped and held where it is silent unless said. */
  readonly locks?: readonly (VaultLocks["report"] | KeepsakeError)[];
  /** What the user types when asked, in order; `false`: Esc; none: nobody to ask. */
  readonly typed?: readonly (string | boolean)[];
  readonly stdin?: string | Uint8Array;
  readonly stdinIsTerminal?: boolean;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Folder of the list of private places. */
  readonly privatePlaces?: string;
  readonly isFolderGone?: boolean;
  /** The system's code that every write to standard output fails with. */
  readonly outputFailure?: string;
  readonly settings?: Settings;
  readonly signal?: AbortSignal;
  readonly mayHaveKeychain?: boolean;
  /** What a new passphrase takes, as a power of ten; many unless said. */
  readonly guesses?: number | ((passphrase: string) => number | undefined);
  /** Whether the vault's folder holds a keyring; it does when not said. */
  readonly hasVault?: boolean;
  readonly platform?: NodeJS.Platform;
  /** What programs answer that are no part of keepsake; none is there unless said. */
  readonly runs?: RunCommand;
}

export interface Outcome {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly Call[];
  readonly questions: readonly string[];
  /** Labels of the bars that were begun (`+`) and taken away (`-`), and where a question was asked among them (`?`). */
  readonly bars: readonly string[];
  /** How the connection was asked for, each time. */
  readonly connects: readonly string[];
  /** What was wished of the vault's locks, each time, and when they were given back: by then all was said. */
  readonly locks: readonly string[];
  readonly settings: unknown;
  /** Every secret that was handed to the daemon or typed, to see that it was wiped. */
  readonly secrets: readonly Secret[];
}

/** As the client does: the system's error is the cause where nobody listens. */
function unreachable(errno: string | undefined): KeepsakeError {
  const cause = errno === undefined ? undefined : Object.assign(new Error(errno), { code: errno });
  return new KeepsakeError("DAEMON_UNREACHABLE", undefined, { cause });
}

export async function keepsake(argv: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const calls: Call[] = [];
  const questions: string[] = [];
  const bars: string[] = [];
  const connects: string[] = [];
  const secrets: Secret[] = [];
  const locks: string[] = [];
  const lockReports = [...(setting.locks ?? [])];
  const saved = { settings: setting.settings ?? {} };
  const isTTY = setting.isTerminal === true;
  const environment = { TERM: "xterm", ...setting.environment };
  const stream = (into: Buffer[]) => ({
    isTTY,
    ...(setting.columns !== undefined && { columns: setting.columns }),
    write: (text: string | Uint8Array, done: (error?: Error) => void) => {
      if (into === out && setting.outputFailure !== undefined) {
        done(Object.assign(new Error("refused"), { code: setting.outputFailure }));
      } else {
        into.push(Buffer.from(text as string));
        done();
      }
    },
  });
  const typed = [...(setting.typed ?? [])];
  const context: Context = {
    screen: createScreen(stream(out), stream(err), environment),
    input: {
      isTerminal: setting.stdinIsTerminal ?? setting.stdin === undefined,
      bytes: async function* bytes() {
        yield Buffer.from((setting.stdin ?? "") as string);
      },
    },
    ask: setting.typed === undefined ? undefined : answering(typed, questions, secrets, bars),
    environment,
    folder: setting.folder ?? "/",
    isFolderGone: setting.isFolderGone ?? false,
    clock: { now: () => NOW, monotonic: () => 0 } satisfies Clock,
    signal: setting.signal ?? new AbortController().signal,
    privatePlaces: () => PrivatePlaces.read(setting.privatePlaces ?? "/proc/nowhere/private"),
    configuration: {
      read: () => Promise.resolve(saved.settings),
      replace: (next) => {
        saved.settings = next as Settings;
        return Promise.resolve();
      },
    },
    connect: async (how) => {
      connects.push(how);
      if (setting.isStopped === true || (setting.isStopped === "once" && connects.length === 1))
        throw unreachable("ENOENT");
      if (setting.isSilent === true) throw unreachable(undefined);
      return daemon(setting.answers ?? {}, calls, secrets);
    },
    openLocked: () => Promise.reject(new KeepsakeError("VAULT_SEALED")),
    socket: SOCKET,
    setup: () => ({
      places: resolvePlaces({ HOME: NO_HOME, ...setting.environment }, "linux"),
      programs: { node: process.execPath, program: join(process.cwd(), "bin", "keepsake.js") },
      around: { environment: { HOME: NO_HOME, ...setting.environment }, platform: "linux" },
    }),
    service: () => ({
      places: resolvePlaces({ HOME: NO_HOME, ...setting.environment }, "linux"),
      around: {
        environment: { HOME: NO_HOME, ...setting.environment },
        platform: setting.platform ?? "linux",
      },
      node: process.execPath,
      daemon: join(process.cwd(), "bin", "keepsaked.js"),
      uid: 1000,
      run: setting.runs ?? (() => Promise.resolve({ exit: undefined, isMissing: true, out: "" })),
    }),
    takeVaultLocks: async (wish) => {
      locks.push(wish);
      const next = lockReports.shift() ?? (setting.isStopped === true ? FREE : HELD);
      if (next instanceof KeepsakeError) throw next;
      return {
        report: next,
        release: () => {
          locks.push(`released behind ${out.length + err.length} writes`);
          return Promise.resolve();
        },
      };
    },
    hasVault: () => Promise.resolve(setting.hasVault ?? true),
    progress: (label) => {
      bars.push(`+ ${label}`);
      return { update: () => {}, stop: () => void bars.push(`- ${label}`) };
    },
    guessesFor: ({ bytes }) => {
      const given = setting.guesses ?? STRONG_LOG10;
      return Promise.resolve(typeof given === "function" ? given(Buffer.from(bytes).toString()) : given);
    },
    mayHaveKeychain: setting.mayHaveKeychain ?? false,
  };
  const exit = await run(argv, { context, version: () => "9.8.7" });
  return {
    exit,
    out: Buffer.concat(out).toString(),
    err: Buffer.concat(err).toString(),
    calls,
    questions,
    bars,
    connects,
    locks,
    settings: saved.settings,
    secrets,
  };
}

/** Answers as the real daemon would: parameters are checked by the method table, results too. */
function daemon(answers: Answers, calls: Call[], secrets: Secret[]): KeepsakeClient {
  const call = async (method: MethodName, params: unknown, options: CallOptions = {}) => {
    const checked = METHODS[method].params.safeParse(params);
    if (!checked.success)
      throw new KeepsakeError("INVALID_PARAMS", `not valid for ${method}: ${checked.error.message}`);
    const given = (options.secrets ?? []).map(({ bytes }) => Buffer.from(bytes).toString());
    secrets.push(...(options.secrets ?? []));
    calls.push({ method, params: params as Call["params"], secrets: given });
    const answer = answers[method] as ((params: unknown, call: object) => unknown) | undefined;
    if (answer === undefined) throw new Error(`the test has no answer for ${method}`);
    try {
      return METHODS[method].result.parse(await answer(checked.data, { secrets: given, options }));
    } finally {
      for (const secret of options.secrets ?? []) secret.wipe();
    }
  };
  return { call: call as KeepsakeClient["call"], isConnected: true, close: () => {} };
}

function answering(
  typed: (string | boolean)[],
  questions: string[],
  secrets: Secret[],
  bars: string[],
): Questions {
  const next = (question: string) => {
    questions.push(question);
    bars.push("?");
    const answer = typed.shift();
    if (answer === undefined) throw new KeepsakeError("INTERRUPTED");
    return answer;
  };
  return {
    secret: async (question) => {
      const answer = next(question);
      if (answer === false) throw new Declined();
      const secret = new Secret(new Uint8Array(Buffer.from(String(answer))));
      secrets.push(secret);
      return secret;
    },
    confirm: async (question) => next(question) === true,
    quieten: () => {},
    close: () => {},
  };
}

/** An answer that refuses. */
export function refuse(code: ErrorCode, facts?: Record<string, number>): () => never {
  return () => {
    throw new KeepsakeError(code, undefined, facts === undefined ? {} : { facts });
  };
}

export const MEMORY = {
  id: ID,
  kind: "note",
  text: "Low water is drawn in amber, never red.",
  project: "/home/mira/code/lantern",
  source: "cli",
  tags: ["panel"],
  at: "2026-11-09T08:00:00.000Z",
  savedAt: "2026-11-09T08:00:00.000Z",
  pinned: false,
  trust: "user",
} as const;

export const HIT = { ...MEMORY, tags: [...MEMORY.tags], score: 4.25, snippet: "drawn in amber, never red" };
export const NO_DAMAGE = { damaged: [], damagedCount: 0, missingCount: 0 };
