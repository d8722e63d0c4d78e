import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { Memory } from "../../src/protocol/schemas.ts";
import { HIT, ID, MEMORY, OTHER_ID, keepsake, refuse } from "./harness.ts";

let repository: string;

beforeAll(() => {
  repository = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-cli-")));
  execFileSync("git", ["init", "--quiet"], { cwd: repository });
});

afterAll(() => {
  rmSync(repository, { recursive: true, force: true });
});

const memory = (more: Partial<Memory> = {}): Memory => ({ ...MEMORY, tags: [...MEMORY.tags], ...more });
const saved = { "memory.save": () => ({ id: ID, reused: false }) };
/** A daemon that knows these projects. */
const knowing = (...names: readonly string[]) => ({
  "memory.projects": () => ({
    projects: names.map((project) => ({ project, count: 1, lastAt: MEMORY.at })),
    tags: [],
  }),
});

describe("save", () => {
  it("refuses an expiry that has passed, and so does update", async () => {
    for (const argv of [
      ["save", "x", "--expires", "yesterday"],
      ["update", ID, "--expires", "2026-11-12T09:30Z"],
    ]) {
      const { exit, err, calls } = await keepsake(argv, { answers: saved });
      expect([exit, calls]).toEqual([2, []]);
      expect(err).toContain("error: --expires names a time that has passed\n");
    }
  });

  it("says how many secrets were replaced, and how many were kept", async () => {
    const told = async (counts: object) => {
      const answers = { ...saved, "memory.save": () => ({ id: ID, reused: false, ...counts }) };
      return (await keepsake(["save", "x"], { answers })).err;
    };
    expect(await told({})).toBe("");
    expect(await told({ redacted: 1 })).toBe(
      "keepsake: hint: 1 secret replaced by [redacted: …]; --keep-secrets stores a text as given\n",
    );
    expect(await told({ keptSecrets: 2 })).toBe(
      "keepsake: hint: 2 secrets stored as given, since --keep-secrets was\n",
    );
  });

  it("stores the words of the command line in this repository's project and prints the id", async () => {
    const { exit, out, err, calls } = await keepsake(["save", "low", "water", "is", "amber"], {
      answers: saved,
      folder: repository,
    });
    expect({ exit, out, err }).toEqual({ exit: 0, out: `${ID}\n`, err: "" });
    expect(calls).toEqual([
      {
        method: "memory.save",
        params: { text: "low water is amber", project: repository },
        secrets: [],
      },
    ]);
  });

  it("belongs to no project outside a repository and with --no-project", async () => {
    const outside = await keepsake(["save", "a"], { answers: saved, folder: "/" });
    const inside = await keepsake(["save", "a", "--no-project"], { answers: saved, folder: repository });
    expect([outside, inside].map(({ calls }) => calls[0]?.params["project"])).toEqual([null, null]);
  });

  it("reads standard input, without the line end at its end", async () => {
    const { calls } = await keepsake(["save"], { answers: saved, stdin: "two\nlines\n" });
    expect(calls[0]?.params).toMatchObject({ text: "two\nlines" });
  });

  it("belongs to the one known project that ends in a short name, else to a new one that is said to be new", async () => {
    const answers = { ...saved, ...knowing("/home/mira/code/lantern", "/b/tool", "tool") };
    const asked = await Promise.all(
      ["lantern", "tool", "new", "/x/lantern"].map((name) =>
        keepsake(["save", "x", "--new-project", "--project", name], { answers }),
      ),
    );
    expect(asked.map(({ calls }) => calls.at(-1)?.params["project"])).toEqual([
      "/home/mira/code/lantern",
      "tool",
      "new",
      "/x/lantern",
    ]);
  });

  it("takes tags, pin, times, what it supersedes and a project", async () => {
    const { calls, exit } = await keepsake(
      `save x -t #panel --tag b,c --pin --expires 7d --at 2026-11-01T10:00Z --supersedes ${OTHER_ID} --project lantern`.split(
        " ",
      ),
      { answers: { ...saved, ...knowing("lantern") } },
    );
    expect(exit).toBe(0);
    expect(calls.at(-1)?.params).toEqual({
      text: "x",
      project: "lantern",
      tags: ["panel", "b", "c"],
      pinned: true,
      expiresAt: "2026-11-19T09:30:00.000Z",
      at: "2026-11-01T10:00:00.000Z",
      supersedes: OTHER_ID,
    });
  });

  it("takes the id it supersedes in capitals for the same id", async () => {
    const argv = ["save", "x", "--no-project", "--supersedes", OTHER_ID.toUpperCase()];
    const { calls } = await keepsake(argv, { answers: saved });
    expect(calls.at(-1)?.params["supersedes"]).toBe(OTHER_ID);
    const refused = await keepsake(["save", "x", "--supersedes", ID.slice(1)], { answers: saved });
    expect([refused.exit, refused.calls]).toEqual([2, []]);
  });

  it("prints the result as JSON", async () => {
    const { out } = await keepsake(["save", "x", "--json"], { answers: saved });
    expect(JSON.parse(out)).toEqual({ id: ID, reused: false });
  });

  it.each([
    ["too much text", { stdin: "x".repeat(65_537) }, [], 2, "a memory holds at most 65536 bytes of text"],
    ["bytes that are not UTF-8", { stdin: Buffer.from([0xff, 0xfe]) }, [], 1, "standard input is not UTF-8"],
    ["nothing but white space", { stdin: " \n" }, [], 2, "there is no text to store"],
    ["no text on a terminal without anybody to ask", {}, [], 2, "no text was given"],
    ["two projects", {}, ["x", "--project", "a", "--no-project"], 2, "exclude each other"],
  ])("answers %s with a code and a sentence", async (_, setting, words, exit, message) => {
    const outcome = await keepsake(["save", ...words], { answers: saved, ...setting });
    expect(outcome.exit).toBe(exit);
    expect(outcome.err).toContain(message);
  });

  it("of a version says that the vault is locked and what to do", async () => {
    const { exit, err, out } = await keepsake(["save", "x", "--supersedes", HIT.id], {
      answers: { "memory.save": refuse("VAULT_SEALED") },
    });
    expect({ exit, out, err }).toEqual({
      exit: 4,
      out: "",
      err: 'keepsake: error: what a note supersedes cannot be looked at while the vault is locked\nkeepsake: hint: run "keepsake unlock" in a terminal, then retry; or save it as a note of its own\n',
    });
  });
});

