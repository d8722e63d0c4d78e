/**
 * One save taken apart, over a real socket between two processes:
 *
 *   called ─ client ─> sent ─ socket ─> arrived ─ engine ─> handed ─ sync ─> synced ─ engine ─> answered ─ socket ─> got ─ client ─> done
 *
 * In turns with two floors, so that what disturbs one of them disturbs the others as much.
 */
import { mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import { greet, openSocket } from "../../src/client/open-client.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { questionsAbout } from "../bench-search/talk.ts";
import { nextMessage, startChild } from "../bench/child.ts";
import { openAppendFloor } from "../bench/floors.ts";
import { sampleInTurns, summarise } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";
import { now } from "./now.ts";
import type { EngineMarks, Opened } from "./timed-engine.ts";

/** Of which the size of a batch is learnt. */
const LEARNT = 50;
const ROUNDS = 300;
/** By then V8 has compiled what a save runs. */
const WARM_UP = 5_000;
const KEY_BYTES = 16;
/** Of which the saves are about. */
const TALK = 1_000;

export interface SaveParts {
  readonly floors: {
    /** Appending 512 bytes to a file and syncing it. */
    readonly append: Summary;
    /** LevelDB alone putting as many bytes as a save's batch has, synced. */
    readonly put: Summary;
  };
  readonly whole: Summary;
  readonly client: Summary;
  readonly socket: Summary;
  readonly engineBefore: Summary;
  readonly sync: Summary;
  readonly engineAfter: Summary;
}

export interface SaveFigures {
  /** Of the first saves of an engine, which V8 still interprets. */
  readonly first: SaveParts;
  /** After some thousand. */
  readonly later: SaveParts;
  /** Of a batch, the middle one. */
  readonly batchBytes: number;
}

interface ClientMarks {
  readonly calledAt: number;
  sentAt: number;
  gotAt: number;
  doneAt: number;
}

export async function measureSave(): Promise<SaveFigures> {
  const folder = mkdtempSync(join(tmpdir(), "ks-save-"));
  const engine = startChild("scripts/bench-save/timed-engine.ts", [folder]);
  try {
    const { path, token } = await nextMessage<Opened>(engine);
    const socket = await openSocket(path);
    const marks: ClientMarks[] = [];
    watch(socket, marks);
    const client = await greet(socket, { client: "cli", token: new Secret(Buffer.from(token, "base64")) });
    const secrets = [new Secret(utf8("correct horse battery staple"))];
    await client.call("vault.create", { recovery: false }, { secrets });
    const save = saver(client, marks);
    const saves = async (times: number) => {
      for (let round = 0; round < times; round += 1) await save();
    };
    const taken = async () => {
      const marked = nextMessage<EngineMarks[]>(engine);
      engine.send("take");
      return (await marked).filter(({ bytes }) => bytes > 0);
    };
    await saves(LEARNT);
    const batchBytes = summarise((await taken()).map(({ bytes }) => bytes)).p50;
    const floors = await openFloors(folder, batchBytes);
    const measured = async (): Promise<SaveParts> => {
      await taken();
      marks.length = 0;
      const { append, put, whole } = await sampleInTurns(ROUNDS, { ...floors.works, whole: save });
      return { floors: { append, put }, whole, ...partsOf(marks, await taken()) };
    };
    const first = await measured();
    await saves(WARM_UP);
    const later = await measured();
    await floors.close();
    client.close();
    return { first, later, batchBytes };
  } finally {
    engine.disconnect();
    rmSync(folder, { recursive: true });
  }
}

function partsOf(ofClient: readonly ClientMarks[], ofEngine: readonly EngineMarks[]) {
  if (ofClient.length !== ofEngine.length) throw new Error("not every save has its batch");
  const part = (read: (client: ClientMarks, engine: EngineMarks) => number) =>
    summarise(ofClient.map((client, index) => read(client, ofEngine[index]!)));
  return {
    client: part(({ calledAt, sentAt, gotAt, doneAt }) => sentAt - calledAt + doneAt - gotAt),
    socket: part(({ sentAt, gotAt }, { arrivedAt, answeredAt }) => arrivedAt - sentAt + gotAt - answeredAt),
    engineBefore: part((_, { arrivedAt, handedAt }) => handedAt - arrivedAt),
    sync: part((_, { handedAt, syncedAt }) => syncedAt - handedAt),
    engineAfter: part((_, { syncedAt, answeredAt }) => answeredAt - syncedAt),
  };
}

function saver(client: KeepsakeClient, marks: ClientMarks[]): () => Promise<void> {
  const questions = questionsAbout(TALK, 400);
  let round = 0;
  return async () => {
    round += 1;
    const mark: ClientMarks = { calledAt: now(), sentAt: NaN, gotAt: NaN, doneAt: NaN };
    marks.push(mark);
    const text = `${questions[round % questions.length]} ${round}`;
    await client.call("memory.save", { text, project: "/projects/p1" });
    mark.doneAt = now();
  };
}

/** Notes of the newest call when it was sent and answered. */
function watch(socket: Socket, marks: readonly ClientMarks[]): void {
  const write = socket.write.bind(socket) as (...given: readonly unknown[]) => boolean;
  socket.write = (...given: readonly unknown[]) => {
    const mark = marks.at(-1);
    if (mark !== undefined) mark.sentAt = now();
    return write(...given);
  };
  socket.prependListener("data", () => {
    const mark = marks.at(-1);
    if (mark !== undefined) mark.gotAt = now();
  });
}

async function openFloors(folder: string, bytes: number) {
  const floor = openAppendFloor(folder);
  const database = new Level<Uint8Array, Uint8Array>(join(folder, "put-floor"), {
    keyEncoding: "view",
    valueEncoding: "view",
    compression: false,
  } as object);
  await database.open();
  const value = crypto.getRandomValues(new Uint8Array(bytes - KEY_BYTES));
  return {
    works: {
      append: floor.append,
      put: () =>
        database.put(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), value, { sync: true } as object),
    },
    close: async () => {
      floor.close();
      await database.close();
    },
  };
}
