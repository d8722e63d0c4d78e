/** The same store-and-search work done by the reference memory server, over MCP and stdio, with the official client. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { questionsAbout, talk } from "../bench-search/talk.ts";
import { sample, timed } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

/** Above this size its own search takes minutes and tells nothing new. */
export const SERVER_MEMORY_MOST = 10_000;
const BATCH = 500;

export interface PeerFigures {
  readonly importMs: number;
  readonly save: Summary;
  readonly search: Summary;
  readonly diskBytes: number;
}

/** @param entry - its `dist/index.js` */
export async function measureServerMemory(entry: string, size: number): Promise<PeerFigures> {
  const folder = mkdtempSync(join(tmpdir(), "ks-peer-"));
  const file = join(folder, "memory.jsonl");
  const client = new Client({ name: "bench", version: "1.0.0" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [entry],
    env: { PATH: process.env["PATH"] ?? "", MEMORY_FILE_PATH: file },
    stderr: "ignore",
  });
  try {
    await client.connect(transport);
    const create = (entities: readonly object[]) =>
      client.callTool({ name: "create_entities", arguments: { entities } });
    const entities = Array.from(talk(size), ({ id, text }) => ({
      name: `turn-${id}`,
      entityType: "turn",
      observations: [text],
    }));
    const importMs = await timed(async () => {
      for (let from = 0; from < size; from += BATCH) await create(entities.slice(from, from + BATCH));
    });
    const save = await sample(20, (round) =>
      create([{ name: `note-${round}`, entityType: "note", observations: [`note ${round}`] }]),
    );
    // It finds substrings only: a question of several words finds nothing, so it is asked for one word.
    const questions = questionsAbout(size, 20);
    const search = await sample(questions.length, async (round) => {
      const query = longestWord(questions[round] ?? "");
      await client.callTool({ name: "search_nodes", arguments: { query } });
    });
    return { importMs, save, search, diskBytes: statSync(file).size };
  } finally {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function longestWord(question: string): string {
  return (question.match(/\w+/g) ?? []).reduce(
    (longest, word) => (word.length > longest.length ? word : longest),
    "",
  );
}