describe("search", () => {
  const found = { "memory.search": () => ({ hits: [HIT], more: true, complete: true }) };

  it("looks at this repository's project and asks for what the options say", async () => {
    const { calls, exit } = await keepsake(
      "search what colour --limit 3 --context 2 --tag panel --kind turn --role user --session s-1 --after 7d --before 2026-11 --as-of 2026-10 --include-superseded --explain".split(
        " ",
      ),
      { answers: found, folder: repository },
    );
    expect(exit).toBe(0);
    expect(calls[0]?.params).toMatchObject({
      query: "what colour",
      project: repository,
      limit: 3,
      context: 2,
      tags: ["panel"],
      kind: "turn",
      role: "user",
      session: "s-1",
      after: "2026-11-05T09:30:00.000Z",
      includeSuperseded: true,
      explain: true,
    });
    const { before, asOf } = { before: undefined, asOf: undefined, ...calls[0]?.params };
    expect(new Date(String(before))).toEqual(new Date(2026, 10, 1));
    expect(new Date(String(asOf)).getTime()).toBe(new Date(2026, 10, 1).getTime() - 1);
  });

  it.each([
    [["search", "x"], "/", undefined],
    [["search", "x", "--all-projects"], "repository", undefined],
    [["search", "x", "--no-project"], "repository", null],
    [["search", "x", "--project", "/a/b"], "repository", "/a/b"],
  ])("scopes %j in %s", async (argv, folder, project) => {
    const { calls } = await keepsake(argv, {
      answers: { ...found, ...knowing("/a/b") },
      folder: folder === "/" ? "/" : repository,
    });
    expect(calls.at(-1)?.params["project"]).toEqual(project);
  });

  it("knows a project by the last folder of its path when only one has it", async () => {
    const answers = { ...found, ...knowing("/home/mira/code/lantern", "/a/tool", "/b/tool", "plain") };
    const asked = await Promise.all(
      ["lantern", "plain", "/a/tool", "/a/tool/"].map((name) =>
        keepsake(["search", "x", "--project", name], { answers }),
      ),
    );
    expect(asked.map(({ calls }) => calls.at(-1)?.params["project"])).toEqual([
      "/home/mira/code/lantern",
      "plain",
      "/a/tool",
      "/a/tool",
    ]);
  });

  it("prints one hit a line in a pipe, and no escape sequences", async () => {
    const { out, err } = await keepsake(["search", "amber", "--limit", "1"], { answers: found });
    expect(out).toBe(
      `${ID}\t2026-11-09T08:00:00.000Z\t/home/mira/code/lantern\tnote\tdrawn in amber, never red\n`,
    );
    expect(err).toBe("");
  });

  it.each(["request", "answer"])(
    "puts the %s of a hit behind it in a pipe, on the same line",
    async (beside) => {
      const hit = {
        ...HIT,
        [beside]: { id: OTHER_ID, trust: "captured", snippet: "in what\n colour\u001B[2J?" },
      };
      const answers = { "memory.search": () => ({ hits: [hit], more: false, complete: true }) };
      const { out } = await keepsake(["search", "amber"], { answers });
      expect(out).toBe(
        `${ID}\t2026-11-09T08:00:00.000Z\t/home/mira/code/lantern\tnote\tdrawn in amber, never red\tin what colour⟨U+001B⟩[2J?\n`,
      );
    },
  );

  it("asks for exchanges, and says when all match weakly: in JSON, to people and in a pipe", async () => {
    const asked: unknown[] = [];
    const answers = {
      "memory.search": (params: unknown) => {
        asked.push(params);
        return { hits: [HIT], more: false, complete: true, weak: true };
      },
    };
    const json = await keepsake(["search", "amber", "--json"], { answers });
    expect(JSON.parse(json.out)).toEqual({ hits: [HIT], more: false, weak: true });
    expect(json.err).toBe("");
    const { err } = await keepsake(["search", "amber"], { answers, isTerminal: true, columns: 80 });
    const piped = await keepsake(["search", "amber"], { answers });
    for (const said of [err, piped.err])
      expect(said).toContain("all match weakly; perhaps nothing stored answers this");
    expect(asked).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ fold: true })));
  });

  it("says in any format that an answer was cut to what fits", async () => {
    const context = { before: [], after: [], more: true as const };
    const cut = { hits: [{ ...HIT, context }], more: true, complete: true };
    const answers = { "memory.search": () => cut };
    const { err, out } = await keepsake(["search", "amber", "--json", "--context", "2"], { answers });
    expect(err).toContain("more match than fit into one answer");
    expect(err).toContain("not all neighbouring turns fit");
    expect(JSON.parse(out)).toMatchObject({ more: true });
    const recent = { "memory.recent": () => ({ memories: [memory()], more: true }) };
    const listed = await keepsake(["recent", "--jsonl"], { answers: recent });
    expect(listed.err).toContain(`older ones: --before ${memory().at}`);
  });

  it("prints a block with the match set off on a terminal", async () => {
    const { out, err } = await keepsake(["search", "ambers", "--limit", "1"], {
      answers: found,
      isTerminal: true,
      columns: 80,
    });
    expect(out).toContain("lantern");
    expect(out).toContain("3 d ago");
    expect(out).toContain("drawn in \u001B[1m\u001B[36mamber\u001B[39m\u001B[22m, never red");
    expect(out).toContain("#panel");
    expect(err).toContain("there are more");
  });

  it("has no colours with NO_COLOR", async () => {
    const environment = { NO_COLOR: "1" };
    const { out, err } = await keepsake(["search", "amber"], {
      answers: found,
      isTerminal: true,
      environment,
    });
    expect(out + err).not.toContain("\u001B");
  });

  it("prints exactly the fixed shape as JSON, and one hit a line as JSON Lines", async () => {
    const json = await keepsake(["search", "amber", "--json"], { answers: found });
    expect(JSON.parse(json.out)).toEqual({ hits: [HIT], more: true });
    const lines = await keepsake(["search", "amber", "--jsonl"], { answers: found });
    expect(lines.out).toBe(`${JSON.stringify(HIT)}\n`);
  });

  it.each([
    [[], "", ""],
    [["--jsonl"], "", ""],
    [["--json"], '{"hits":[],"more":false}\n', '{"memories":[],"more":false}\n'],
  ])(
    "exits with 5 and prints no more than an empty list when nothing is found %j",
    async (more, found, recent) => {
      const answers = {
        "memory.search": () => ({ hits: [], more: false, complete: true }),
        "memory.recent": () => ({ memories: [], more: false }),
      };
      for (const [argv, out] of [
        [["search", "x"], found],
        [["recent"], recent],
      ] as const) {
        const outcome = await keepsake([...argv, ...more], { answers });
        expect([outcome.exit, outcome.out, outcome.err]).toEqual([5, out, ""]);
      }
    },
  );

  it("says in one line on standard error that nothing is found where a person looks", async () => {
    const answers = { "memory.search": () => ({ hits: [], more: false, complete: true }) };
    const { exit, out, err } = await keepsake(["search", "tide"], { answers, isTerminal: true });
    expect({ exit, out, err }).toEqual({ exit: 5, out: "", err: "nothing found\n" });
  });

  it.each([
    [[], "only memories of this folder's project and of no project were looked at"],
    [["--project", "panel"], "only memories of that project and of no project were looked at"],
    [["--project", "."], "no memory belongs to that project"],
    [["--no-project"], "only memories of no project were looked at"],
  ])("tells a person where it was not looked for %j", async (more, expected) => {
    const answers = {
      "memory.search": () => ({ hits: [], more: false, complete: true }),
      "memory.recent": () => ({ memories: [], more: false }),
      "memory.forget": () => ({ status: "dry_run" as const, count: 0 }),
      "memory.projects": () => ({
        projects: [{ project: "panel", count: 2, lastAt: MEMORY.at }],
        tags: [],
      }),
    };
    for (const argv of [["search", "tide"], ["recent"], ["forget", "--kind", "note"]]) {
      const { exit, out, err } = await keepsake([...argv, ...more], {
        answers,
        folder: repository,
        isTerminal: true,
        environment: { NO_COLOR: "1" },
      });
      expect([exit, out]).toEqual([5, ""]);
      const where =
        argv[0] === "forget" ? expected.replace("project and of no project", "project") : expected;
      expect(err).toBe(`nothing found\nkeepsake: hint: ${where}; -a looks at everything\n`);
    }
    const all = await keepsake(["search", "tide", "-a"], { answers, folder: repository, isTerminal: true });
    expect(all.err).toBe("nothing found\n");
  });

  it("says when the index is still being rebuilt", async () => {
    const answers = { "memory.search": () => ({ hits: [HIT], more: false, complete: false }) };
    const { out, err } = await keepsake(["search", "x", "--json"], { answers });
    expect(JSON.parse(out)).toMatchObject({ complete: false });
    expect(err).toContain("being rebuilt");
  });

  it("shows what each part of the ranking contributed", async () => {
    const explained = { ...HIT, parts: { words: 3.1, date: 1.15 } };
    const answers = { "memory.search": () => ({ hits: [explained], more: false, complete: true }) };
    const { out } = await keepsake(["search", "x", "--explain"], { answers });
    expect(out).toContain("score 4.25 = words 3.10 + date 1.15");
  });

  it("never lets stored text reach the terminal as anything but text", async () => {
    const evil = "a\u001B]0;title\u0007\u202Eb\u200Bc\u{E0041}\u009B2J";
    const hostile = {
      ...HIT,
      text: evil,
      snippet: evil,
      speaker: evil,
      project: `/x/${evil}`,
      tags: ["t\u202E"],
    };
    const answers = { "memory.search": () => ({ hits: [hostile], more: false, complete: true }) };
    for (const argv of [[], ["--json"], ["--jsonl"], ["--explain"]]) {
      for (const isTerminal of [true, false]) {
        const environment = { NO_COLOR: "1" };
        const { out } = await keepsake(["search", "x", ...argv], { answers, isTerminal, environment });
        expect(out.replaceAll(/[\n\t]/g, "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }
    const { out } = await keepsake(["search", "x", "--json"], { answers });
    expect((JSON.parse(out) as { hits: { text: string }[] }).hits[0]?.text).toBe(evil);
  });
});

describe("recent", () => {
  it("lists the newest memories as lines, JSON and JSON Lines, and exits with 5 when there are none", async () => {
    const memories = [memory({ text: "first line\nsecond" })];
    const answers = { "memory.recent": () => ({ memories, more: false }) };
    expect((await keepsake(["recent", "--limit", "5"], { answers })).out).toBe(
      `${ID}\t2026-11-09T08:00:00.000Z\t/home/mira/code/lantern\tnote\tfirst line second\n`,
    );
    expect(JSON.parse((await keepsake(["recent", "--json"], { answers })).out)).toEqual({
      memories,
      more: false,
    });
    expect((await keepsake(["recent", "--jsonl"], { answers })).out).toBe(`${JSON.stringify(memories[0])}\n`);
    const none = await keepsake(["recent"], {
      answers: { "memory.recent": () => ({ memories: [], more: false }) },
    });
    expect([none.exit, none.out]).toEqual([5, ""]);
  });
});

describe("--project with a folder that several projects end in", () => {
  const paths = ["/a/tool", '/b"\u202E/tool', ...["c", "d", "e", "f", "g"].map((each) => `/${each}/tool`)];

  it.each([["save", "x"], ["search", "x"], ["recent"], ["forget"]])("is refused by %s", async (...argv) => {
    const answers = knowing("/x/lantern", ...paths);
    const asked = [...argv, "--project", "tool"];
    const piped = await keepsake(asked, { answers, stdin: "" });
    expect({ exit: piped.exit, out: piped.out, err: piped.err }).toEqual({
      exit: 2,
      out: "",
      err: "keepsake: error: 7 projects have that short name\nkeepsake: hint: give one by its whole path\n",
    });
    expect(piped.calls.map(({ method }) => method)).toEqual(["memory.projects"]);
    const shown = await keepsake(asked, { answers, isTerminal: true, environment: { NO_COLOR: "1" } });
    expect(shown.exit).toBe(2);
    expect(shown.err).toContain(
      String.raw`hint: give one by its path: "/a/tool", "/b\"⟨U+202E⟩/tool", "/c/tool", "/d/tool", "/e/tool", 2 more`,
    );
  });
});

describe("--project with a name that is none", () => {
  const answers = { ...saved, ...knowing("/home/mira/code/lantern", "/b/tool", "/c/tool") };
  const save = (name: string, ...more: string[]) => ["save", "x", "--project", name, ...more];

  it.each([
    ["lantren", 'did you mean "lantern"? --new-project makes one of that name'],
    ["Lantern", 'did you mean "lantern"? --new-project makes one of that name'],
    ["/gone/code/lantren", 'did you mean "lantern"? --new-project makes one of that name'],
    ["/gone/tol", "--new-project makes one of that name"],
    ["a\u202Ebc", "--new-project makes one of that name"],
  ])("%j is refused where nobody can be asked, with what was meant", async (name, hint) => {
    const { exit, err, out, calls } = await keepsake(save(name), { answers, stdin: "" });
    const typed = name.replace("\u202E", "⟨U+202E⟩");
    expect({ exit, out, err }).toEqual({
      exit: 2,
      out: "",
      err: `keepsake: error: there is no project "${typed}"\nkeepsake: hint: ${hint}\n`,
    });
    expect(calls.map(({ method }) => method)).toEqual(["memory.projects"]);
  });

  it("is told with each of several that may be meant, and yes means none of them", async () => {
    const hint = 'did you mean "b/tool" or "c/tool"?';
    const piped = await keepsake(save("tol"), { answers, stdin: "" });
    expect([piped.exit, piped.err.includes(hint), piped.calls.length]).toEqual([2, true, 1]);
    const found = await keepsake(["search", "x", "--project", "tol"], { answers });
    expect([found.exit, found.err.includes(hint)]).toEqual([5, true]);
    const question = 'There is no project "tol"; "b/tool" or "c/tool" may be meant. Make a new one?';
    const no = await keepsake(save("tol"), { answers, typed: [false] });
    expect([no.exit, no.questions, no.calls.length]).toEqual([130, [question], 1]);
    const made = await keepsake(save("tol"), { answers, typed: [true] });
    expect(made.calls.at(-1)?.params["project"]).toBe("tol");
    const many = {
      ...saved,
      ...knowing("/one", ...["a", "b", "c", "d", "e", "f", "g"].map((each) => `/x/${each}/tool`)),
    };
    expect((await keepsake(save("tol"), { answers: many, stdin: "" })).err).toContain(
      'did you mean "a/tool", "b/tool", "c/tool", "d/tool", "e/tool" or 2 more?',
    );
  });

  it.each([
    [save("*"), "without --project it is that of this folder"],
    [["import", "notes.md", "--project", "*"], "without --project it is that of this folder"],
    [["client", "add", "x", "--project", "lantern", "--project", "*"], "without --project a client may use"],
  ])("is not * for %j, before the vault is asked", async (argv, hint) => {
    const { exit, err, calls } = await keepsake(argv, { answers });
    expect([exit, calls]).toEqual([2, []]);
    expect(err).toContain(`error: --project "*" is every project; name one\nkeepsake: hint: ${hint}`);
  });

  it("is a question on a terminal, and yes means the one that was meant", async () => {
    const yes = await keepsake(save("lantren"), { answers, typed: [true] });
    expect(yes.questions).toEqual(['There is no project "lantren"; did you mean "lantern"?']);
    expect(yes.calls.at(-1)?.params["project"]).toBe("/home/mira/code/lantern");
    const no = await keepsake(save("lantren"), { answers, typed: [false] });
    expect([no.exit, no.err, no.calls.length]).toEqual([130, "keepsake: nothing was changed\n", 1]);
    const made = await keepsake(save("harbour"), { answers, typed: [true] });
    expect(made.questions).toEqual(['There is no project "harbour"; make it?']);
    expect(made.calls.at(-1)?.params["project"]).toBe("harbour");
  });

  it("is taken as it is with --new-project, relative paths from the working folder", async () => {
    const made = await Promise.all(
      ["lantren", "/gone/code/lantren/", "./gone", "team/app"].map((name) =>
        keepsake(save(name, "--new-project"), { answers, folder: repository }),
      ),
    );
    expect(made.map(({ calls }) => calls.at(-1)?.params["project"])).toEqual([
      "lantren",
      "/gone/code/lantren",
      join(repository, "gone"),
      "team/app",
    ]);
    const nameless = await keepsake(["save", "x", "--new-project"], { answers });
    expect([nameless.exit, nameless.calls]).toEqual([2, []]);
    expect(nameless.err).toContain("--new-project needs --project");
  });

  it.each([["search", "x"], ["recent"], ["forget", "--yes"]])(
    "is said by %s, which finds nothing",
    async (...argv) => {
      const { exit, out, err, calls } = await keepsake([...argv, "--project", "lantren"], { answers });
      expect({ exit, out, err }).toEqual({
        exit: 5,
        out: "",
        err: 'keepsake: error: there is no project "lantren"\nkeepsake: hint: did you mean "lantern"? "keepsake recent -a" shows what there is\n',
      });
      expect(calls.map(({ method }) => method)).toEqual(["memory.projects"]);
    },
  );

  it("begins the first project of a vault, which cannot be a slip of another", async () => {
    const { exit, calls } = await keepsake(save("lantern"), { answers: { ...saved, ...knowing() } });
    expect([exit, calls.at(-1)?.params["project"]]).toEqual([0, "lantern"]);
  });

  it("is taken for a project where not all of them fit into an answer", async () => {
    const cut = { ...saved, "memory.projects": () => ({ projects: [], tags: [], more: true as const }) };
    const { exit, calls } = await keepsake(save("lantern"), { answers: cut });
    expect([exit, calls.at(-1)?.params["project"]]).toEqual([0, "lantern"]);
  });
});

describe("--project with a folder", () => {
  let root: string;
  const answers = { ...saved, ...knowing("/other/panel", "/dead/lantern") };

  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-folder-")));
    for (const name of ["panel/src", "plain/deep"]) mkdirSync(join(root, name), { recursive: true });
    execFileSync("git", ["init", "--quiet"], { cwd: join(root, "panel") });
    symlinkSync(join(root, "panel"), join(root, "link"));
  });

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it.each([
    ["./panel/src", "panel"],
    ["panel/src", "panel"],
    ["%/panel/src/", "panel"],
    ["%/link", "panel"],
    ["link/src", "panel"],
    ["plain/deep", "plain/deep"],
    ["plain", "plain"],
    [".", "."],
  ])("%s is the repository it lies in, outside one itself", async (name, project) => {
    const typed = name.replace("%", root);
    const { exit, calls } = await keepsake(["save", "x", "--project", typed], { answers, folder: root });
    expect([exit, calls.at(-1)?.params["project"]]).toEqual([0, join(root, project)]);
  });

  it("is a word alone only where that is no name, and a project of that name", async () => {
    const panel = await keepsake(["save", "x", "--project", "panel"], { answers, folder: root });
    expect(panel.calls.at(-1)?.params["project"]).toBe("/other/panel");
    const inside = { answers, folder: join(root, "panel") };
    const source = await keepsake(["forget", "--yes", "--project", "src"], inside);
    expect([source.exit, source.calls.length]).toEqual([5, 1]);
  });

  it("is a project whose folder is gone, from below it, too", async () => {
    for (const name of ["/dead/lantern/", "/dead/lantern/src"]) {
      const { calls } = await keepsake(["save", "x", "--project", name], { answers });
      expect(calls.at(-1)?.params["project"]).toBe("/dead/lantern");
    }
    const around = { answers: { ...saved, ...knowing(root) } };
    expect((await keepsake(["forget", "--yes", "--project", join(root, "slip")], around)).exit).toBe(5);
  });
});

