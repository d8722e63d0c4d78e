/**
 * An attacker on the raw socket of the real daemon, who knows what `docs/protocol.md` says and nothing else. After each
 * attack the same engine answers a client that behaves, and has grown by less than 50 MB.
 */
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleProgram, Program } from "../support/child-program.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";
import { FLOODS, pause } from "./support/floods.ts";
import type { RawCredentials } from "./support/raw-peer.ts";
import { RawPeer, codeIn, frameOf, proofOf, readCredentials, requestOf } from "./support/raw-peer.ts";

const GROWTH_BYTES = 50_000_000;
/** What the daemon may say to those it does not serve. */
const FRAMES = rounds({ short: 10_000, long: 1_000_000 });
const FRAMES_PER_CONNECTION = 20;
const FLOOD_MS = rounds({ short: 1_500, long: 10_000 });
const isLong = FRAMES > 10_000;

const home = new ThrowAwayHome();
let owner: RawCredentials;
let host: RawCredentials;
let hostFile: string;
let ownerFile: string;
const path = () => home.places.socket;

beforeAll(async () => {
  await home.startDaemon();
  await home.init();
  for (let note = 0; note < 5; note++)
    expectSuccess(await home.run(["save", "-"], { input: `a note ${note}` }));
  expectSuccess(await home.run(["client", "add", "host"]));
  ownerFile = join(home.places.clients, "cli.json");
  hostFile = join(home.places.clients, "host.json");
  owner = readCredentials(ownerFile);
  host = readCredentials(hostFile);
});
afterAll(() => home.remove());

/** Of the engine that serves. */
function residentBytes(): number {
  const status = readFileSync(`/proc/${home.engineId()}/status`, "utf8");
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}

/** Runs an attack; afterwards the engine is the same one, answers, and has grown by less than 50 MB. */
async function surviving<T>(attack: () => Promise<T>): Promise<T> {
  const engine = home.engineId();
  const before = residentBytes();
  const result = await attack();
  const good = await RawPeer.greet(path(), owner);
  expect(await good.ask(3, "memory.search", { query: "note" })).toBe("result");
  good.socket.destroy();
  expect(home.engineId()).toBe(engine);
  let growth = Infinity;
  for (let look = 0; look < 50 && growth >= GROWTH_BYTES; look++) {
    growth = residentBytes() - before;
    if (growth >= GROWTH_BYTES) await pause(100);
  }
  expect(growth).toBeLessThan(GROWTH_BYTES);
  return result;
}

async function withPeer<T>(work: (peer: RawPeer) => Promise<T>, credentials?: RawCredentials): Promise<T> {
  const peer =
    credentials === undefined ? await RawPeer.dial(path()) : await RawPeer.greet(path(), credentials);
  try {
    return await work(peer);
  } finally {
    peer.socket.destroy();
  }
}

describe("a hello", () => {
  it("by the book opens the connection", async () => {
    expect(await withPeer((peer) => peer.hello(owner))).toBe("result");
  });

  it("that is replayed, reflected or forged fails, and ends the connection", async () => {
    const recorded = await withPeer(async (peer) => {
      const opening = await peer.open("cli");
      if (typeof opening === "string") throw new Error(opening);
      const proof = proofOf("client", owner, opening);
      expect(await peer.prove(proof)).toBe("result");
      return { opening, proof };
    });
    const forgeries: readonly ((opening: typeof recorded.opening) => Uint8Array)[] = [
      () => recorded.proof,
      (opening) => opening.proof,
      () => randomBytes(32),
      () => new Uint8Array(32),
      (opening) => proofOf("client", { ...owner, client: "host" }, opening),
      (opening) => proofOf("client", { client: "cli", token: host.token }, opening),
      (opening) =>
        proofOf(
          "client",
          owner,
          recorded.opening && { ...opening, daemonNonce: recorded.opening.daemonNonce },
        ),
    ];
    for (const forge of forgeries) {
      await withPeer(async (peer) => {
        const opening = await peer.open("cli", recorded.opening.clientNonce);
        if (typeof opening === "string") throw new Error(opening);
        expect(await peer.prove(forge(opening))).toBe("HELLO_FAILED");
        expect(await peer.nextCode()).toBe("closed");
      });
    }
  });

  it("cannot be left out, said twice or overtaken", async () => {
    for (const method of ["vault.status", "vault.lock", "hello.proof", "memory.search", "__proto__"]) {
      await withPeer(async (peer) => {
        expect(await peer.ask(1, method)).toBe("HELLO_REQUIRED");
        expect(await peer.nextCode()).toBe("closed");
      });
    }
    await withPeer(async (peer) => {
      const nonce = randomBytes(32).toString("base64");
      const hello = requestOf(1, "hello", { versions: [1], client: "cli", nonce });
      peer.send(Buffer.concat([hello, requestOf(2, "vault.lock")]));
      expect(await peer.nextCode()).toBe("HELLO_REQUIRED");
    });
    expect(await withPeer((peer) => peer.ask(3, "hello", {}), owner)).toBe("UNKNOWN_METHOD");
  });
});

