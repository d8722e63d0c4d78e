import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { concatBytes, utf8 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { FrameKind } from "../../src/protocol/frame.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";
import type { TestServer } from "./support.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { NO_RATES, frameHeader, startServer } from "./support.ts";

let server: TestServer;
afterEach(() => server.close());

const kinds: FrameKind[] = ["json", "secret", "stream"];
const method = fc.oneof(
  fc.constantFrom(...METHOD_NAMES),
  fc.string({ maxLength: 12 }),
  fc.constant("__proto__"),
);
const message = fc.oneof(
  fc.record({
    id: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.jsonValue({ maxDepth: 2 })),
    method,
    params: fc.oneof(fc.constant({}), fc.jsonValue({ maxDepth: 4 })),
  }),
  fc.record({ id: fc.integer({ min: 1, max: 20 }), cancel: fc.boolean() }),
  fc.jsonValue({ maxDepth: 4 }),
);
/** One frame that is wrong, or right by chance: random bytes, wrong lengths and types, JSON that almost is a request. */
const frame = fc.oneof(
  { weight: 4, arbitrary: message.map((value) => encodeFrame("json", utf8(JSON.stringify(value)))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 40 }))
      .map(([kind, body]) => encodeFrame(kind, body)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(255))
      .map(([length, type]) => frameHeader(length, type)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(message, fc.nat(60), fc.nat(255)).map(([value, at, byte]) => {
      const bytes = encodeFrame("json", utf8(JSON.stringify(value)));
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  },
);

/** Each of about 11,000 frames. */
const ROUNDS = rounds({ short: 1, long: 95 });
const ROUND_SEQUENCES = 560;

describe("10,000 malformed frames", { timeout: 3_600_000 }, () => {
  test("crash nothing, reach no handler they should not, grow nothing, and leave other clients served", async () => {
    server = await startServer({
      rateLimits: NO_RATES,
      clients: { cli: {}, hostile: { scopes: ["read"] } },
      limits: { partialFrameMs: 2_000, lingerMs: 50 },
      handlers: {
        "vault.lock": () => ({ state: "open" }),
        "memory.projects": () => ({ projects: [], tags: [] }),
        "vault.unlock": () => expect.unreachable("a read client unlocked"),
        "vault.purge": () => expect.unreachable("a read client purged"),
      },
    });
    const good = await server.greet("cli");
    let sent = 0;
    let failures = 0;
    const codes = new Map<string, number>();
    const goodCodes: string[] = [];
    const count = counting("sequences of malformed frames", ROUNDS * ROUND_SEQUENCES);
    const before = process.memoryUsage();
    for (let index = 0; index < ROUNDS * ROUND_SEQUENCES; index++) {
      const [frames = []] = fc.sample(fc.array(frame, { minLength: 12, maxLength: 28 }), 1);
      sent += frames.length;
      const client = index % 4 === 0 ? await server.dial() : await server.greet("hostile");
      client.sendBytes(concatBytes(...frames));
      client.socket.end();
      await client.closed;
      for (const { json } of client.frames) {
        const code = String(json?.["error"]?.code ?? "result");
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
      if (index % 20 === 0) goodCodes.push(await good.ask("vault.lock"));
      failures += server.log.splice(0).filter(({ event }) => event === "request-failed").length;
      server.answers.length = 0;
      count();
    }
    expect(sent).toBeGreaterThan(ROUNDS * 10_000);
    const after = process.memoryUsage();
    const growth = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(growth).toBeLessThan(50 << 20);
    expect(goodCodes).toEqual(goodCodes.map(() => "result"));
    expect(codes.get("INTERNAL") ?? 0).toBe(failures);
    for (const code of [
      "MALFORMED_REQUEST",
      "MALFORMED_FRAME",
      "FRAME_TOO_LARGE",
      "HELLO_REQUIRED",
      "UNKNOWN_METHOD",
    ]) {
      expect([code, (codes.get(code) ?? 0) > 0]).toEqual([code, true]);
    }
    expect(server.ran).not.toContain("vault.unlock");
    expect(server.connections.counts.greeted).toBeLessThanOrEqual(LIMITS.connectionsPerClient + 1);
    expect(await good.ask("vault.lock")).toBe("result");
    report({
      title: "malformed frames",
      done: `${sent} frames on ${ROUNDS * ROUND_SEQUENCES} connections, beside a client that behaves`,
      outcome: `0 crashes, no handler reached that should not be, growth ${Math.max(0, Math.round(growth / 2 ** 20))} MiB (less than 50), the other client always served`,
    });
  });
});