describe("get", () => {
  it("shows the memory and its other versions", async () => {
    const old = memory({
      id: OTHER_ID,
      text: "low water is red",
      supersededBy: ID,
      savedAt: new Date(2026, 10, 2, 9, 5).toISOString(),
    });
    const newest = { ...memory({ supersedes: OTHER_ID }), versions: [old, memory({ supersedes: OTHER_ID })] };
    const answers = { "memory.get": () => ({ memories: [newest], missing: [] }) };
    const { out, exit } = await keepsake(["get", ID], { answers });
    expect(exit).toBe(0);
    expect(out.indexOf("never red")).toBeLessThan(out.indexOf("other versions"));
    expect(out.indexOf("other versions")).toBeLessThan(out.indexOf("low water is red"));
    expect(out.match(/never red/g)).toHaveLength(1);
    expect(out).toMatch(new RegExp(`^lantern · .* · written 9 Nov 2026 \\d\\d:\\d\\d · current · ${ID}\n`));
    expect(out).toContain(`\nwritten 2 Nov 2026 09:05 · superseded · ${OTHER_ID}\n`);
  });

  it("gives texts as they were saved off a terminal, with only control characters made visible", async () => {
    const text = `\t${"a long line ".repeat(20)}\r\n  indented\u001B[2J\n\ttab\there \n\n`;
    const versions = [memory({ id: OTHER_ID, supersededBy: ID, text: "\told" })];
    const answers = { "memory.get": () => ({ memories: [{ ...memory({ text }), versions }], missing: [] }) };
    const { out } = await keepsake(["get", ID], { answers });
    expect(out.slice(out.indexOf("\n") + 1)).toMatch(
      `${text.replace("\u001B", "⟨U+001B⟩")}\n  #panel\n\nother versions, oldest first\n`,
    );
    expect(out).toContain(`${OTHER_ID}\n\told\n`);
    const shown = await keepsake(["get", ID], { answers, isTerminal: true, columns: 60 });
    expect(shown.out).toContain("\n    a long line a long line");
    expect(shown.out.split("\n").every((line) => line.length <= 60 || line.includes("\u001B"))).toBe(true);
  });

  it("asks again for what one answer has no room for, and names versions that are left", async () => {
    const asked: unknown[] = [];
    const versionsLeft = { count: 7, older: OTHER_ID };
    const answers = {
      "memory.get": ({ ids }: { ids: readonly string[] }) => {
        asked.push(ids);
        return ids.length > 1
          ? { memories: [memory()], missing: [], leftOut: [OTHER_ID] }
          : { memories: [{ ...memory({ id: OTHER_ID }), versionsLeft }], missing: [] };
      },
    };
    const { exit, out, err } = await keepsake(["get", ID, OTHER_ID, "--json"], { answers });
    expect(asked).toEqual([[ID, OTHER_ID], [OTHER_ID]]);
    expect((JSON.parse(out) as { memories: unknown[] }).memories).toHaveLength(2);
    expect(err).toBe(
      `keepsake: hint: 7 versions not shown, too large for one answer: keepsake get ${OTHER_ID}\n`,
    );
    expect(exit).toBe(0);
  });

  it("does not ask for ever when an answer holds nothing", async () => {
    const answers = { "memory.get": () => ({ memories: [], missing: [], leftOut: [ID] }) };
    expect((await keepsake(["get", ID], { answers })).exit).toBe(3);
  });

  it("prints what is there and exits with 5 when an id is missing", async () => {
    const answers = { "memory.get": () => ({ memories: [memory()], missing: [OTHER_ID] }) };
    const { exit, out, err } = await keepsake(["get", ID, OTHER_ID], { answers });
    expect(exit).toBe(5);
    expect(out).toContain("never red");
    expect(err).toBe(
      `keepsake: error: no memory has the id ${OTHER_ID}\nkeepsake: hint: ids stand in what "keepsake search -a" and "keepsake recent -a" print\n`,
    );
  });

  it("takes ids in capitals for the same ids", async () => {
    const answers = { "memory.get": () => ({ memories: [memory()], missing: [] }) };
    const { exit, calls } = await keepsake(["get", ID.toUpperCase(), ID], { answers });
    expect([exit, calls[0]?.params["ids"]]).toEqual([0, [ID]]);
  });

  it("takes an id with a wrong last letter for a slip, and shows the others", async () => {
    const slip = `${OTHER_ID.slice(0, -1)}1`;
    const alone = await keepsake(["get", slip]);
    expect([alone.exit, alone.calls]).toEqual([5, []]);
    expect(alone.err).toContain(`no memory has the id ${slip}; is it mistyped?\n`);
    const answers = { "memory.get": () => ({ memories: [memory()], missing: [] }) };
    const { exit, out, err, calls } = await keepsake(["get", slip.toUpperCase(), ID], { answers });
    expect([exit, calls[0]?.params["ids"]]).toEqual([5, [ID]]);
    expect([out.includes("never red"), err.includes(slip)]).toEqual([true, true]);
    const json = await keepsake(["get", ID, slip, "--json"], { answers });
    expect(JSON.parse(json.out)).toMatchObject({ missing: [slip] });
  });

  it("refuses what is no id without asking the daemon, and names it unless it looks like text", async () => {
    const { exit, err, calls } = await keepsake(["get", "../../etc/passwd"]);
    expect([exit, calls]).toEqual([2, []]);
    expect(err).toContain('"../../etc/passwd" is not the id of a memory');
    expect((await keepsake(["get", ID, "what I once said"])).err).toContain("error: that is not the id");
  });
});

