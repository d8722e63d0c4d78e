/** A host's file that several hooks read on, one after the other. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { FileFollower } from "../../src/hooks/follow-file.ts";
import type { HookHostName } from "../../src/hooks/hook-hosts.ts";
import { ReadMarks } from "../../src/hooks/read-marks.ts";
import type { Delivery } from "../../src/hooks/turn-delivery.ts";
import { PrivatePlaces } from "../../src/platform/privacy/private-places.ts";
import { PROJECT_ROOT } from "../support/throw-away-home.ts";

let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "ks-follow-"));
});
afterEach(() => rmSync(state, { recursive: true }));

it.each(["claude-code", "codex", "gemini", "copilot"] as const)(
  "of %s shows its last answer to the hook that waits for it, also when another one read it first",
  async (host: HookHostName) => {
    const fixture = join(PROJECT_ROOT, "test/fixtures", host, "tool-and-resume");
    const turns = JSON.parse(readFileSync(`${fixture}.turns.json`, "utf8")) as {
      role: string;
      text: string;
    }[];
    const last = turns.findLast(({ role }) => role === "assistant")?.text ?? "";
    const sent: string[][] = [];
    const follower = async () => {
      const payload = {
        host,
        event: "Stop",
        means: "answer" as const,
        session: "s",
        folder: undefined,
        folders: [],
        transcript: `${fixture}.jsonl`,
        prompt: undefined,
        promptId: undefined,
        answer: last,
        summary: undefined,
        agent: undefined,
      };
      const send: Delivery["send"] = async (entries) => {
        sent.push(entries.map(({ text }) => text));
        return true;
      };
      const marks = new ReadMarks(state, new Secret(new Uint8Array(32).fill(7)));
      const places = await PrivatePlaces.read(join(state, "private.json"));
      return new FileFollower(payload, marks, { send } as Delivery, places);
    };
    const awaited = { role: "assistant" as const, text: last };
    for (const reader of [await follower(), await follower()]) {
      expect(reader.hasSeen(awaited)).toBe(false);
      expect(await reader.readOn()).toEqual({ hasGrown: true, isSafe: true });
      expect(reader.hasSeen(awaited)).toBe(true);
    }
    // The second one read no more than it had to.
    expect(sent.map((texts) => texts.length)).toEqual([turns.length, expect.any(Number)]);
    expect(sent[1]?.length).toBeLessThan(turns.length);
  },
);
