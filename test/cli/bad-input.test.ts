import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { loadCommands } from "../../src/cli/registry.ts";
import { longName } from "../../src/cli/framework/command.ts";
import { ID, keepsake, refuse } from "./harness.ts";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";

const COMMANDS = await loadCommands();
const CANARY = "canary-hunter2";
/** The daemon refuses everything: what gets this far was taken for valid. */
const refusing = Object.fromEntries(METHOD_NAMES.map((name) => [name, refuse("VAULT_SEALED")]));

/** Words that are right for a command's arguments. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  "private on": ["/"],
  "private off": ["/"],
  "private status": ["/"],
  search: ["words"],
  get: [ID],
  update: [ID, "words"],
  save: ["words"],
  forget: [ID],
  import: ["/dev/null"],
  setup: ["codex"],
  hook: ["codex", "Stop"],
  "key add": ["recovery"],
  "key remove": ["abcd1234"],
  "client add": ["host"],
  "client revoke": ["host"],
  "config get": ["lock.idle"],
  "config set": ["lock.idle", "4h"],
  completion: ["bash"],
};

const HOSTILE = [
  "",
  " ",
  "-1",
  "1e9",
  "0x10",
  "NaN",
  "null",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "$(touch /tmp/keepsake-was-here)",
  "\u001B[2J",
  "\u202Eevil",
  "a\nb",
  "\uD800",
  "💥".repeat(5_000),
  "9".repeat(400),
];

/** What is wrong with the answer to a command line; it must be a code of `allowed` and a sentence. */
async function complaints(argv: readonly string[], allowed: readonly number[]): Promise<readonly string[]> {
  const { exit, out, err } = await keepsake(argv, { answers: refusing, stdin: "" });
  const isSentence = /^keepsake: error: [^\n]+\n(?:keepsake: hint: [^\n]+\n)?$/.test(err);
  const saysTooMuch = / at .*:\d+:\d+|node:internal|\.ts\b|undefined|\[object|unexpected/.test(err);
  const wrong = {
    "the exit code": !allowed.includes(exit),
    "something on standard output": exit !== 0 && out !== "",
    "no sentence": exit !== 0 && !isSentence,
    "a trace": saysTooMuch,
    "what was typed": err.includes(CANARY),
    "too many words": err.length > 600,
  };
  return Object.entries(wrong).flatMap(([what, isWrong]) =>
    isWrong ? [`${JSON.stringify(argv).slice(0, 200)}: ${what} (${exit}, ${err.slice(0, 200)})`] : [],
  );
}

const cases = COMMANDS.map((command) => ({
  name: command.name,
  command,
  words: command.name.split(" "),
  right: RIGHT[command.name] ?? [],
  required: command.arguments.filter((argument) => argument.required).length,
}));

describe.each(cases)("$name", ({ command, words, right }) => {
  it("names an unknown option, without its value", async () => {
    expect(await complaints([...words, ...right, `--unheard-of=${CANARY}`], [2])).toEqual([]);
    for (const option of ["--unheard-of=x", "--unheard-of", "-Z"]) {
      const { err } = await keepsake([...words, ...right, option]);
      expect(err).toContain(`there is no such option: "${option.replace("=x", "")}"\n`);
    }
  });

  it.each(
    Object.keys(command.options)
      .map(longName)
      .filter((name) => name.length > 5),
  )("knows what a slip of %s means", async (name) => {
    const slip = `${name.slice(0, -2)}${name.at(-1)}`;
    const { exit, err } = await keepsake([...words, ...right, slip]);
    expect([exit, err.includes(`"${slip}"`), /did you mean (.*)\?/.exec(err)?.[1]?.split(", ")]).toEqual([
      2,
      true,
      expect.arrayContaining([name]),
    ]);
  });

  it("says when its result could not be written, and when only its reader has gone", async () => {
    for (const [outputFailure, isTold] of [
      ["ENOSPC", true],
      ["EBADF", true],
      ["EPIPE", false],
    ] as const) {
      const { exit, err } = await keepsake([...words, "--help"], { outputFailure });
      expect([exit, err.includes(`(${outputFailure})`)]).toEqual([isTold ? 1 : 0, isTold]);
    }
  });

  it.each(Object.entries(command.options))(
    "takes hostile values of %s without falling",
    async (key, option) => {
      const long = longName(key);
      const isFlag = option.placeholder === undefined;
      const without = isFlag ? `${long}=${CANARY}` : long;
      const wrong = [await complaints([...words, ...right, without], [2])];
      for (const value of isFlag ? [] : HOSTILE) {
        wrong.push(await complaints([...words, ...right, `${long}=${value}`], [0, 1, 2, 3, 4]));
      }
      expect(wrong.flat()).toEqual([]);
    },
  );

  it("prints help on standard output", async () => {
    const { exit, out, err } = await keepsake([...words, "--help"]);
    expect([exit, err]).toEqual([0, ""]);
    expect(out.replaceAll(/\s+/g, " ")).toContain(command.summary);
    for (const key of Object.keys(command.options)) expect(out).toContain(longName(key));
  });
});

describe.each(cases.filter(({ required }) => required > 0))("$name", ({ words, right, required }) => {
  it("names a missing argument", async () => {
    expect(await complaints([...words, ...right.slice(0, required - 1)], [2])).toEqual([]);
  });
});

describe.each(cases.filter(({ command }) => !command.arguments.some((argument) => argument.repeats)))(
  "$name",
  ({ command, words, right }) => {
    it("names the first word too many, unless it could be a secret or text", async () => {
      expect(await complaints([...words, ...right, `two ${CANARY}`, CANARY], [2])).toEqual([]);
      const { err } = await keepsake([...words, ...right, "one-more"]);
      expect(err.includes('takes: "one-more"\n')).toBe(command.asksSecrets !== true);
    });
  },
);

describe.each(cases.filter(({ right }) => right.length > 0))("$name", ({ command, words, right }) => {
  it("takes hostile arguments without falling", async () => {
    const yes = Object.hasOwn(command.options, "yes") ? ["--yes"] : [];
    for (const value of HOSTILE) {
      for (const place of right.keys()) {
        expect(
          await complaints([...words, ...yes, "--", ...right.with(place, value)], [0, 1, 2, 3, 4, 5]),
        ).toEqual([]);
      }
    }
  });
});

describe("the command line as a whole", () => {
  it.each([
    [["nonsense"], 'there is no such command: "nonsense"\nkeepsake: hint: run "keepsake --help"\n'],
    [
      ["client", "nonsense"],
      'there is no such command: "nonsense"\nkeepsake: hint: run "keepsake client --help"\n',
    ],
    [
      ["save", "-starts with a dash"],
      'there is no such option\nkeepsake: hint: run "keepsake save --help"; what starts with - and is no option stands behind --\n',
    ],
    [["search", "-x"], 'there is no such option: "-x"\nkeepsake: hint: run "keepsake search --help"\n'],
    [
      ["lock", "--nonsense"],
      'there is no such option: "--nonsense"\nkeepsake: hint: run "keepsake lock --help"\n',
    ],
    [["what I once said"], "there is no such command\n"],
    [["s\u001B[2J\u202Ex"], 'there is no such command: "s⟨U+001B⟩[2J⟨U+202E⟩x"\n'],
    [["y".repeat(3_000)], `"${"y".repeat(120)}…"\n`],
    [["save", "--- and a secret"], "there is no such option\n"],
    [["recent", "--two words"], "there is no such option\n"],
    [["config", "get", "lock.idel"], 'not "lock.idel"\nkeepsake: hint: did you mean lock.idle?\n'],
    [["config", "set", "confirm.mode", "terminl"], 'not "terminl"\nkeepsake: hint: did you mean terminal?\n'],
    [["config", "set", "lock.idle", "4 hours"], 'not "4 hours"\n'],
    [["completion", "bsh"], 'not "bsh"\nkeepsake: hint: did you mean bash?\n'],
    [["key", "add", "recovry"], 'not "recovry"\nkeepsake: hint: did you mean recovery?\n'],
    [["client", "add", "x", "--scope", "raed"], 'not "raed"\nkeepsake: hint: did you mean read?\n'],
    [
      ["search", "x", "--trust", "user,asistant"],
      'not "asistant"\nkeepsake: hint: did you mean assistant?\n',
    ],
    [["search", "x", "--kind", "nots"], 'not "nots"\nkeepsake: hint: did you mean note?\n'],
    [
      ["audit", "--method", "memory.forgt"],
      'not "memory.forgt"\nkeepsake: hint: did you mean memory.forget?\n',
    ],
    [["audit", "--code", "not_fond"], 'not "not_fond"\nkeepsake: hint: did you mean NOT_FOUND?\n'],
    [["serch", "x"], "did you mean search?"],
    [["serach"], 'no such command: "serach"\nkeepsake: hint: did you mean search?\n'],
    [["help", "serach"], 'no such command: "serach"\nkeepsake: hint: did you mean search?\n'],
    [["serach", "--help"], 'no such command: "serach"\nkeepsake: hint: did you mean search?\n'],
    [["key", "ad"], 'no such command: "ad"\nkeepsake: hint: did you mean add?\n'],
    [["help", "key", "ad"], 'no such command: "ad"\nkeepsake: hint: did you mean add?\n'],
    [["key", "ad", "-h"], 'no such command: "ad"\nkeepsake: hint: did you mean add?\n'],
    [["help", "what I once said"], "there is no such command\n"],
    [["search", "x", "--limt", "3"], "did you mean --limit?"],
    [["client"], "needs another word"],
    [["--nonsense"], "there is no such option"],
    [["search", "x", "--limit", "3", "--limit", "4"], "--limit is given more than once"],
    [["search", "x", "--limit", "0"], "--limit takes a whole number from 1 to 100"],
    [["search", "x", "--limit", "101"], "--limit takes a whole number from 1 to 100"],
    [["search", "x", "--kind", "poem"], "--kind takes note or turn"],
    [["search", "x", "--after", "in a while"], "--after is not a time"],
    [["search", "x", "--after", "2026-02-30"], "--after is not a time"],
    [["search", "x".repeat(LIMITS.queryBytes + 1)], "a query is 1 to 8192 bytes"],
    [["search", "x", "--tag", "two words"], "--tag takes 1 to 64 characters"],
    [["search", "x", "--tag", "x".repeat(65)], "--tag takes 1 to 64 characters"],
    [
      [
        "get",
        ...Array.from({ length: 21 }, (_, index) => ID.slice(0, 24) + "abcdefghjkmnpqrstvwxy"[index] + "0"),
      ],
      "at most 20 ids",
    ],
  ])("%j is refused: %s", async (argv, message) => {
    const { exit, err } = await keepsake(argv, { answers: refusing });
    expect(exit).toBe(2);
    expect(err).toContain(message);
  });

  it("shows help without a command and the version when asked", async () => {
    const help = await keepsake([]);
    expect([help.exit, help.err]).toEqual([0, ""]);
    for (const { name } of COMMANDS) expect(help.out).toContain(name.split(" ")[0]);
    expect((await keepsake(["help", "search"])).out).toBe((await keepsake(["search", "--help"])).out);
    expect((await keepsake(["--version"])).out).toBe("9.8.7\n");
  });

  it("tells an unexpected failure by its kind alone", async () => {
    const answers = {
      "vault.status": () => {
        throw new TypeError(`stack and ${CANARY}`);
      },
    };
    const { exit, err } = await keepsake(["status"], { answers });
    expect([exit, err]).toEqual([
      1,
      "keepsake: error: something unexpected happened in keepsake (TypeError)\nkeepsake: hint: retry; if it happens again, report it with the command that was run\n",
    ]);
  });
});

describe("a wrong use", () => {
  it.each([
    [["search", ""], "search"],
    [["get", ID, "--json", "--jsonl"], "get"],
    [["search", "x", "--limit", "0"], "search"],
    [["search", "--bogus"], "search"],
    [["client", "add", "HOST"], "client add"],
    [["config", "set", "lock.idle", "soon"], "config set"],
    [["forget"], "forget"],
  ])("leads to the help of its command: %j", async (argv, name) => {
    const { exit, err } = await keepsake(argv);
    expect(exit).toBe(2);
    expect(err).toContain(`keepsake: hint: run "keepsake ${name} --help"\n`);
  });
});
