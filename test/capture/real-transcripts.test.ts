/**
 * Transcripts whose turns are written down: `<name>.jsonl` beside `<name>.turns.json`, a list of {uuid, role, text, wrapped} in the
 * order of the file; `wrapped` says that the host put the words into a sentence of its own. A prompt that was queued may be named by the line's own uuid or by that of the line it was queued by.
 */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixture, readFile } from "../support/transcripts.ts";

const FOLDER = new URL("../fixtures/claude-code/", import.meta.url);
const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".turns.json"))
  .map((name) => name.slice(0, -".turns.json".length));

interface Turn {
  readonly uuid: string;
  readonly role: string;
  readonly text: string;
  readonly wrapped?: boolean;
}

describe("a transcript of the real program", () => {
  it("is there", () => {
    expect(names).toContain("lantern");
  });

  it.each(names)(
    "%s: no turn is missing, wrong or doubled, and every line is accounted for",
    async (name) => {
      const bytes = fixture(`claude-code/${name}.jsonl`);
      const expected = JSON.parse(readFileSync(new URL(`${name}.turns.json`, FOLDER), "utf8")) as Turn[];
      const { entries, skipped, lines } = await readFile(bytes);
      const ownIds = queuedIds(bytes.toString());
      const read = new Map<string, Turn>();
      for (const { messageId = "", role = "", text } of entries)
        read.set(messageId, { uuid: ownIds.get(messageId) ?? messageId, role, text });
      const wanted = expected.map(({ uuid, role, text, wrapped }) => ({
        uuid: ownIds.get(uuid) ?? uuid,
        role,
        text: wrapped === true ? (expect.stringMatching(endOf(text)) as string) : text,
      }));
      expect([...read.values()]).toEqual(wanted);
      const { leftOut, cut, damaged } = skipped.fates();
      const told = entries.filter((entry) => entry.sameLine === undefined).length;
      expect(told + leftOut + cut + damaged).toBe(lines);
      expect(lines).toBe(bytes.toString().trimEnd().split("\n").length);
    },
  );
});

/** Words that end a text: on a line of their own where a question of the assistant stands before them. */
function endOf(words: string): RegExp {
  return new RegExp(`(?:^|\\n)${words.replaceAll(/\W/g, String.raw`\$&`)}$`);
}

/** From the id of the line a prompt was queued by to the id of the line that holds it. */
function queuedIds(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/^.*"source_uuid".*$/gm);
  return new Map(
    Array.from(found, ([line]) => {
      const { uuid, attachment } = JSON.parse(line) as { uuid: string; attachment: { source_uuid: string } };
      return [attachment.source_uuid, uuid];
    }),
  );
}