describe("a client with a token", () => {
  it.each([
    ["a batch", frameOf('[{"id":3,"method":"vault.status","params":{}}]'), "MALFORMED_REQUEST"],
    [
      "a prototype",
      frameOf('{"id":3,"method":"vault.status","params":{},"__proto__":{}}'),
      "MALFORMED_REQUEST",
    ],
    [
      "a prototype in its params",
      frameOf('{"id":3,"method":"vault.status","params":{"__proto__":{}}}'),
      "INVALID_PARAMS",
    ],
    ["brackets 17 deep", frameOf("[".repeat(17) + "]".repeat(17)), "MALFORMED_REQUEST"],
    ["a million brackets", frameOf("[".repeat(1_000_000)), "MALFORMED_REQUEST"],
    [
      "340,000 empty objects",
      frameOf(`{"id":3,"method":"x","params":[${"{},".repeat(340_000)}{}]}`),
      "MALFORMED_REQUEST",
    ],
    ["an overlong slash", frameOf(Buffer.from([0x22, 0xc0, 0xaf, 0x22])), "MALFORMED_REQUEST"],
    ["an encoded surrogate", frameOf(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), "MALFORMED_REQUEST"],
    ["an empty frame", frameOf(""), "MALFORMED_FRAME"],
    ["a frame of an unknown type", frameOf("{}", 3), "MALFORMED_FRAME"],
    ["a frame of 4 GiB", frameOf("", 0, 0xffff_ffff), "FRAME_TOO_LARGE"],
    ["a secret nobody asked for", frameOf("secret", 1), "MALFORMED_REQUEST"],
    ["a stream nobody asked for", frameOf("stream", 2), "MALFORMED_REQUEST"],
    [
      "an id of 2^53",
      frameOf('{"id":9007199254740992,"method":"vault.status","params":{}}'),
      "MALFORMED_REQUEST",
    ],
  ])("that sends %s gets a typed error", async (_what, bytes, code) => {
    await surviving(() =>
      withPeer(async (peer) => {
        peer.send(bytes);
        expect(await peer.nextCode()).toBe(code);
        if (code !== "INVALID_PARAMS") expect(await peer.nextCode()).toBe("closed");
      }, owner),
    );
  });

  it("that uses an id twice or makes 17 requests at once is ended", async () => {
    const twice = requestOf(3, "memory.search", { query: "note" });
    const codes = await surviving(() =>
      withPeer(async (peer) => {
        peer.send(Buffer.concat([twice, twice]));
        return [await peer.nextCode(), await peer.nextCode(), await peer.nextCode()];
      }, owner),
    );
    expect(codes).toContain("MALFORMED_REQUEST");
    expect(codes).toContain("closed");
  });

  it("and many frames a second is told to wait, then ended; the cli is not", async () => {
    await surviving(async () => {
      const codes = await withPeer(async (peer) => {
        peer.send(Buffer.concat(Array.from({ length: 2_000 }, (_, index) => requestOf(index + 3, "x"))));
        await peer.closed;
        return peer.messages.slice(2).map((message) => codeIn(message));
      }, host);
      expect(codes.at(-1)).toBe("RATE_LIMITED");
      expect(codes.length).toBeLessThan(300);
      expect(await withPeer((peer) => peer.hello(host))).toBe("RATE_LIMITED");
      await withPeer(async (peer) => {
        for (let id = 3; id < 400; id++) expect(await peer.ask(id, "x")).toBe("UNKNOWN_METHOD");
      }, owner);
    });
  });
});

