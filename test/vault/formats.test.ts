/** What the vault writes about itself: every format reads back what it wrote, and nothing else. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import { sha256 } from "../../src/crypto/hmac.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { importX25519, newX25519KeyPair } from "../../src/crypto/x25519.ts";
import {
  applyPage,
  decodeManifest,
  directoryPages,
  encodeManifest,
  partId,
  partKeys,
} from "../../src/vault/written/checkpoint-format.ts";
import { Directories } from "../../src/vault/written/directories.ts";
import { decodeHead, encodeHead, hashedElement } from "../../src/vault/written/head.ts";
import {
  isAuthoredBy,
  openInboxEntry,
  renewInboxEntry,
  sealInboxEntry,
} from "../../src/vault/written/inbox-entry.ts";
import { epochOfEntry, isNote } from "../../src/vault/written/inbox-layout.ts";
import { decodeTally, encodeTally } from "../../src/vault/written/inbox-tally.ts";
import { decodeJournalEntry, encodeJournalEntry, journalId } from "../../src/vault/written/journal.ts";
import { countedKeyspace, KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { idOfKey, storeKey } from "../../src/vault/written/store-key.ts";

import { unhex } from "../crypto/support.ts";
import frozenEntry from "../vectors/inbox-entry.json" with { type: "json" };

const count = fc.maxSafeNat();
const time = fc.option(fc.integer({ min: 1, max: 2 ** 45 }), { nil: undefined });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const countedByte = fc.constantFrom(KEYSPACE_BYTES.memory, KEYSPACE_BYTES.idempotency, KEYSPACE_BYTES.audit);
const key = fc.tuple(countedByte, bytes(16)).map(([byte, id]) => storeKey(byte, id));

describe("the head", () => {
  const head = fc.record({
    sequence: count,
    live: count,
    hash: bytes(32),
    seals: count,
    purgeDueAt: time,
    scrubbedAt: time,
    scrubCursor: fc.option(key, { nil: undefined }),
    epoch: count,
    carried: fc.uint8Array({ maxLength: 40 }),
  });

  test.prop([head])("reads back", (written) => {
    expect(decodeHead(encodeHead(written))).toEqual(written);
  });

  test.prop([head, fc.nat(300)])("is refused when it is of another length or version", (written, length) => {
    const whole = encodeHead({ ...written, carried: new Uint8Array(0) });
    fc.pre(length !== whole.length);
    const other = new Uint8Array(length);
    other.set(whole.subarray(0, length));
    expect(() => decodeHead(other)).toThrow(expect.objectContaining({ code: "VAULT_DAMAGED" }));
    for (const version of [0, 1, 3, 4]) {
      whole[0] = version;
      expect(() => decodeHead(whole)).toThrow(expect.objectContaining({ code: "VAULT_DAMAGED" }));
    }
  });

  test.prop([head])("of version 1 is read, and knows no epoch", (written) => {
    const carried = new Uint8Array(0);
    const first = encodeHead({ ...written, carried }).slice(0, -8);
    first[0] = 1;
    expect(decodeHead(first)).toEqual({ ...written, epoch: 0, carried });
  });

  test.prop([key, key, bytes(16), bytes(16)])(
    "hashes two records alike only when key and first 8 bytes of the tag are the same",
    (keyA, keyB, tagA, tagB) => {
      const isSame = toHex(keyA) === toHex(keyB) && toHex(tagA.slice(0, 8)) === toHex(tagB.slice(0, 8));
      expect(toHex(hashedElement(keyA, tagA)) === toHex(hashedElement(keyB, tagB))).toBe(isSame);
    },
  );
});

describe("what the head hashes of a record", () => {
  it("is its key, the version of its format, and the first 8 bytes of its tag", () => {
    const id = Uint8Array.from({ length: 16 }, (_, index) => 100 + index);
    const tag = Uint8Array.from({ length: 16 }, (_, index) => 200 + index);
    const element = hashedElement(storeKey(KEYSPACE_BYTES.audit, id), tag);
    expect(element).toEqual(Uint8Array.of(KEYSPACE_BYTES.audit, ...id, 1, ...tag.subarray(0, 8)));
  });
});

describe("an entry of the inbox", () => {
  const vaultId = new Uint8Array(16).fill(1);
  const id = new Uint8Array(16).fill(2);
  const newInbox = () => importX25519(newX25519KeyPair(systemRandomness).privateKey);
  const inbox = newInbox();
  const text = new Uint8Array(10).fill(3);
  const token = new Secret(new Uint8Array(32).fill(4));
  const pair = { epoch: 0x01_02_03_04, publicKey: inbox.publicKey };
  const sealed = sealInboxEntry({ vaultId, inbox: pair, author: token }, id, text, systemRandomness);
  const changedAt = (position: number) => sealed.map((byte, at) => (at === position ? byte ^ 1 : byte));
  const first = unhex(frozenEntry.sealed);
  const damaged = expect.objectContaining({ code: "RECORD_DAMAGED" }) as Error;

  it("opens for its vault, under its id, and in its version alone", () => {
    expect(openInboxEntry(inbox, vaultId, id, sealed)).toEqual(text);
    expect(() => openInboxEntry(inbox, id, id, sealed)).toThrow(damaged);
    expect(() => openInboxEntry(inbox, vaultId, vaultId, sealed)).toThrow(damaged);
    expect(() => openInboxEntry(newInbox(), vaultId, id, sealed)).toThrow(damaged);
    for (const version of [0, 1, 3]) {
      expect(() => openInboxEntry(inbox, vaultId, id, sealed.slice().fill(version, 0, 1))).toThrow(damaged);
    }
  });

  it("names the pair it is for, and opens as of no other one", () => {
    expect(epochOfEntry(sealed)).toBe(pair.epoch);
    const [other] = [1, 2, 3, 4].map((position) => changedAt(position));
    expect(() => openInboxEntry(inbox, vaultId, id, other!)).toThrow(damaged);
  });

  it("is vouched for by the token it was sealed with, for its vault, its id, its pair and every byte of it", () => {
    expect(isAuthoredBy(token, vaultId, id, sealed)).toBe(true);
    expect(isAuthoredBy(new Secret(new Uint8Array(32)), vaultId, id, sealed)).toBe(false);
    expect(isAuthoredBy(token, id, id, sealed)).toBe(false);
    expect(isAuthoredBy(token, vaultId, vaultId, sealed)).toBe(false);
    for (let position = 0; position < sealed.length; position += 1) {
      expect(isAuthoredBy(token, vaultId, id, changedAt(position))).toBe(false);
    }
    const nobody = sealInboxEntry({ vaultId, inbox: pair, author: undefined }, id, text, systemRandomness);
    expect(openInboxEntry(inbox, vaultId, id, nobody)).toEqual(text);
    expect(isAuthoredBy(token, vaultId, id, nobody)).toBe(false);
  });

  it("of the first version is of the first pair, and nobody vouches for it", () => {
    expect(epochOfEntry(first)).toBe(0);
    expect(isAuthoredBy(token, unhex(frozenEntry.vaultId), unhex(frozenEntry.id), first)).toBe(false);
    for (const bytes of [first.subarray(0, 48), Uint8Array.of(), Uint8Array.of(3), Uint8Array.of(4)]) {
      expect(epochOfEntry(bytes)).toBeUndefined();
    }
  });

  it.each([true, false])("keeps its author when it is sealed for another pair: %s", (isAuthored) => {
    const author = isAuthored ? token : undefined;
    const value = sealInboxEntry({ vaultId, inbox: pair, author }, id, text, systemRandomness);
    const next = newX25519KeyPair(systemRandomness);
    const seal = { vaultId, inbox: { epoch: 9, publicKey: next.publicKey }, author: token };
    const plaintext = text.slice();
    const key = storeKey(KEYSPACE_BYTES.inbox, id);
    const renewed = renewInboxEntry(seal, { key, value }, plaintext, systemRandomness);
    expect(plaintext.every((byte) => byte === 0)).toBe(true);
    expect(renewed.key).toEqual(key);
    expect(epochOfEntry(renewed.value)).toBe(9);
    expect(openInboxEntry(importX25519(next.privateKey), vaultId, id, renewed.value)).toEqual(text);
    expect(isAuthoredBy(token, vaultId, id, renewed.value)).toBe(isAuthored);
  });

  it("says without a key whether it holds a turn or a note, and cannot be made to say otherwise", () => {
    const by = { vaultId, inbox: pair, author: token };
    const note = sealInboxEntry(by, id, text, systemRandomness, "note");
    expect([isNote(sealed), isNote(note), isNote(first)]).toEqual([false, true, false]);
    expect(openInboxEntry(inbox, vaultId, id, note)).toEqual(text);
    expect(isAuthoredBy(token, vaultId, id, note)).toBe(true);
    const told = (value: Uint8Array, version: number) => value.slice().fill(version, 0, 1);
    for (const other of [told(note, 2), told(sealed, 3)]) {
      expect(isAuthoredBy(token, vaultId, id, other)).toBe(false);
      expect(() => openInboxEntry(inbox, vaultId, id, other)).toThrow(damaged);
    }
    const key = storeKey(KEYSPACE_BYTES.inbox, id);
    const renewed = renewInboxEntry(by, { key, value: note }, text.slice(), systemRandomness).value;
    expect([isNote(renewed), isAuthoredBy(token, vaultId, id, renewed)]).toEqual([true, true]);
  });

  it("is refused when it is cut short anywhere", () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => openInboxEntry(inbox, vaultId, id, sealed.subarray(0, length))).toThrow(damaged);
      expect(isAuthoredBy(token, vaultId, id, sealed.subarray(0, length))).toBe(false);
    }
  });
});

describe("a journal entry", () => {
  const change = fc.record({ key, tag: fc.option(bytes(8), { nil: undefined }) });

  test.prop([count, fc.array(change)])(
    "reads back under its own sequence number alone",
    (sequence, changes) => {
      const entry = encodeJournalEntry(sequence, changes);
      expect(decodeJournalEntry(entry, sequence)).toEqual(changes);
      expect(() => decodeJournalEntry(entry, sequence + 1)).toThrow(
        expect.objectContaining({ code: "VAULT_DAMAGED" }),
      );
    },
  );

  test.prop([fc.array(change, { minLength: 1 }), fc.nat()])(
    "is refused when it is cut short",
    (changes, cut) => {
      const entry = encodeJournalEntry(7, changes);
      const lengths = new Set([0, 9]);
      for (let offset = 9, index = 0; index < changes.length; index += 1) {
        offset += changes[index]!.tag === undefined ? 18 : 26;
        lengths.add(offset);
      }
      const length = cut % entry.length;
      fc.pre(!lengths.has(length) || length === 0);
      expect(() => decodeJournalEntry(entry.subarray(0, length), 7)).toThrow(
        expect.objectContaining({ code: "VAULT_DAMAGED" }),
      );
    },
  );

  it("is refused in another version, or with a change that is neither", () => {
    const entry = encodeJournalEntry(1, [{ key: storeKey(1, new Uint8Array(16)), tag: undefined }]);
    const refused = expect.objectContaining({ code: "VAULT_DAMAGED" }) as Error;
    expect(() => decodeJournalEntry(entry.slice().fill(9, 0, 1), 1)).toThrow(refused);
    expect(() => decodeJournalEntry(entry.slice().fill(9, 9, 10), 1)).toThrow(refused);
  });

  it("has an id that tells nothing without the key", () => {
    const [one, other] = [new Secret(new Uint8Array(32).fill(1)), new Secret(new Uint8Array(32).fill(2))];
    expect(journalId(one, 1)).toHaveLength(16);
    expect(journalId(one, 1)).not.toEqual(journalId(other, 1));
    expect(journalId(one, 1)).not.toEqual(journalId(one, 2));
  });
});

describe("a checkpoint", () => {
  const manifest = fc.record({
    checkpointId: bytes(16),
    sequence: count,
    pages: fc.nat(5),
    chunks: fc.nat(5),
  });

  test.prop([manifest])("has a manifest that reads back, and parts with ids of their own", (written) => {
    const encoded = encodeManifest(written);
    expect(decodeManifest(encoded)).toEqual(written);
    expect(() => decodeManifest(encoded.subarray(1))).toThrow(
      expect.objectContaining({ code: "VAULT_DAMAGED" }),
    );
    expect(() => decodeManifest(encoded.fill(0, 0, 1))).toThrow(
      expect.objectContaining({ code: "VAULT_DAMAGED" }),
    );
    const secret = new Secret(new Uint8Array(32).fill(3));
    const keys = [...partKeys(secret, written)].map((each) => toHex(each));
    expect(new Set(keys).size).toBe(written.pages + written.chunks);
    if (written.chunks > 0) {
      const id = partId(secret, written.checkpointId, "chunk", 0);
      expect(keys).toContain(toHex(storeKey(KEYSPACE_BYTES.checkpoint, id)));
    }
  });

  test.prop([fc.uniqueArray(key, { selector: toHex, maxLength: 300 })])(
    "has pages that hold the whole directory",
    (keys) => {
      const before = new Directories();
      for (const each of keys) before.apply(each, each.subarray(1, 9));
      const after = new Directories();
      for (const page of directoryPages(before)) applyPage(after, page);
      expect(after.size).toBe(keys.length);
      for (const each of keys) expect(after.isNewest(each, each.subarray(1))).toBe(true);
    },
  );

  it("spreads a large directory over several pages", () => {
    const directories = new Directories();
    for (let number = 0; number < 12_000; number += 1) {
      const id = new Uint8Array(16);
      new DataView(id.buffer).setUint32(0, Math.imul(number, 2_654_435_761));
      new DataView(id.buffer).setUint32(8, number);
      directories.apply(storeKey(KEYSPACE_BYTES.memory, id), id);
    }
    const pages = [...directoryPages(directories)];
    expect(pages.length).toBe(3);
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThan(256 << 10);
    const after = new Directories();
    for (const page of pages) applyPage(after, page);
    expect(after.size).toBe(12_000);
  });

  it("has no room for records that the head does not count", () => {
    const directories = new Directories();
    const page = new Uint8Array(1 + 16 + 8).fill(7);
    page[0] = KEYSPACE_BYTES.head;
    applyPage(directories, page);
    expect(directories.size).toBe(0);
    page[0] = KEYSPACE_BYTES.audit;
    applyPage(directories, page);
    expect(directories.of("audit").size).toBe(1);
  });

  it("refuses a page that is not one", () => {
    const refused = expect.objectContaining({ code: "VAULT_DAMAGED" }) as Error;
    expect(() => applyPage(new Directories(), new Uint8Array(0))).toThrow(refused);
    expect(() => applyPage(new Directories(), new Uint8Array(24))).toThrow(refused);
  });
});

describe("the inbox's tally", () => {
  test.prop([count, count, fc.nat(48), fc.integer({ min: 1, max: 255 })])(
    "reads back, and is refused with any byte changed or missing",
    (sequence, entries, at, change) => {
      const encoded = encodeTally({ sequence, count: entries });
      expect(decodeTally(encoded)).toEqual({ sequence, count: entries });
      expect(decodeTally(encoded.subarray(1))).toBeUndefined();
      encoded[at]! ^= change;
      expect(decodeTally(encoded)).toBeUndefined();
    },
  );

  it("is refused in another version, and with anything behind it", () => {
    const encoded = encodeTally({ sequence: 1, count: 1 });
    expect(decodeTally(Uint8Array.of(...encoded, 0))).toBeUndefined();
    const body = encoded.subarray(0, 17).fill(2, 0, 1);
    encoded.set(sha256(body), 17);
    expect(decodeTally(encoded)).toBeUndefined();
  });
});

describe("keys of the store", () => {
  it("give their id only when they have the length of a key", () => {
    const id = new Uint8Array(16).fill(9);
    expect(idOfKey(storeKey(1, id))).toEqual(id);
    expect(idOfKey(id)).toBeUndefined();
  });

  it("are counted in the keyspaces of records alone", () => {
    const counted = Array.from({ length: 256 }, (_, byte) => countedKeyspace(byte)).filter(
      (each) => each !== undefined,
    );
    expect(counted).toEqual(["memory", "idempotency", "audit", "tombstone", "source", "name"]);
  });

  it("mean nothing to the directories when they are of another keyspace or length", () => {
    const directories = new Directories();
    const tag = new Uint8Array(8);
    for (const odd of [
      storeKey(KEYSPACE_BYTES.inbox, new Uint8Array(16)),
      Uint8Array.of(1),
      new Uint8Array(0),
    ]) {
      directories.apply(odd, tag);
      expect(directories.has(odd)).toBe(false);
      expect(directories.tagOf(odd)).toBeUndefined();
      expect(directories.isNewest(odd, tag)).toBe(false);
    }
    expect(directories.size).toBe(0);
  });

  it("do not stand for a live record with anything behind them", () => {
    const directories = new Directories();
    const live = storeKey(KEYSPACE_BYTES.memory, new Uint8Array(16).fill(9));
    directories.apply(live, new Uint8Array(8));
    const longer = Uint8Array.of(...live, 0);
    expect([directories.has(live), directories.has(longer)]).toEqual([true, false]);
  });
});

describe("the directories", () => {
  test.prop([fc.uniqueArray(fc.tuple(key, bytes(8)), { selector: ([each]) => toHex(each), maxLength: 100 })])(
    "list every live record with its tag, none twice",
    (records) => {
      const directories = new Directories();
      for (const [each, tag] of records) directories.apply(each, tag);
      const listed = [...directories.shards()]
        .flat()
        .map(({ key: each, tag }) => `${toHex(each)} ${toHex(tag)}`);
      const expected = records.map(([each, tag]) => `${toHex(each)} ${toHex(tag)}`);
      expect(listed.toSorted()).toEqual(expected.toSorted());
    },
  );
});
