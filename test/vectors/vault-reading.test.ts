import { describe, expect, test } from "vitest";
import { fromUtf8, toHex } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import { parseRecordId } from "../../src/base/record-id.ts";
import { decodeSource } from "../../src/service/sections/stored-source.ts";
import { OtherNames } from "../../src/service/other-names.ts";
import { Tombstones } from "../../src/service/tombstones.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { importX25519 } from "../../src/crypto/x25519.ts";
import { AnchorFile } from "../../src/vault/written/anchor.ts";
import { applyPage, decodeManifest } from "../../src/vault/written/checkpoint-format.ts";
import { Directories } from "../../src/vault/written/directories.ts";
import { decodeHead } from "../../src/vault/written/head.ts";
import { decodeChunk, decodeMark } from "../../src/service/audit/audit-chunk.ts";
import { decodeWaiting, isWaitingAudit } from "../../src/service/audit/audit-entry.ts";
import { decodeDropFile } from "../../src/vault/written/drop-file.ts";
import { isAuthoredBy, openInboxEntry } from "../../src/vault/written/inbox-entry.ts";
import { epochOfEntry, isNote } from "../../src/vault/written/inbox-layout.ts";
import { decodeTally } from "../../src/vault/written/inbox-tally.ts";
import { decodeJournalEntry } from "../../src/vault/written/journal.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { idOfKey, SINGLE_ID } from "../../src/vault/written/store-key.ts";
import { RecordSealer } from "../../src/vault/written/record-sealer.ts";
import { unhex } from "../crypto/support.ts";
import dropFile from "./drop-file.json" with { type: "json" };
import entry from "./inbox-entry.json" with { type: "json" };
import note from "./inbox-entry-3.json" with { type: "json" };
import entry2 from "./inbox-entry-2.json" with { type: "json" };
import tally from "./inbox-tally.json" with { type: "json" };
import anchor from "./vault-anchor.json" with { type: "json" };
import checkpoint from "./vault-checkpoint.json" with { type: "json" };
import auditChain from "./audit-chain.json" with { type: "json" };
import { ANCHOR, AUDIT_CHUNK, AUDIT_ENTRY, AUDIT_MARK, CARRYING_HEAD, DERIVING, HEAD, JOURNAL, OTHER_NAME, SOURCE } from "./vault-formats.ts";
import carryingHead from "./vault-head-3.json" with { type: "json" };
import head from "./vault-head-2.json" with { type: "json" };
import firstHead from "./vault-head.json" with { type: "json" };
import otherName from "./other-name.json" with { type: "json" };
import journal from "./vault-journal.json" with { type: "json" };
import record from "./vault-record.json" with { type: "json" };
import source from "./source.json" with { type: "json" };
import tombstone from "./tombstone.json" with { type: "json" };

const secret = (hex: string) => new Secret(unhex(hex));

function sealerFor({ vaultId, generation, term, key }: Pick<typeof head, "vaultId" | "generation" | "term" | "key">) {
  const terms = [{ term, key: secret(key) }];
  return new RecordSealer({ vaultId: unhex(vaultId), generation, terms, seals: 0, randomness: systemRandomness });
}

