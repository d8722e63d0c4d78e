import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { EARLIEST_TIME, LATEST_TIME } from "../../src/base/clock.ts";
import { instant, memory } from "../../src/protocol/schemas.ts";
import { encodeCaptured } from "../../src/protocol/turn-in-inbox.ts";
import { decodeCaptured } from "../../src/service/memories/captured-turn.ts";
import {
  decodeMemory,
  encodeMemory,
  isoTime,
  milliseconds,
  presentMemory,
} from "../../src/service/memory-codec.ts";
import type { StoredMemory } from "../../src/service/memory-codec.ts";
import { storedNote } from "./fixtures.ts";

const time = fc.integer({ min: EARLIEST_TIME, max: LATEST_TIME });
const id = fc.constant(0).map(() => newRecordId());
const text = fc
  .string({ unit: "binary", minLength: 1, maxLength: 200 })
  .filter((each) => each.isWellFormed());
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((each) => !/[\0\r\n]/.test(each));

const stored: fc.Arbitrary<StoredMemory> = fc.record(
  {
    kind: fc.constantFrom("note", "turn"),
    text,
    project: fc.option(name),
    source: fc.constant("cli"),
    tags: fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 4 }),
    at: time,
    savedAt: time,
    pinned: fc.boolean(),
    trust: fc.constantFrom("user", "assistant", "captured", "imported", "unverified"),
    session: name,
    role: fc.constantFrom("user", "assistant"),
    speaker: name,
    expiresAt: time,
    supersedes: id,
  },
  { requiredKeys: ["kind", "text", "project", "source", "tags", "at", "savedAt", "pinned", "trust"] },
);

describe("a stored memory", () => {
  it("comes back as it was, and is shown in the shape of the protocol", () => {
    fc.assert(
      fc.property(stored, id, fc.option(id, { nil: undefined }), (each, itsId, newer) => {
        expect(decodeMemory(encodeMemory(each))).toEqual(each);
        const shown = presentMemory(itsId, each, newer);
        expect(memory.parse(shown)).toEqual(shown);
        expect(milliseconds(shown.at)).toBe(each.at);
        expect("supersededBy" in shown).toBe(newer !== undefined);
      }),
    );
  });

  it.each([
    ["another version", Uint8Array.of(3, ...utf8(JSON.stringify(storedNote("x"))))],
    ["nothing", new Uint8Array()],
    ["no JSON", Uint8Array.of(1, 0x7b)],
    ["no UTF-8", Uint8Array.of(1, 0x22, 0xff, 0x22)],
    ["a field too many", Uint8Array.of(1, ...utf8(JSON.stringify({ ...storedNote("x"), extra: 1 })))],
    ["a field too few", Uint8Array.of(1, ...utf8(JSON.stringify({ ...storedNote("x"), text: undefined })))],
    ["a time beyond what can be written", encodeMemory(storedNote("x", { at: LATEST_TIME + 1 }))],
    ["a time before what can be written", encodeMemory(storedNote("x", { savedAt: EARLIEST_TIME - 1 }))],
    ["a time that is none", encodeMemory(storedNote("x", { expiresAt: 0.5 }))],
  ])("is refused as damaged when it holds %s", (_what, bytes) => {
    expect(() => decodeMemory(bytes)).toThrow(expect.objectContaining({ code: "RECORD_DAMAGED" }));
    expect(() => decodeCaptured(bytes)).toThrow(expect.objectContaining({ code: "RECORD_DAMAGED" }));
  });

  it("says nothing of its content when it is damaged", () => {
    const bytes = Uint8Array.of(1, ...utf8('{"canary":1}'));
    expect(() => decodeMemory(bytes)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("canary") }),
    );
  });
});

describe("a captured turn", () => {
  it("comes back as it was", () => {
    const captured = {
      project: null,
      session: "s",
      source: "cli",
      receivedAt: 5,
      turn: { messageId: "m", role: "user" as const, text: "ä\u0001🎈", at: "2026-05-01T10:00:00+02:00" },
    };
    expect(decodeCaptured(encodeCaptured(captured))).toEqual(captured);
  });
});

describe("times", () => {
  it("that are accepted can be written back, to the millisecond", () => {
    fc.assert(
      fc.property(time, fc.integer({ min: -23 * 60, max: 23 * 60 }), (at, offset) => {
        const sign = offset < 0 ? "-" : "+";
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const local = new Date(at + offset * 60_000).toISOString().slice(0, -1);
        const zone = `${sign}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
        const parsed = instant.safeParse(`${local}${zone}`);
        const back = parsed.success ? milliseconds(isoTime(milliseconds(parsed.data))) : undefined;
        // Only a local time whose year has more than four digits is refused.
        expect(back).toBe(local.length > 23 ? undefined : at);
      }),
    );
  });
});

describe("a memory of 0.1.0", () => {
  const first = (fields: Partial<StoredMemory>) =>
    decodeMemory(Uint8Array.of(1, ...utf8(JSON.stringify(storedNote("x", fields))))).trust;

  it("is the person's word only when client cli wrote it as a note", () => {
    expect(first({})).toBe("user");
    expect(first({ source: "claude-code" })).toBe("assistant");
    expect(first({ source: "claude-code", kind: "turn" })).toBe("assistant");
    expect(first({ kind: "turn" })).toBe("captured");
  });

  it("keeps every other trust", () => {
    for (const trust of ["captured", "imported"] as const) {
      expect(first({ trust, source: "cli" })).toBe(trust);
      expect(first({ trust, source: "hook", kind: "turn" })).toBe(trust);
    }
  });

  it("is written anew with what is known of it now", () => {
    const read = decodeMemory(Uint8Array.of(1, ...utf8(JSON.stringify(storedNote("x", { source: "mcp" })))));
    expect(encodeMemory(read)[0]).toBe(2);
    expect(decodeMemory(encodeMemory(read))).toEqual(read);
    expect(decodeMemory(encodeMemory(storedNote("x", { source: "mcp" }))).trust).toBe("user");
  });
});