describe("update", () => {
  const answers = { "memory.update": () => ({ id: OTHER_ID, supersedes: ID, reused: false }) };

  it.each([
    [["new", "text"], { text: "new text" }],
    [["--pin"], { pinned: true }],
    [["--unpin", "--expires", "never"], { pinned: false, expiresAt: null }],
    [["--tag", "a", "--tag", "b"], { tags: ["a", "b"] }],
    [["--no-tags"], { tags: [] }],
    [["--expires", "1d"], { expiresAt: "2026-11-13T09:30:00.000Z" }],
  ])("writes a new version with %j", async (words, changes) => {
    const { exit, out, calls } = await keepsake(["update", ID, ...words], { answers });
    expect([exit, out]).toEqual([0, `${OTHER_ID}\n`]);
    expect(calls[0]?.params).toEqual({ id: ID, ...changes });
  });

  it("takes an id in capitals for the same id", async () => {
    const { exit, calls } = await keepsake(["update", ID.toUpperCase(), "--pin"], { answers });
    expect([exit, calls[0]?.params]).toEqual([0, { id: ID, pinned: true }]);
  });

  it("reads the new text from standard input when nothing else changes", async () => {
    const { calls } = await keepsake(["update", ID], { answers, stdin: "from a pipe\n" });
    expect(calls[0]?.params).toEqual({ id: ID, text: "from a pipe" });
  });

  it.each([
    [[], "there is nothing to change"],
    [["--pin", "--unpin"], "--pin and --unpin exclude each other"],
    [["--tag", "a", "--no-tags"], "--tag and --no-tags exclude each other"],
  ])("refuses %j", async (words, message) => {
    const { exit, err } = await keepsake(["update", ID, ...words], { answers });
    expect(exit).toBe(2);
    expect(err).toContain(message);
  });
});

