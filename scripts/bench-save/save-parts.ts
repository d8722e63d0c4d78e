/**
 * One save taken apart, over a real socket between two processes:
 *
 *   called ─ client ─> sent ─ socket ─> arrived ─ engine ─> handed ─ sync ─> synced ─ engine ─> answered ─ socket ─> got ─ client ─> done
 *
 * In turns with two floors, so that what disturbs one of them disturbs the others as much.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
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
import { sampleInTurns, summarise } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";
import { now } from "./now.ts";
import type { EngineMarks, Opened } from "./timed-engine.ts";

const WARM_UP = 1_000;
const ROUNDS = 1_000;
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
  /** Of the batch, the middle one. */
  readonly batchBytes: number;
}

interface ClientMarks {
  readonly calledAt: number;
  sentAt: number;
  gotAt: number;
  doneAt: number;
}

export async function measureSaveParts(): Promise<SaveParts> {
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
    for (let round = 0; round < WARM_UP; round += 1) await save();
    const taken = async () => {
      const marked = nextMessage<EngineMarks[]>(engine);
      engine.send("take");
      return (await marked).filter(({ bytes }) => bytes > 0);
    };
    const batchBytes = summarise((await taken()).slice(-WARM_UP / 2).map(({ bytes }) => bytes)).p50;
    marks.length = 0;
    const floors = await openFloors(folder, batchBytes);
    const { append, put, whole } = await sampleInTurns(ROUNDS, { ...floors.works, whole: save });
    const ofEngine = await taken();
    await floors.close();
    client.close();
    return { floors: { append, put }, whole, ...partsOf(marks, ofEngine), batchBytes };
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
  const file = openSync(join(folder, "append-floor"), "a", 0o600);
  const appended = new Uint8Array(512);
  const database = new Level<Uint8Array, Uint8Array>(join(folder, "put-floor"), {
    keyEncoding: "view",
    valueEncoding: "view",
    compression: false,
  } as object);
  await database.open();
  const value = crypto.getRandomValues(new Uint8Array(bytes - 16));
  return {
    works: {
      append: async () => {
        writeSync(file, appended);
        fdatasyncSync(file);
      },
      put: () => database.put(crypto.getRandomValues(new Uint8Array(16)), value, { sync: true } as object),
    },
    close: async () => {
      closeSync(file);
      await database.close();
    },
  };
}
