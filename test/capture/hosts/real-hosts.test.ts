/** Files that the real hosts wrote (scripts/make-transcripts): what was said against what is read. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PEEK_BYTES, detectFormat } from "../../../src/capture/detect-format.ts";
import { READERS } from "../../../src/capture/readers.ts";
import { readAll } from "../read-all.ts";

interface Turn {
  readonly id: string;
  readonly role: string;
  readonly text: string;
}

const HOSTS = ["codex", "gemini", "copilot"] as const;
const FIXTURES = HOSTS.flatMap((host) => {
  const folder = new URL(`../../fixtures/${host}/`, import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => ({
      host,
      name,
      content: readFileSync(new URL(name, folder)),
      turns: JSON.parse(
        readFileSync(new URL(name.replace(".jsonl", ".turns.json"), folder), "utf8"),
      ) as Turn[],
    }));
});

describe.each(FIXTURES)("what was said with $host in $name", ({ host, content, turns }) => {
  it("is read: nothing missing, nothing wrong, nothing twice", async () => {
    expect(detectFormat(content.subarray(0, PEEK_BYTES), content.length <= PEEK_BYTES, "lines")).toBe(host);
    const { entries } = await readAll(await READERS[host](), content);
    expect(entries.map(({ role, text }) => ({ role, text }))).toEqual(
      turns.map(({ role, text }) => ({ role, text })),
    );
    for (const [index, { messageId = "" }] of entries.entries())
      expect(messageId).toContain(turns[index]?.id);
    expect(new Set(entries.map(({ session }) => session)).size).toBe(1);
  });

  it("is the same turns wherever the file was cut before", async () => {
    const reader = await READERS[host]();
    const lines = content.toString().split(/(?<=\n)/);
    const whole = (await readAll(reader, content)).entries.map(({ messageId }) => messageId);
    for (let kept = 0; kept < lines.length; kept += 1) {
      const cut = `${lines.slice(0, kept).join("")}${lines[kept]?.slice(0, 40) ?? ""}`;
      const some = (await readAll(reader, cut)).entries.map(({ messageId }) => messageId);
      expect(whole.slice(0, some.length)).toEqual(some);
    }
  });
});

it("there are files of every host, with a tool, a resume and an error", () => {
  expect(FIXTURES.map(({ host, name }) => `${host}/${name}`)).toEqual(
    expect.arrayContaining([
      ...HOSTS.flatMap((host) => [`${host}/tool-and-resume.jsonl`, `${host}/error.jsonl`]),
      "codex/fork-1.jsonl",
      "codex/fork-2.jsonl",
    ]),
  );
});
