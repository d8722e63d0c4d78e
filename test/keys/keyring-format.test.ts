import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromUtf8, toHex, utf8 } from "../../src/base/bytes.ts";
import type { Json } from "../../src/base/canonical-json.ts";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/crypto/hmac.ts";
import type { KeyringContent } from "../../src/keys/keyring-format.ts";
import {
  decodeKeyring,
  encodeKeyring,
  MAX_KEYRING_BYTES,
  KEYRING_VERSION,
  keyringMessage,
} from "../../src/keys/keyring-format.ts";
import { thrownCode } from "../crypto/support.ts";
import { newTestKeyring } from "./support.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const number32 = fc.integer({ min: 1, max: 0xffff_ffff });
const instant = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const slotId = fc.stringMatching(/^[a-z0-9]{8}$/);
const slotFields = {
  id: slotId,
  label: fc.string({ maxLength: 64 }),
  created: instant,
  commitment: bytes(32),
  wrappedKey: bytes(60),
};
const anySlot = fc.oneof(
  fc.record({ kind: fc.constant("recovery" as const), ...slotFields }),
  fc.record({ kind: fc.constant("keychain" as const), ...slotFields }),
  fc.record({
    kind: fc.constant("passphrase" as const),
    ...slotFields,
    kdf: fc.record({
      memoryKiB: instant,
      passes: instant,
      parallelism: instant,
      salt: fc.uint8Array({ maxLength: 64 }),
    }),
  }),
);
const storedInbox = fc.record({
  epoch: fc.nat({ max: 0xffff_ffff }),
  publicKey: bytes(32),
  wrappedKey: bytes(60),
});
const content: fc.Arbitrary<KeyringContent> = fc
  .tuple(
    fc.record({
      version: fc.constant(KEYRING_VERSION),
      vaultId: bytes(16),
      epoch: number32,
      generation: number32,
      slots: fc.uniqueArray(anySlot, { minLength: 1, maxLength: 8, selector: ({ id }) => id }),
      dataKeys: fc
        .uniqueArray(fc.record({ term: number32, created: instant, wrappedKey: bytes(60) }), {
          minLength: 1,
          maxLength: 5,
          selector: ({ term }) => term,
        })
        .map((keys) =>
          keys
            .toSorted((a, b) => a.term - b.term)
            .map((key, index) => ({
              ...key,
              state: index === keys.length - 1 ? ("active" as const) : ("decrypt-only" as const),
            })),
        ),
      identityKey: bytes(60),
      inbox: storedInbox,
    }),
    fc.oneof(
      fc.constant({}),
      storedInbox.map((retiredInbox) => ({ retiredInbox })),
    ),
  )
  .map(([content, retired]) => ({ ...content, ...retired }));

/** A keyring with its checksum made right after an edit; what the checksum alone cannot stop. */
async function forged(
  path: readonly (string | number)[],
  value: (present: Json) => Json | undefined,
): Promise<Uint8Array> {
  const { keyring } = await newTestKeyring();
  const plain: { keyring: Json; mac: string } = JSON.parse(
    fromUtf8(encodeKeyring(keyring.content, new Uint8Array(32))),
  );
  return checksummed({ ...plain, keyring: edited(plain.keyring, path, value) });
}

/** `value` with another one at `path`; undefined takes the member away. */
function edited(
  value: Json,
  path: readonly (string | number)[],
  edit: (present: Json) => Json | undefined,
): Json {
  const [step, ...rest] = path;
  if (step === undefined) return edit(value) ?? null;
  const copy = new Map(Object.entries(value as Record<string, Json>));
  const next =
    rest.length === 0 ? edit(copy.get(String(step)) ?? null) : edited(copy.get(String(step))!, rest, edit);
  if (next === undefined) copy.delete(String(step));
  else copy.set(String(step), next);
  return Array.isArray(value) ? [...copy.values()] : Object.fromEntries(copy);
}

function checksummed({ keyring, mac }: { keyring: Json; mac: Json }): Uint8Array {
  const checksum = toHex(sha256(utf8(canonicalJson({ keyring, mac }))));
  return utf8(canonicalJson({ keyring, mac, checksum }));
}

