import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { longName } from "../../src/cli/framework/command.ts";
import { loadCommands } from "../../src/cli/registry.ts";
import { ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";

const COMMANDS = await loadCommands();
const CANARY = "canary-bdfgh-hunter2";
/** What a shell would make if it saw what was typed. */
const TOUCHED = "touched-bdfgh";
const HUGE = "x".repeat(100_000);
const HOSTILE = [
  "../../../../nowhere/passwd",
  "__proto__",
  "\u001B[2J\u202Eevil",
  `$(touch ${TOUCHED})`,
  "-",
  HUGE,
];
/** Their words are text or a question, whatever stands there; what is too long is refused as for the others. */
const FREE_TEXT = new Set(["save", "search"]);
/** Words in front of the hostile one, which then stands where it cannot be right. */
const BEFORE: Readonly<Record<string, readonly string[]>> = { "config set": ["lock.idle"] };
const AT_ONCE = 4;

const home = new ThrowAwayHome();
let before: string;

beforeAll(async () => {
  await home.init();
  expectSuccess(await home.run(["save", "the only memory", "--tag", "only"]));
  before = await everything();
});
afterAll(() => home.remove());

/** All that a command could have changed. */
async function everything(): Promise<string> {
  const client = await home.connect();
  try {
    const { open, state } = await client.call("vault.status", {});
    const seen = [
      (await client.call("memory.recent", { includeSuperseded: true })).memories,
      (await client.call("key.list", {})).slots,
      (await client.call("client.list", {})).clients.map(({ id, scopes, projects }) => [
        id,
        scopes,
        projects,
      ]),
    ];
    const files = readdirSync(home.places.config, { recursive: true });
    const keyring = createHash("sha256").update(readFileSync(join(home.places.vault, "keyring.a")));
    return JSON.stringify([seen, state, open?.memories, open?.generation, files, keyring.digest("hex")]);
  } finally {
    client.close();
  }
}

/** What is wrong with how a command line is refused. */
async function complaints(args: readonly string[], codes: readonly number[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await home.run(args);
  const isRefusal = code !== 0 && code !== 5;
  const wrong = {
    "the exit code": code === null || !codes.includes(code),
    "something on standard output": code !== 0 && stdout !== "",
    "no sentence":
      isRefusal && !/^keepsake(?:-mcp)?: error: [^\n]+\n(?:keepsake(?:-mcp)?: hint: [^\n]+\n)?$/.test(stderr),
    "a trace": /\n\s+at |node:internal|\.[jt]s:\d+|\[object|undefined/.test(stderr),
    "what was typed": stderr.includes(CANARY) || stderr.includes("\u001B[2J"),
    "too many words": stderr.length > 800,
  };
  return Object.entries(wrong).flatMap(([what, isWrong]) =>
    isWrong ? [`${JSON.stringify(args).slice(0, 120)}: ${what} (${code}: ${stderr.slice(0, 200)})`] : [],
  );
}

async function allComplaints(
  lines: readonly (readonly [args: readonly string[], codes: readonly number[]])[],
) {
  const found: string[] = [];
  for (let start = 0; start < lines.length; start += AT_ONCE) {
    const some = lines.slice(start, start + AT_ONCE).map(([args, codes]) => complaints(args, codes));
    found.push(...(await Promise.all(some)).flat());
  }
  return found;
}

describe("every command", () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    "%s takes hostile words without a trace and changes nothing",
    async (name, command) => {
      const words = name.split(" ");
      const required = command.arguments.filter((argument) => argument.required).length;
      const isFree = FREE_TEXT.has(name);
      const lines: (readonly [readonly string[], readonly number[]])[] = [
        [[...words, `--unheard-of=${CANARY}`], [2]],
        [[...words, "--json=yes"], [2]],
      ];
      if (required > 0) lines.push([words, [2]]);
      if (!command.arguments.some(({ repeats }) => repeats)) {
        // Where a host and an event are named, whatever they are, nothing may stop the host.
        const codes = name === "hook" ? [0] : [2];
        lines.push([[...words, ...Array.from({ length: 4 }, () => `two ${CANARY}`)], codes]);
      }
      for (const [key, option] of Object.entries(command.options)) {
        if (option.placeholder === undefined) lines.push([[...words, `${longName(key)}=${CANARY}`], [2]]);
        else for (const value of ["", HUGE]) lines.push([[...words, `${longName(key)}=${value}`], [2]]);
      }
      if (command.arguments.length > 0) {
        const inFront = [...words, ...(BEFORE[name] ?? []), "--"];
        for (const value of isFree ? [HUGE] : HOSTILE) {
          // A file that is not there is no slip of the command line.
          lines.push([[...inFront, value], name === "search" ? [2, 5] : [1, 2, 5]]);
        }
      }
      expect(await allComplaints(lines)).toEqual([]);
      expect(await everything()).toBe(before);
    },
  );

  it("evaluates nothing of what stands on its line", () => {
    expect(existsSync(join(home.folder, TOUCHED))).toBe(false);
    expect(readdirSync(home.folder)).toEqual(["k"]);
  });
});