describe("what the vault froze is still read", () => {
  test("a tombstone, which refuses what was forgotten and nothing else", async () => {
    const { id, sealed, plaintext, forgotten } = tombstone;
    const opened = sealerFor(tombstone).open(KEYSPACE_BYTES.tombstone, parseRecordId(id), unhex(sealed));
    expect(toHex(opened)).toBe(plaintext);
    const tombstones = new Tombstones({
      ...DERIVING,
      has: (_, asked) => asked === id,
      read: async () => opened,
    });
    const rules = { everyProject: false, isUnique: false };
    expect(await tombstones.refusesTurn(forgotten.id, forgotten, rules)).toBe(true);
    const other = { ...forgotten, session: "s-2", text: "something else" };
    expect(await tombstones.refusesTurn(forgotten.id, other, rules)).toBe(false);
  });

  test("another name of a message, which stands for that message, and for no other name", async () => {
    const { id, storeKey, sealed, plaintext, name, message } = otherName;
    expect(storeKey.startsWith("06")).toBe(true);
    const opened = sealerFor(otherName).open(KEYSPACE_BYTES.name, parseRecordId(id), unhex(sealed));
    expect(toHex(opened)).toBe(plaintext);
    const names = new OtherNames({ ...DERIVING, has: (_, asked) => asked === id, read: async () => opened });
    expect(await names.meant(name)).toBe(message);
    expect(await names.meant(OTHER_NAME.message)).toBeUndefined();
  });

  test("what a file held", () => {
    const opened = sealerFor(source).open(KEYSPACE_BYTES.source, parseRecordId(source.id), unhex(source.sealed));
    expect(toHex(opened)).toBe(source.plaintext);
    expect(decodeSource(opened)).toEqual(SOURCE);
  });

  test("a record in its place", () => {
    const opened = sealerFor(record).open(KEYSPACE_BYTES.memory, unhex(record.id), unhex(record.sealed));
    expect(fromUtf8(opened)).toBe(record.text);
  });

  test.each([
    ["a head of version 1, which knows no epoch", firstHead, { ...HEAD, epoch: 0 }],
    ["a head of version 2", head, HEAD],
    ["a head of version 3, which carries something", carryingHead, CARRYING_HEAD],
  ])("%s", (_, vector, read) => {
    const opened = sealerFor(vector).open(KEYSPACE_BYTES.head, SINGLE_ID, unhex(vector.sealed));
    expect(toHex(opened)).toBe(vector.plaintext);
    expect(decodeHead(opened)).toEqual(read);
  });

  test("a journal entry", () => {
    expect(decodeJournalEntry(unhex(journal.plaintext), journal.sequence)).toEqual(JOURNAL);
  });

  test("a checkpoint's manifest and pages", () => {
    expect(decodeManifest(unhex(checkpoint.manifest))).toMatchObject({ sequence: 4_294_967_297, pages: 2, chunks: 3 });
    const directories = new Directories();
    for (const page of checkpoint.pages) applyPage(directories, unhex(page));
    expect(directories.size).toBe(2);
    expect(directories.tagOf(JOURNAL[0]!.key)).toEqual(JOURNAL[0]!.tag);
  });

  test("the anchor, with either of its keys", async () => {
    const file = new AnchorFile("", { read: async () => unhex(anchor.file), replace: async () => undefined });
    for (const key of [anchor.masterKey, anchor.nextMasterKey]) {
      expect(await file.read(ANCHOR.vaultId, secret(key))).toEqual(ANCHOR);
    }
  });

  test("an entry of the inbox, of both versions, and its tally", () => {
    for (const { privateKey, vaultId, id, sealed, text } of [entry, entry2]) {
      const opened = openInboxEntry(importX25519(secret(privateKey)), unhex(vaultId), unhex(id), unhex(sealed));
      expect(fromUtf8(opened)).toBe(text);
    }
    const { token, vaultId, id, sealed, epoch } = entry2;
    expect(isAuthoredBy(secret(token), unhex(vaultId), unhex(id), unhex(sealed))).toBe(true);
    expect(epochOfEntry(unhex(sealed))).toBe(epoch);
    expect(isNote(unhex(sealed))).toBe(false);
    expect(decodeTally(unhex(tally.file))).toEqual({ sequence: tally.sequence, count: tally.count });
  });

  test("a file of what was sealed alone", () => {
    const { vaultId, privateKey, token, texts, file } = dropFile;
    const entries = decodeDropFile(unhex(file))!;
    const key = importX25519(secret(privateKey));
    const opened = entries.map(({ key: stored, value }) => {
      expect(isAuthoredBy(secret(token), unhex(vaultId), idOfKey(stored)!, value)).toBe(true);
      expect(epochOfEntry(value)).toBe(9);
      return fromUtf8(openInboxEntry(key, unhex(vaultId), idOfKey(stored)!, value));
    });
    expect(opened).toEqual(texts);
  });

  test("what waits for the record of calls in the inbox", () => {
    const { privateKey, vaultId, id, sealed, token } = note;
    const key = importX25519(secret(privateKey));
    const plaintext = openInboxEntry(key, unhex(vaultId), unhex(id), unhex(sealed));
    expect(isNote(unhex(sealed))).toBe(true);
    expect(isAuthoredBy(secret(token), unhex(vaultId), unhex(id), unhex(sealed))).toBe(true);
    expect(isWaitingAudit({ plaintext })).toBe(true);
    expect(decodeWaiting(plaintext)).toEqual([{ ...AUDIT_ENTRY, sealed: true }]);
  });

  test("a chunk of the record of calls, and its mark", () => {
    expect(decodeChunk(unhex(auditChain.chunk))).toEqual(AUDIT_CHUNK);
    expect(decodeMark(unhex(auditChain.mark))).toEqual(AUDIT_MARK);
  });
});