describe("malformed frames", { timeout: 3_600_000 }, () => {
  it("crash nothing, grow nothing and leave the client that behaves served", async () => {
    const count = counting("malformed frames from a raw socket", FRAMES / FRAMES_PER_CONNECTION);
    const codes = new Map<string, number>();
    const before = residentBytes();
    await surviving(async () => {
      for (let sent = 0; sent < FRAMES; sent += FRAMES_PER_CONNECTION) {
        // The owner's client, since another one would be kept out before long.
        const peer = await RawPeer.dial(path());
        if (sent % 100 !== 0) await peer.hello(owner);
        peer.send(Buffer.concat(Array.from({ length: FRAMES_PER_CONNECTION }, malformed)));
        peer.socket.end();
        await peer.closed;
        for (const message of peer.messages)
          codes.set(codeIn(message), (codes.get(codeIn(message)) ?? 0) + 1);
        count();
      }
    });
    expect([...codes.keys()]).not.toContain("INTERNAL");
    for (const code of ["MALFORMED_REQUEST", "MALFORMED_FRAME", "HELLO_REQUIRED"])
      expect(codes.get(code)).toBeGreaterThan(0);
    report({
      title: "malformed frames from a raw socket",
      done: `${FRAMES} frames on ${FRAMES / FRAMES_PER_CONNECTION} connections to the real daemon`,
      outcome: `0 crashes, the same engine, growth ${Math.max(0, Math.round((residentBytes() - before) / 1e6))} MB (less than 50)`,
    });
  });
});

/** A frame that is broken somewhere, or right by chance. */
function malformed(): Buffer {
  const good = requestOf(randomInt(1, 20), "vault.status");
  const wrong = [
    () => frameOf(randomBytes(randomInt(0, 40)), randomInt(0, 4)),
    () => frameOf(JSON.stringify({ id: randomInt(-2, 20), method: "vault.status", params: [] })),
    () => frameOf(JSON.stringify({ id: 1, method: ["vault.status"], params: {} })),
    () => frameOf(`{"id":1,"method":"vault.status","params":${"[".repeat(randomInt(1, 40))}`),
    () => frameOf(JSON.stringify({ id: 5, cancel: randomInt(0, 2) === 0 })),
    () => {
      good[randomInt(0, good.length)] = randomInt(0, 256);
      return good;
    },
    () => good.subarray(0, randomInt(1, good.length)),
  ];
  return wrong[randomInt(0, wrong.length)]?.() ?? good;
}

describe("under a flood", { timeout: 3_600_000 }, () => {
  interface Times {
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
  }
  interface Probed {
    readonly requests: Times;
    readonly echoes: Times;
    readonly hellos: Times;
    readonly failures: Readonly<Record<string, number>>;
  }
  const table: string[][] = [
    [
      "flood",
      "a search: p50",
      "p99",
      "an echo: p99",
      "a hello: p50",
      "p99",
      "failed at first",
      "the flood was told",
    ],
  ];
  let program: string;
  let echo: Program;
  let quiet: Probed;

  beforeAll(async () => {
    program = await bundleProgram(join(import.meta.dirname, "support/flood-worker.ts"), "flood");
    echo = new Program([process.execPath, program, "echo", join(home.folder, "e")]);
    while (!existsSync(join(home.folder, "e"))) await pause(10);
    quiet = await probe();
    table.push(row("none", quiet, ""));
  });
  afterAll(() => {
    echo.child.kill();
    report({
      title: "a client that behaves, beside floods of the socket",
      done: `${Object.keys(FLOODS).length} floods of ${FLOOD_MS / 1_000} s each; milliseconds`,
      outcome: "0 crashes, the same engine, growth less than 50 MB, the client always served",
      table,
    });
  });

  async function probe(): Promise<Probed> {
    const args = ["probe", path(), ownerFile, join(home.folder, "e"), String(FLOOD_MS)];
    const ended = await new Program([process.execPath, program, ...args]).ended();
    expect(ended.errors).toBe("");
    return JSON.parse(ended.output) as Probed;
  }

  function row(name: string, { requests, echoes, hellos, failures }: Probed, told: string): string[] {
    const failed = Object.values(failures).reduce((sum, times) => sum + times, 0);
    const times = [requests.p50, requests.p99, echoes.p99, hellos.p50, hellos.p99].map((ms) => ms.toFixed(1));
    return [name, ...times, `${failed} of ${hellos.count}`, told];
  }

  it.each(Object.keys(FLOODS))("of %s a client that behaves is answered by the same engine", async (kind) => {
    await surviving(async () => {
      const args = ["flood", kind, path(), hostFile, String(FLOOD_MS + 500)];
      const flood = new Program([process.execPath, program, ...args]);
      const probed = await probe();
      const { output, errors } = await flood.ended();
      expect(errors).toBe("");
      const counts = Object.entries(JSON.parse(output) as Record<string, number>);
      table.push(row(kind, probed, counts.map(([what, times]) => `${what}: ${times}`).join(", ")));
      expect(probed.requests.count).toBeGreaterThan(0);
      // Of a short run on a busy machine the times say nothing.
      const most = Math.max(50, 2 * quiet.requests.p99, 2 * probed.echoes.p99);
      if (isLong) expect(probed.requests.p99).toBeLessThanOrEqual(most);
    });
  });
});
