/** Files of every format, imported into a vault again and again: what is there is not stored twice. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { findFiles } from "../../src/capture/find-files.ts";
import { FORMATS } from "../../src/capture/formats.ts";
import { importFiles } from "../../src/capture/import-files.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { makeZip } from "../support/make-zip.ts";
import { openHarness } from "./harness.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));
const at = "2026-10-12T08:00:00Z";

/** What no fixture holds. */
const OTHERS: Readonly<Record<string, string | Uint8Array>> = {
  "cursor.jsonl": '{"role":"user","message":{"content":[{"type":"text","text":"Cursor words"}]}}\n',
  "memory.jsonl": '{"type":"entity","name":"Skarvik","entityType":"place","observations":["lamp"]}\n',
  "mem0.json": JSON.stringify([{ id: "1", memory: "mem0 words", created_at: at }]),
  "claude-mem.json": JSON.stringify({
    exportedAt: at,
    prompts: [{ content_session_id: "s", prompt_number: 1, prompt_text: "claude-mem words" }],
  }),
  "own.jsonl": `${JSON.stringify({ kind: "note", text: "own words", project: null, at })}\n`,
  "chats.zip": makeZip([
    {
      name: "export/conversations-000.json",
      content: JSON.stringify([
        { uuid: "c2", chat_messages: [{ uuid: "m", sender: "human", text: "zipped words", created_at: at }] },
      ]),
    },
  ]),
};

it("stores what every format brings once, whatever the order of the files", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keepsake-twice-"));
  try {
    for (const [name, content] of Object.entries(OTHERS)) writeFileSync(join(folder, name), content);
    const fixtures = ["claude-code", "codex", "gemini", "copilot", "cases", "harbour-notes.md"];
    const files = await findFiles([folder, ...fixtures.map((name) => join(FIXTURES, name))]);
    const harness = await openHarness();
    const client = { call: harness.call.bind(harness) as unknown as KeepsakeClient["call"] };
    const importing = (some: typeof files) =>
      importFiles(client, some, {
        dryRun: false,
        project: undefined,
        projectOfFile: () => Promise.resolve(null),
        projects: () => (named) => Promise.resolve(named ?? null),
        onBytes: () => {},
      });
    const first = await importing(files);
    for (const { name } of FORMATS) expect(first.formats[name]?.stored, name).toBeGreaterThan(0);
    const again = await importing(files.toReversed());
    expect(again).toMatchObject({ stored: 0, rejected: 0, duplicates: first.stored + first.duplicates });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
