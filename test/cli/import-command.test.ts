import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CallOptions } from "../../src/client/keepsake-client.ts";
import { keepsake, refuse } from "./harness.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keepsake-import-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Stores everything but the second line of each stream, which it rejects. */
const importing = {
  "data.import": async (_params: unknown, { options }: { options: CallOptions }) => {
    const bodies: Uint8Array[] = [];
    for await (const body of options.stream ?? []) bodies.push(body);
    const lines = Buffer.concat(bodies).toString().split("\n").slice(0, -1);
    const entries = [...lines.entries()].filter(([, line]) => !line.startsWith('{"mark":'));
    const rejectedLines = entries.slice(1, 2).map(([at]) => at + 1);
    return {
      stored: Math.max(0, entries.length - 1),
      duplicates: 0,
      rejected: Math.min(1, entries.length),
      circular: 0,
      rejectedLines,
    };
  },
};

describe("import", () => {
  it("says what was stored, what was there, what was rejected and what was passed over, never what it said", async () => {
    const transcripts = ["damaged", "lantern"].map((name) => join(FIXTURES, "claude-code", `${name}.jsonl`));
    const argv = ["import", ...transcripts, join(FIXTURES, "harbour-notes.md")];
    const { exit, out, err } = await keepsake(argv, { answers: importing });
    expect(exit).toBe(0);
    expect(err).toBe("");
    expect(out).toMatchInlineSnapshot(`
      "       35  stored, from 3 files: 2 Claude Code transcripts, 1 Markdown file
              0  there already
              2  rejected: not valid entries
              2  private passages cut out
      left out:
             10  bookkeeping lines
              5  tool results
             12  lines of thinking, tool calls or pictures
              2  lines of helper agents
              5  lines the host wrote by itself
              1  error message of the service
              1  blank line
              1  line of a kind keepsake does not know
              1  message that was wholly private
              7  lines of unknown shape
              2  lines that are not JSON
              1  line that is not UTF-8
      80 lines read: 31 stored, 0 known, 0 forgotten before, 37 left out by kind, 1 cut, 11 damaged
         file 1  4 memories read, 10 damaged
         file 2  28 memories read
         file 3  5 memories read
      rejected: file 1 memory 2, file 3 memory 2
      numbered in the order they were given and found; --json names each
      "
    `);
    for (const word of ["Skarvik", "amber", "lantern", "harbour-notes"]) expect(out).not.toContain(word);
  });

  it("says how many files lie outside the folder, behind links, and which are in another project already", async () => {
    const outside = mkdtempSync(join(tmpdir(), "keepsake-outside-"));
    try {
      for (const name of ["a.md", "b.md"]) writeFileSync(join(outside, name), "# One\n\nfirst\n");
      mkdirSync(join(folder, "notes"));
      symlinkSync(join(outside, "a.md"), join(folder, "notes", "a.md"));
      const one = await keepsake(["import", folder], { answers: importing });
      expect(one.out).toContain("        1  file outside the folder given, behind symbolic links\n");
      symlinkSync(outside, join(folder, "notes", "more"));
      const known = () => ({
        stored: 0,
        duplicates: 2,
        elsewhere: 2,
        rejected: 0,
        circular: 0,
        rejectedLines: [],
      });
      const two = await keepsake(["import", folder], { answers: { "data.import": known } });
      expect(two.out).toContain("        2  files outside the folder given, behind symbolic links\n");
      expect(two.out).toContain("        2  there already\n        2  of them in another project\n");
      expect(two.err).toContain(
        "stays in the project it was first stored in; forget it and import with --again",
      );
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("counts files of one kind once", async () => {
    writeFileSync(join(folder, "one.md"), "# One\n\nfirst\n\n# Two\n\nsecond\n");
    writeFileSync(join(folder, "two.md"), "# One\n\nfirst\n\n# Two\n\nsecond\n");
    const { out } = await keepsake(["import", folder], { answers: importing });
    expect(out).toContain("3  stored, from 2 Markdown files\n");
    const one = await keepsake(["import", join(folder, "one.md")], { answers: importing });
    expect(one.out).toContain("1  stored, from 1 Markdown file\n");
  });

  it("says where the first rejected entries stand, and how many more there are", async () => {
    const rejecting = (rejected: number) => ({
      "data.import": async (_params: unknown, { options }: { options: CallOptions }) => {
        for await (const _body of options.stream ?? []);
        const rejectedLines = Array.from({ length: rejected }, (_, index) => index + 1);
        return { stored: 20 - rejected, duplicates: 0, rejected, circular: 0, rejectedLines };
      },
    });
    const entry = '{"kind":"note","text":"amber","project":null,"at":"2026-10-12T08:00:00Z"}\n';
    const path = join(folder, "own.jsonl");
    writeFileSync(path, `\n${entry.repeat(20)}`);
    const few = await keepsake(["import", path], { answers: rejecting(2) });
    expect(few.out).toContain("rejected: line 2, line 3\n");
    const many = await keepsake(["import", path], { answers: rejecting(12) });
    expect(many.out).toMatch(/^rejected: line 2, line 3, .*line 11 and 2 more$/m);
    expect(many.out + many.err).not.toMatch(/amber|own\.jsonl/);
  });

  it("prints the same as one JSON value", async () => {
    const { out } = await keepsake(["import", join(FIXTURES, "harbour-notes.md"), "--dry-run", "--json"], {
      answers: importing,
    });
    expect(JSON.parse(out)).toEqual({
      files: 1,
      outside: 0,
      stored: 4,
      duplicates: 0,
      rejected: 1,
      circular: 0,
      expired: 0,
      unlinked: 0,
      forgotten: 0,
      replaced: 0,
      kept: 0,
      elsewhere: 0,
      gone: [],
      goneLeft: 0,
      removed: 0,
      redacted: 0,
      keptSecrets: 0,
      rejectedLines: [{ file: 0, line: 2 }],
      skipped: {},
      lines: { read: 0, stored: 0, known: 0, forgotten: 0, leftOut: 0, cut: 0, damaged: 0 },
      private: { passages: 0, unclosed: 0, unclosedFiles: 0, unopened: 0 },
      formats: { markdown: { files: 1, stored: 4 } },
      entries: [5],
      perFile: [{ path: join(FIXTURES, "harbour-notes.md"), format: "markdown", entries: 5, damaged: 0 }],
      dryRun: true,
    });
  });

  it("says of a file whose private mark is not closed that nothing of it counts as removed", async () => {
    const file = join(folder, "cut.md");
    writeFileSync(file, "# A\none\n\n<private>\n# B\ntwo\n");
    const sent: string[] = [];
    const answers = {
      "data.import": async (_params: unknown, { options }: { options: CallOptions }) => {
        for await (const chunk of options.stream ?? []) sent.push(Buffer.from(chunk).toString());
        return { stored: 1, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] };
      },
    };
    const { out } = await keepsake(["import", file], { answers });
    expect(out).toContain(
      "of them to the end of the file: its mark is not closed; nothing of that file counts",
    );
    expect(out).not.toContain("message");
    expect(sent.join("")).toContain('{"mark":"cut"');
    expect(sent.join("")).not.toContain("two");
    writeFileSync(join(folder, "cut2.md"), "# A\none\n\n<private>\n# B\ntwo\n");
    const both = await keepsake(["import", file, join(folder, "cut2.md")], { answers });
    expect(both.out).toContain("of them to the end of their files");
  });

  it("accounts for every line of a transcript, and says what was cut as private", async () => {
    const path = join(folder, "talk.jsonl");
    const line = (uuid: string, content: string) =>
      `${JSON.stringify({ type: "user", uuid, sessionId: "s", timestamp: "2026-11-20T08:00:00Z", message: { content } })}\n`;
    const file = [
      line("1", "amber <private>salt</private> lamp <private>rope</private>"),
      line("2", "first of two").trimEnd() + line("3", "second of two"),
      line("4", "<private>all of it</private>"),
      line("5", "oak\n<private>left open"),
      "\n",
      '{"type":"mode","sessionId":"s"}\n',
      "torn\n",
      line("6", "known"),
      line("7", "not taken </private>"),
    ];
    writeFileSync(path, file.join(""));
    const answers = {
      "data.import": async (_params: unknown, { options }: { options: CallOptions }) => {
        for await (const _ of options.stream ?? []);
        const lines = { stored: 2, known: 1, forgotten: 1 };
        return { stored: 4, duplicates: 1, rejected: 1, circular: 0, rejectedLines: [6], lines };
      },
    };
    const lines = { read: 9, stored: 2, known: 1, forgotten: 1, leftOut: 2, cut: 1, damaged: 2 };
    const json = await keepsake(["import", path, "--json"], { answers });
    expect(JSON.parse(json.out)).toMatchObject({
      lines,
      private: { passages: 4, unclosed: 1, unclosedFiles: 0, unopened: 1 },
    });
    const told =
      "9 lines read: 2 stored, 1 known, 1 forgotten before, 2 left out by kind, 1 cut, 2 damaged\n";
    for (const isTerminal of [true, false]) {
      const { out } = await keepsake(["import", path], {
        answers,
        isTerminal,
        environment: { NO_COLOR: "1" },
      });
      expect(out).toContain(told);
      expect(out).toContain("        4  private passages cut out\n");
      expect(out).toContain("        1  of them to the end of its message: its mark is not closed\n");
      expect(out).toContain(
        "        1  closing private mark that nothing opens: look what stands before it\n",
      );
      expect(out).not.toMatch(/amber|salt|oak/);
    }
  });

  it("counts what is none of its formats in a folder, and lists only what was named", async () => {
    for (let index = 0; index < 30; index += 1)
      writeFileSync(join(folder, `package-${index}.json`), '{"name":"a","version":"1.0.0"}');
    writeFileSync(join(folder, "odd.zip"), "PK\u0003\u0004 no zip at all");
    writeFileSync(join(folder, "tsconfig.json"), '// base\n{"compilerOptions":{}}');
    const talk = {
      uuid: "c",
      chat_messages: [{ uuid: "m", sender: "human", text: "words", created_at: "2026-10-12" }],
    };
    writeFileSync(join(folder, "x.json"), JSON.stringify([talk, talk]));
    const { exit, out, err } = await keepsake(["import", folder], { answers: importing });
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toContain("1 Claude.ai export file");
    expect(out).toContain("32  files in no format keepsake reads");
    expect(out.match(/^ *(?:folder|zip) \d+ file \d+ /gm)).toEqual([expect.stringContaining("file 33 ")]);
    const zip = await keepsake(["import", join(folder, "odd.zip")], { answers: importing });
    expect([zip.exit, zip.calls]).toEqual([1, []]);
    expect(zip.err).toContain("is a zip that is damaged or not all there");
    expect(zip.err).toContain("hint: download it again, or unpack what can be unpacked");
  });

  it("exits with 1 when there was nothing to import", async () => {
    const path = join(folder, "odd.jsonl");
    writeFileSync(path, '{"level":"info"}\n');
    const { exit, out, err, calls } = await keepsake(["import", path], { answers: importing });
    expect([exit, out, calls]).toEqual([1, "", []]);
    expect(err).toContain("keepsake: error: the file is in no format keepsake reads\n");
  });

  it.each([
    ["nothing.md", "", "the file is empty"],
    ["nothing.txt", "", "the file is empty"],
    ["blank.md", "\n\n  \n", "no message and no note was found"],
    ["machine.jsonl", '{"type":"mode","sessionId":"s","uuid":"u"}\n', "no message and no note was found"],
  ])("says why nothing came of %s", async (name, text, why) => {
    writeFileSync(join(folder, name), text);
    const none = () => ({ stored: 0, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] });
    const answers = { "data.import": none };
    const format = name === "machine.jsonl" ? ["--format", "claude-code"] : [];
    for (const json of [[], ["--json"]]) {
      const { exit, out, err } = await keepsake(["import", join(folder, name), ...format, ...json], {
        answers,
      });
      expect([exit, err.split("\n")[0]]).toEqual([1, `keepsake: error: ${why}; nothing was stored`]);
      expect(err).toMatch(/\nkeepsake: hint: \w/);
      if (json.length > 0 && out !== "") expect(JSON.parse(out)).toMatchObject({ stored: 0 });
    }
  });

  it("tells apart the files of several folders and zips off a terminal without their names", async () => {
    for (const [name, text] of [
      ["amber-a.md", "# One\n\nfirst\n"],
      ["amber-b.md", "# One\n\nsecond\n"],
    ] as const)
      writeFileSync(join(folder, name), text);
    const alone = join(FIXTURES, "harbour-notes.md");
    const { out, err } = await keepsake(["import", alone, folder], { answers: importing });
    expect(out).toMatch(/^ *file 1 +5 mem.*\n *folder 2 file 1 +1 mem.*\n *folder 2 file 2 +1 mem/m);
    expect(out + err).not.toMatch(/amber|harbour/);
    const { perFile } = JSON.parse(
      (await keepsake(["import", alone, folder, "--json"], { answers: importing })).out,
    ) as { perFile: { path: string }[] };
    expect(perFile.map(({ path }) => path)).toEqual([
      alone,
      join(folder, "amber-a.md"),
      join(folder, "amber-b.md"),
    ]);
  });

  it("takes text for Markdown only when its name or --format says so", async () => {
    const path = join(folder, "passwd");
    writeFileSync(path, "root:x:0:0::/root:/bin/sh\n\n# Two\n\nsecond\n");
    const refused = await keepsake(["import", path], { answers: importing });
    expect([refused.exit, refused.out, refused.calls]).toEqual([1, "", []]);
    expect(refused.err).toContain("--format markdown");
    const { calls, err } = await keepsake(["import", path, "--format", "markdown"], { answers: importing });
    expect(calls[0]?.params).toEqual({ format: "markdown", dryRun: false, ownExport: false });
    expect(err).toBe("");
    const beside = await keepsake(["import", path, join(FIXTURES, "harbour-notes.md")], {
      answers: importing,
    });
    expect(beside.exit).toBe(0);
    expect(beside.out).toContain("1  file in no format keepsake reads");
    expect(beside.out).toMatch(/file 1 {2}in no format keepsake reads\n +file 2 {2}5 memories read\n/);
    expect(beside.err).toContain("--format markdown");
  });

  it("says which entries would close a circle of versions", async () => {
    const circular = { stored: 3, duplicates: 0, rejected: 3, circular: 2, rejectedLines: [] };
    const answers = { "data.import": () => circular };
    const { out } = await keepsake(["import", join(FIXTURES, "harbour-notes.md")], { answers });
    expect(out).toContain("1  rejected: not a valid entry\n");
    expect(out).toContain("2  rejected: versions that would replace each other in a circle\n");
  });

  it("names files to a person, from the working folder and made visible", async () => {
    const sight = { folder, isTerminal: true, environment: { NO_COLOR: "1" }, answers: importing };
    writeFileSync(join(folder, "Tide\u001b[2J.md"), "# One\n\nfirst\n\n# Two\n\nsecond\n");
    writeFileSync(join(folder, "plain.md"), "# One\n\nfirst\n");
    const { out } = await keepsake(["import", "Tide\u001b[2J.md", join(folder, "plain.md")], sight);
    expect(out).toContain(" 2 memories read\n");
    expect(out).toMatch(/^Tide\S+\[2J\.md {2}2 memories read\n +plain\.md +1 memory read\n/m);
    expect(out).not.toContain("\u001b");
  });

  it("names the file that was typed, and to a person the nearest that is there", async () => {
    const sight = { folder, isTerminal: true, environment: { NO_COLOR: "1" }, answers: importing };
    writeFileSync(join(folder, "plain.md"), "# One\n\nfirst\n");
    const { exit, err } = await keepsake(["import", "plain.md", "plian.md"], sight);
    expect(exit).toBe(1);
    expect(err).toContain('error: file 2 of 2 does not exist: "plian.md"\n');
    expect(err).toContain('hint: did you mean "plain.md"?\n');
    const none = await keepsake(["import", "quite-another.md"], sight);
    expect(none.err).toContain("hint: name files or folders that are there");
  });

  it("names no other file off a terminal, and asks no daemon", async () => {
    writeFileSync(join(folder, "secret-plans.md"), "# One\n\nfirst\n");
    const { exit, err, calls } = await keepsake(["import", "secret-plan\u202E.md"], { folder });
    const hint = "keepsake: hint: name files or folders that are there and that you may read\n";
    const message = 'keepsake: error: file 1 of 1 does not exist: "secret-plan⟨U+202E⟩.md"\n';
    expect([exit, err, calls]).toEqual([1, `${message}${hint}`, []]);
  });

  it("takes no path from a folder that was deleted", async () => {
    const gone = { folder, isFolderGone: true, answers: importing };
    writeFileSync(join(folder, "plain.md"), "# One\n\nfirst\n");
    const { exit, err, calls } = await keepsake(["import", "plain.md"], gone);
    expect([exit, calls]).toEqual([2, []]);
    expect(err).toContain('"plain.md" starts in the working folder, which was deleted\n');
    expect((await keepsake(["import", join(folder, "plain.md")], gone)).calls).not.toEqual([]);
    expect((await keepsake(["save", "x", "--project", "."], gone)).err).toContain("which was deleted");
  });

  it("says that standard input is not read, and what to do instead", async () => {
    writeFileSync(join(folder, "-"), "# One\n\nfirst\n");
    const { exit, out, err, connects } = await keepsake(["import", "-"], { folder, stdin: "# One\n" });
    expect([exit, out, connects]).toEqual([2, "", []]);
    expect(err).toBe(
      "keepsake: error: import reads files and folders, not standard input\n" +
        "keepsake: hint: write it to a file first, and import that; a file whose name is - is ./-\n",
    );
    const named = await keepsake(["import", "./-", "--format", "markdown"], {
      folder,
      answers: {
        "data.import": () => ({ stored: 1, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] }),
      },
    });
    expect(named.exit).toBe(0);
  });

  it("stops with the daemon's error", async () => {
    const argv = ["import", join(FIXTURES, "harbour-notes.md")];
    const { exit, out } = await keepsake(argv, { answers: { "data.import": refuse("VAULT_SEALED") } });
    expect([exit, out]).toEqual([4, ""]);
  });
});
