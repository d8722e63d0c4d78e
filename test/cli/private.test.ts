/** `private on`, `off` and `status`: what each says and does, and what an import leaves out. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HAS_GIT, makeRepository } from "../support/git.ts";
import { keepsake } from "./harness.ts";
import type { Setting } from "./harness.ts";

const SESSION = "5c1cbbd2-21c7-4e5c-9d3f-0a8a2f6a8f00";

let base: string;
let setting: Setting;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-private-")));
  mkdirSync(join(base, "deep"));
  setting = { folder: base, privatePlaces: join(base, "config", "private") };
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const said = async (words: string, more: Setting = {}) => {
  const { exit, out, err } = await keepsake(["private", ...words.split(" ")], { ...setting, ...more });
  return { exit, text: out + err };
};

describe("private", () => {
  it("keeps a folder private with all below it, until it is ended", async () => {
    expect(await said("status")).toEqual({ exit: 0, text: "this place is not private\n" });
    expect(await said("on")).toEqual({ exit: 0, text: "this folder, with all below it, is private\n" });
    expect((await said("status", { folder: join(base, "deep") })).text).toBe(
      `"${base}" is private, with all below it; keepsake private off ${base} ends it\n`,
    );
    expect((await said("off")).text).toBe("this folder, with all below it, is no longer private\n");
    expect((await said("status")).text).toBe("this place is not private\n");
    expect((await said("off")).text).toContain("was not private");
  });

  it("keeps a folder private by its own name and by the link that led there", async () => {
    symlinkSync(join(base, "deep"), join(base, "link"));
    await said("on link");
    rmSync(join(base, "deep"), { recursive: true });
    rmSync(join(base, "link"));
    for (const name of ["link", "deep"]) {
      mkdirSync(join(base, name));
      expect((await said(`status ${name}`)).text, name).toContain(`/${name}" is private, with all below it`);
      rmSync(join(base, name), { recursive: true });
    }
    mkdirSync(join(base, "deep"));
    symlinkSync(join(base, "deep"), join(base, "link"));
    const through = { folder: join(base, "deep"), environment: { PWD: join(base, "link") } };
    expect((await said("off", through)).text).toBe("this folder, with all below it, is no longer private\n");
    expect((await said("status link")).text).toBe("this place is not private\n");
  });

  it.each(["x".repeat(257), "é".repeat(129), ""])("refuses a session that no host can have", async (name) => {
    for (const word of ["on", "off", "status"]) {
      const { exit, err } = await keepsake(["private", word, "--session", name], setting);
      expect([word, exit]).toEqual([word, 2]);
      expect(err).toContain("--session");
    }
    expect(existsSync(join(base, "config"))).toBe(false);
  });

  it("says what is private still when only a part of it ends", async () => {
    await said("on");
    expect((await said("off", { folder: join(base, "deep") })).text).toBe(
      `this folder, with all below it, was not private\n"${base}" is private, with all below it; keepsake private off ${base} ends it\n`,
    );
  });

  it("takes a time, and says until when", async () => {
    expect((await said("on --everywhere --for 2h")).text).toMatch(
      /^everything is private until 2026-11-12 \d\d:30\n$/,
    );
    const { text } = await said("status --json");
    expect(JSON.parse(text)).toEqual({
      private: true,
      because: "everywhere",
      until: "2026-11-12T11:30:00.000Z",
      marked: 1,
    });
    expect(await said("on --for yesterday")).toMatchObject({ exit: 2 });
  });

  it("takes the session that a host runs it in", async () => {
    const inside = { environment: { CLAUDE_CODE_SESSION_ID: SESSION } };
    expect((await said("on --session this", inside)).text).toBe("the session is private\n");
    const ending = `; keepsake private off --session ${SESSION} ends it\n`;
    expect((await said("status", inside)).text).toBe(`this session is private${ending}`);
    expect((await said("status")).text).toBe("this place is not private\n");
    expect((await said(`status --session ${SESSION}`)).text).toBe(`this session is private${ending}`);
    expect(await said("on --session this")).toMatchObject({ exit: 2 });
  });

  it.runIf(HAS_GIT)("takes the project of a folder, and no project is none", async () => {
    expect(await said("on --project")).toMatchObject({ exit: 2 });
    makeRepository(join(base, "tide"));
    mkdirSync(join(base, "tide", "charts"));
    expect((await said("on --project", { folder: join(base, "tide", "charts") })).text).toBe(
      "the project is private\n",
    );
    const tide = join(base, "tide");
    expect((await said("status", { folder: tide })).text).toBe(
      `the project "${tide}" is private; keepsake private off ${tide} --project ends it\n`,
    );
  });

  it.each([
    ["on --everywhere --project", 2],
    ["on deep --everywhere", 2],
    ["on nowhere", 1],
  ])("refuses %s", async (words, exit) => {
    const { err, ...outcome } = await keepsake(["private", ...words.split(" ")], setting);
    expect(outcome.exit).toBe(exit);
    expect(err).toMatch(/^keepsake: error: /);
    expect((await said("status --json")).text).toContain('"marked":0');
  });

  it.each([
    ["on", "off"],
    ["on --everywhere", "off --everywhere"],
    ["on --session s7", "off --session s7"],
    ["on --for 2h", "off"],
  ])("says after %s and %s what holds then, and ends it by what it names", async (on, off) => {
    await said(on);
    expect(JSON.parse((await said(`${off} --json`)).text)).toMatchObject({ private: false, ended: true });
    await said(on);
    const { text } = await said(on.includes("session") ? "status --session s7" : "status");
    const [, named = ""] = /; keepsake private (.*) ends it\n$/.exec(text) ?? [];
    expect((await said(named, { folder: "/" })).text).toMatch(/^[^\n]* is no longer private\n$/);
  });

  it.each([
    ["on --for 2x --everywhere", "such as 7d, tomorrow"],
    ["on --for yesterday", "such as 7d, tomorrow"],
    ["on nowhere", "name a folder that is there"],
  ])("says of %s what it takes instead", async (words, hint) => {
    expect((await said(words)).text).toContain(hint);
  });

  it("takes a folder that is named", async () => {
    await said("on deep");
    expect((await said("status deep")).text).toContain(`"${join(base, "deep")}" is private`);
    expect((await said("status")).text).toBe("this place is not private\n");
  });
});

describe("import", () => {
  const line = (uuid: number, at: string, text: string) => ({
    type: "user",
    uuid: `00000000-0000-4000-8000-00000000000${uuid}`,
    sessionId: SESSION,
    cwd: join(base, "deep"),
    timestamp: at,
    message: { role: "user", content: text },
  });

  it("leaves out what was said while the folder was private, and says so", async () => {
    await said("on deep --for 2h");
    const path = join(base, "talk.jsonl");
    const lines = [
      line(1, "2026-11-12T09:00:00.000Z", "said before"),
      line(2, "2026-11-12T10:00:00.000Z", "said meanwhile"),
      line(3, "2026-11-12T12:00:00.000Z", "said after"),
    ];
    writeFileSync(path, lines.map((each) => JSON.stringify(each)).join("\n"));
    const streamed: string[] = [];
    const { out } = await keepsake(["import", path, "--json"], {
      ...setting,
      answers: {
        "data.import": async (_params, { options }) => {
          for await (const chunk of options.stream ?? []) streamed.push(Buffer.from(chunk).toString());
          return { stored: 2, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] };
        },
      },
    });
    expect(streamed.join("")).toContain("said before");
    expect(streamed.join("")).toContain("said after");
    expect(streamed.join("")).not.toContain("said meanwhile");
    expect(JSON.parse(out)).toMatchObject({ skipped: { "private-place": 1 }, lines: { read: 3, cut: 1 } });
    expect(readFileSync(path, "utf8")).toContain("said meanwhile");
  });
});