describe("forget", () => {
  const token = "t".repeat(43);
  const asked = {
    status: "confirmation_required",
    operation: "memory.forget",
    description: "forget 3 memories",
    targetCount: 3,
    confirmationToken: token,
    expiresInSeconds: 300,
  } as const;
  const answers = {
    ...knowing("/a/lantern"),
    "memory.get": () => ({
      memories: [memory({ text: "drawn in amber,\n never\u0007 red" })],
      missing: [],
    }),
    "memory.forget": ({
      dryRun,
      confirmationToken,
      ids,
    }: {
      dryRun: boolean;
      confirmationToken?: string | undefined;
      ids?: string[] | undefined;
    }) => {
      if (dryRun) return { status: "dry_run" as const, count: ids?.length ?? 3 };
      if (ids?.length === 1 || confirmationToken === token) {
        return { status: "forgotten" as const, count: ids?.length ?? 3, reused: false };
      }
      return asked;
    },
  };

  it("asks on a terminal before it forgets one memory", async () => {
    const { exit, out, questions, calls } = await keepsake(["forget", ID], { answers, typed: [true] });
    expect([exit, out]).toEqual([0, "forgot 1 memory\n"]);
    expect(questions).toEqual(['Forget "drawn in amber, never⟨U+0007⟩ red" with all versions?']);
    expect(calls.map(({ method, params }) => [method, params["dryRun"]])).toEqual([
      ["memory.forget", true],
      ["memory.get", undefined],
      ["memory.forget", undefined],
    ]);
  });

  it("takes an id in capitals for the same id", async () => {
    const { exit, calls } = await keepsake(["forget", ID.toUpperCase(), "--yes"], { answers });
    expect(exit).toBe(0);
    for (const { params } of calls) expect(params["ids"]).toEqual([ID]);
  });

  it("asks about a memory that cannot be read any more, and reads none where nobody is asked", async () => {
    const damaged = { ...answers, "memory.get": refuse("RECORD_DAMAGED") };
    const asked = await keepsake(["forget", ID], { answers: damaged, typed: [true] });
    expect([asked.exit, asked.questions]).toEqual([0, ["Forget 1 memory with all versions?"]]);
    const { calls, out } = await keepsake(["forget", ID, "--yes"], { answers });
    expect([out, calls.some(({ method }) => method === "memory.get")]).toEqual(["forgot 1 memory\n", false]);
    const several = await keepsake(["forget", ID, OTHER_ID], { answers, typed: [true] });
    expect(several.questions).toEqual(["Forget 3 memories with all versions?"]);
  });

  it("changes nothing when the answer is no", async () => {
    const { exit, calls } = await keepsake(["forget", ID], { answers, typed: [false] });
    expect(exit).toBe(130);
    const forgets = calls.filter(({ method }) => method === "memory.forget");
    expect(forgets.every(({ params }) => params["dryRun"] === true)).toBe(true);
  });

  it("needs --yes where nobody can be asked", async () => {
    const refused = await keepsake(["forget", "--kind", "turn", "--project", "/a/lantern"], { answers });
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain("--yes");
    const done = await keepsake(["forget", "--kind", "turn", "--project", "/a/lantern", "--yes"], {
      answers,
    });
    expect([done.exit, done.out]).toEqual([0, "forgot 3 memories\n"]);
    expect(done.calls.at(-1)?.params).toEqual({
      filter: { project: "/a/lantern", kind: "turn" },
      confirmationToken: token,
    });
  });

  it("says what a filter takes in, memories of no project among it", async () => {
    const { questions } = await keepsake(
      ["forget", "--project", "/a/lantern", "--before", "2026-10-01", "-t", "x"],
      {
        answers,
        typed: [true],
      },
    );
    expect(questions).toEqual([
      "Forget 3 memories with all versions (of project lantern, with 1 tag, before 1 Oct 2026 00:00)?",
    ]);
  });

  it("only counts with --dry-run", async () => {
    const { exit, out, calls } = await keepsake(["forget", "--all-projects", "--before", "1y", "--dry-run"], {
      answers,
    });
    expect(exit).toBe(0);
    expect(out).toMatch(/^3 memories would be forgotten: of every project, before 12 Nov 2025/);
    expect(calls).toHaveLength(1);
  });

  it("names the ids that are none, and forgets none of the others", async () => {
    const answers = {
      "memory.forget": ({ ids = [], dryRun }: { ids?: readonly string[] | undefined; dryRun?: boolean }) => {
        if (dryRun !== true) throw new Error("nothing may be forgotten");
        if (ids.includes(OTHER_ID)) throw new KeepsakeError("NOT_FOUND");
        return { status: "dry_run" as const, count: ids.length };
      },
    };
    const several = await keepsake(["forget", ID, OTHER_ID, "--yes"], { answers });
    expect([several.exit, several.out]).toEqual([5, ""]);
    expect(several.err).toContain(`no memory has the id ${OTHER_ID}; nothing was forgotten\n`);
    expect(several.err).not.toContain(ID);
    const only = await keepsake(["forget", OTHER_ID, "--yes"], { answers });
    expect(only.err).toContain(`error: no memory has the id ${OTHER_ID}\n`);
  });

  it("exits with 5 when nothing matches, and asks nothing", async () => {
    const none = { "memory.forget": () => ({ status: "dry_run" as const, count: 0 }) };
    const { exit, out, questions } = await keepsake(["forget", "--kind", "note"], {
      answers: none,
      typed: [true],
    });
    expect({ exit, out, questions }).toEqual({ exit: 5, out: "", questions: [] });
  });

  it.each([
    [[], "give either ids or a filter"],
    [[ID, "--kind", "turn"], "give either ids or a filter"],
  ])("refuses %j", async (words, message) => {
    const { exit, err, calls } = await keepsake(["forget", ...words], { answers });
    expect(exit).toBe(2);
    expect(err).toContain(message);
    expect(calls).toEqual([]);
  });
});