describe("a keyring as bytes", () => {
  test("reads back to what it was", () => {
    fc.assert(
      fc.property(content, bytes(32), (original, mac) => {
        const encoded = encodeKeyring(original, mac);
        expect(decodeKeyring(encoded)).toEqual({ content: original, mac, bytes: encoded });
      }),
    );
  });

  test("with eight slots stays far under its cap", () => {
    fc.assert(
      fc.property(content, bytes(32), (original, mac) => {
        expect(encodeKeyring(original, mac).length).toBeLessThan(MAX_KEYRING_BYTES / 8);
      }),
    );
  });

  test("gives a message to authenticate that differs for different contents", () => {
    fc.assert(
      fc.property(content, content, (one, other) => {
        const isSame = toHex(keyringMessage(one)) === toHex(keyringMessage(other));
        expect(isSame).toBe(
          toHex(encodeKeyring(one, new Uint8Array(32))) === toHex(encodeKeyring(other, new Uint8Array(32))),
        );
      }),
    );
  });

  test("is damaged with any byte changed", async () => {
    const { keyring } = await newTestKeyring();
    const whole = encodeKeyring(keyring.content, new Uint8Array(32));
    for (let at = 0; at < whole.length; at += 1) {
      for (const mask of [0x01, 0x20, 0x80]) {
        const flipped = whole.slice();
        flipped[at]! ^= mask;
        expect(decodeKeyring(flipped), `byte ${at}, mask ${mask}`).toBeUndefined();
      }
    }
  });

  test("is damaged when cut, empty, grown or spelled otherwise", async () => {
    const { keyring } = await newTestKeyring();
    const whole = encodeKeyring(keyring.content, new Uint8Array(32));
    const text = fromUtf8(whole);
    for (let length = 0; length < whole.length; length += 7) {
      expect(decodeKeyring(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
    const parsed = JSON.parse(text);
    for (const other of [
      `${text} `,
      ` ${text}`,
      `${text}\n`,
      JSON.stringify(parsed, null, 1),
      `[${text}]`,
      "null",
      "{}",
    ]) {
      expect(decodeKeyring(utf8(other))).toBeUndefined();
    }
    expect(decodeKeyring(whole)).toBeDefined();
  });

  test("is damaged, and does not bring the reader down, when it is nested a hundred thousand deep", () => {
    const deep = `{"checksum":"${"0".repeat(64)}","keyring":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}},"mac":""}`;
    expect(decodeKeyring(utf8(deep))).toBeUndefined();
    expect(decodeKeyring(utf8("[".repeat(200_000)))).toBeUndefined();
  });
});

describe("a keyring whose checksum was made right", () => {
  const list = (value: Json) => value as readonly Record<string, Json>[];
  const to = (value: Json | undefined) => () => value;

  test("is read as before when nothing else was changed", async () => {
    expect(decodeKeyring(await forged(["epoch"], to(1)))).toBeDefined();
  });

  test.each<[string, readonly (string | number)[], (present: Json) => Json | undefined]>([
    ["has a field more", ["more"], to(1)],
    ["has a field less", ["identityKey"], to(undefined)],
    ["has no slot", ["slots"], to([])],
    ["has nine slots", ["slots"], (slots) => numbered(list(slots)[0]!, 9)],
    ["has two slots of one id", ["slots"], (slots) => [list(slots)[0]!, list(slots)[0]!]],
    ["has a slot of another kind", ["slots", 0, "kind"], to("magic")],
    ["has a slot id with a slash", ["slots", 0, "id"], to("../../ab")],
    ["has a label over 64 characters", ["slots", 0, "label"], to("x".repeat(65))],
    ["has a commitment of 31 bytes", ["slots", 0, "commitment"], to(base64(31))],
    ["has a salt of 65 bytes", ["slots", 0, "kdf", "salt"], to(base64(65))],
    ["has a cost that is a string", ["slots", 0, "kdf", "memoryKiB"], to("65536")],
    ["has a negative cost", ["slots", 0, "kdf", "parallelism"], to(-1)],
    ["has a wrapped key of 61 bytes", ["identityKey"], to(base64(61))],
    ["has base64 with bits to spare", ["vaultId"], to(`${base64(16).slice(0, 21)}B==`)],
    ["has base64 of another alphabet", ["vaultId"], to("____________________-w==")],
    ["has no data key", ["dataKeys"], to([])],
    ["has no active data key", ["dataKeys", 0, "state"], to("decrypt-only")],
    [
      "has two data keys of one term",
      ["dataKeys"],
      (keys) => [{ ...list(keys)[0]!, state: "decrypt-only" }, list(keys)[0]!],
    ],
    [
      "has an active data key before the last",
      ["dataKeys"],
      (keys) => [list(keys)[0]!, { ...list(keys)[0]!, term: 2 }],
    ],
    ["has a term of zero", ["dataKeys", 0, "term"], to(0)],
    ["has epoch zero", ["epoch"], to(0)],
    ["has a generation over 32 bits", ["generation"], to(2 ** 32)],
    ["has a public key of 33 bytes", ["inbox", "publicKey"], to(base64(33))],
    ["has a version that is a string", ["version"], to("1")],
    ["has no version", ["version"], to(undefined)],
  ])("is damaged when it %s", async (_, path, edit) => {
    expect(decodeKeyring(await forged(path, edit))).toBeUndefined();
  });

  test("is of another keepsake when its version is another", async () => {
    const newer = await forged(["version"], to(3));
    expect(thrownCode(() => decodeKeyring(newer))).toBe("UNSUPPORTED_VERSION");
  });

  test("is damaged when its MAC has not 32 bytes", async () => {
    const { keyring } = await newTestKeyring();
    const plain = JSON.parse(fromUtf8(encodeKeyring(keyring.content, new Uint8Array(32))));
    expect(decodeKeyring(checksummed({ ...plain, mac: base64(31) }))).toBeUndefined();
    expect(decodeKeyring(checksummed({ ...plain, mac: base64(32) }))).toBeDefined();
  });
});

function base64(length: number): string {
  return Buffer.alloc(length).toString("base64");
}

function numbered(slot: Record<string, Json>, count: number): Json {
  return Array.from({ length: count }, (_, index) => ({ ...slot, id: `slot000${index}` }));
}
