/** Turns of a hook are safe whatever sits at the socket: a peer that has proven nothing cannot talk them away. */
import { afterEach, describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Delivery } from "../../src/hooks/turn-delivery.ts";
import type { ImportEntry } from "../../src/protocol/methods/data-methods.ts";
import type { Params } from "../../src/protocol/method-table.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import type { FakeDaemon } from "../client/support.ts";
import { answerHello, fakeDaemon, token } from "../client/support.ts";
import type { RawClient } from "../server/support.ts";

const TURN: ImportEntry = {
  kind: "turn",
  text: "the berth is 7",
  project: null,
  session: "s",
  messageId: "m1",
  role: "user",
  at: "2026-11-29T14:00:00Z",
};

let daemon: FakeDaemon;
afterEach(() => daemon.close());

async function delivered(
  serve: (peer: RawClient) => Promise<void> | void,
  turns: readonly ImportEntry[] = [TURN],
  refuse: (capture: Params<"memory.capture">) => void = () => undefined,
) {
  daemon = await fakeDaemon(serve);
  const sealed: Params<"memory.capture">[] = [];
  const delivery = new Delivery({
    places: { ...resolvePlaces({ KEEPSAKE_HOME: "/nowhere" }), socket: daemon.path },
    client: "claude-code",
    token: token(),
    reachMs: 300,
    seal: async (capture) => {
      await Promise.resolve();
      refuse(capture);
      sealed.push(capture);
    },
  });
  const isSafe = await delivery.send(turns);
  const heard = daemon.received.flatMap(({ frames }) =>
    frames.map(({ body }) => Buffer.from(body).toString()),
  );
  return {
    isSafe,
    sealed: sealed.flatMap(({ turns }) => turns.map(({ text }) => text)),
    heard: heard.join("\n"),
  };
}

const refusing = (code: string) => async (peer: RawClient) => {
  await peer.next();
  peer.sendJson({ id: 1, error: { code, message: "no" } });
};

describe("a turn", () => {
  it.each(["PROJECT_DENIED", "INVALID_PARAMS", "SCOPE_DENIED", "VAULT_MISSING", "INBOX_FULL", "nonsense"])(
    "is sealed where what has proven nothing answers the hello with %s",
    async (code) => {
      const { isSafe, sealed, heard } = await delivered(refusing(code));
      expect([isSafe, sealed]).toEqual([true, [TURN.text]]);
      expect(heard).not.toContain("berth");
    },
  );

  it("is sealed where the proof is none, and where the hello says more than it may", async () => {
    const proof = Buffer.alloc(32).toString("base64");
    for (const result of [{ version: 1, nonce: proof, proof }, { version: 1 }, [], null, "yes"]) {
      const { isSafe, sealed, heard } = await delivered(async (peer) => {
        await peer.next();
        peer.sendJson({ id: 1, result });
      });
      expect([isSafe, sealed]).toEqual([true, [TURN.text]]);
      expect(heard).not.toContain("berth");
      await daemon.close();
    }
    const { sealed } = await delivered((peer) => answerHello(peer, { more: true }));
    expect(sealed).toEqual([TURN.text]);
  });

  it("is given to a daemon that has proven itself, which may say that it will never take it", async () => {
    const answered = (answer: object) => async (peer: RawClient) => {
      await answerHello(peer);
      await peer.next();
      peer.sendJson({ id: 3, ...answer });
    };
    const stored = await delivered(answered({ result: { stored: 1 } }));
    expect([stored.isSafe, stored.sealed]).toEqual([true, []]);
    expect(stored.heard).toContain("berth");
    await daemon.close();
    const refused = await delivered(answered({ error: { code: "PROJECT_DENIED", message: "no" } }));
    expect([refused.isSafe, refused.sealed]).toEqual([true, []]);
    await daemon.close();
    const full = await delivered(answered({ error: { code: "INBOX_FULL", message: "no" } }));
    expect([full.isSafe, full.sealed]).toEqual([false, []]);
    await daemon.close();
    const failed = await delivered(answered({ error: { code: "INTERNAL", message: "no" } }));
    expect([failed.isSafe, failed.sealed]).toEqual([true, [TURN.text]]);
  });

  const turnsOf = (count: number) =>
    Array.from({ length: count }, (_, number) => ({
      ...TURN,
      messageId: `m${number}`,
      text: `buoy ${number};`,
    }));
  const isBad = (text: string) => /buoy (?:0|7|12);/.test(text);
  const good = turnsOf(13).flatMap(({ text }) => (isBad(text) ? [] : [text]));

  it("that the daemon does not take for what it says keeps no other one from being stored", async () => {
    const taken: string[] = [];
    const { isSafe, sealed } = await delivered(async (peer) => {
      await answerHello(peer);
      for (let frame = await peer.next(); frame !== undefined; frame = await peer.next()) {
        const { id, params } = JSON.parse(Buffer.from(frame.body).toString()) as Call;
        const texts = params.turns.map(({ text }) => text);
        if (!texts.some(isBad)) taken.push(...texts);
        const refused = { error: { code: "INVALID_PARAMS", message: "no" } };
        peer.sendJson({ id, ...(texts.some(isBad) ? refused : { result: {} }) });
      }
    }, turnsOf(13));
    expect([isSafe, sealed, taken]).toEqual([true, [], good]);
  });

  it("that cannot be sealed for what it says keeps no other one from being sealed", async () => {
    const refuse = ({ turns }: Params<"memory.capture">) => {
      if (turns.some(({ text }) => isBad(text))) throw new KeepsakeError("INVALID_PARAMS", "no");
    };
    const { isSafe, sealed } = await delivered(refusing("nonsense"), turnsOf(13), refuse);
    expect([isSafe, sealed]).toEqual([true, good]);
  });

  it("that cannot be made safe is told to be so", async () => {
    for (const code of ["DISK_FULL", "BUSY", "INBOX_FULL"] as const) {
      const { isSafe } = await delivered(refusing("nonsense"), [TURN], () => {
        throw new KeepsakeError(code);
      });
      expect(isSafe).toBe(false);
      await daemon.close();
    }
  });
});

interface Call {
  readonly id: number;
  readonly params: Params<"memory.capture">;
}
