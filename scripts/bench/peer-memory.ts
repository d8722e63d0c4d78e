/** The same store-and-search work done by the reference memory server, over MCP and stdio, with the official client. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { conversationTurns, questionsAbout } from "./corpus.ts";
import { sample } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

const BATCH = 500;

export interface PeerFigures {
  readonly size: number;
  readonly importMs: number;
  readonly save: Summary;
  readonly search: Summary;
  readonly found: number;
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
    const turns = [...conversationTurns(size)];
    const entities = turns.map((turn, index) => ({
      name: `turn-${index}`,
      entityType: "turn",
      observations: [turn.text],
    }));
    const start = performance.now();
    for (let from = 0; from < size; from += BATCH) await create(entities.slice(from, from + BATCH));
    const importMs = performance.now() - start;
    const save = await sample(20, (round) =>
      create([{ name: `note-${round}`, entityType: "note", observations: [`note ${round}`] }]),
    );
    // It finds substrings only: a question of several words finds nothing, so it is asked for one word.
    const questions = questionsAbout(
      turns.slice(0, 2_000).map(({ text }) => text),
      20,
    );
    let found = 0;
    const search = await sample(questions.length, async (round) => {
      const query = (questions[round] ?? "").split(" ").toSorted((a, b) => b.length - a.length)[0] ?? "";
      const answer = await client.callTool({ name: "search_nodes", arguments: { query } });
      if (JSON.stringify(answer.content).includes("turn-")) found += 1;
    });
    return { size, importMs, save, search, found, diskBytes: statSync(file).size };
  } finally {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
