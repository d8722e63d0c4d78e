/** Formats of the vault: what it seals, and the files beside its store. */
import { encodeParts, toHex, utf8 } from "../../src/base/bytes.ts";
import { RECORD_ID_BYTES, formatRecordId, parseRecordId } from "../../src/base/record-id.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import { encodeSource, sectionContent, sectionKey, sourceId } from "../../src/service/sections/stored-source.ts";
import type { StoredSource } from "../../src/service/sections/stored-source.ts";
import { OtherNames } from "../../src/service/other-names.ts";
import { Tombstones } from "../../src/service/tombstones.ts";
import { Secret } from "../../src/base/secret.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { AnchorFile } from "../../src/vault/written/anchor.ts";
import { directoryPages, encodeManifest, partId } from "../../src/vault/written/checkpoint-format.ts";
import { Directories } from "../../src/vault/written/directories.ts";
import type { Chunk, Mark } from "../../src/service/audit/audit-chunk.ts";
import { encodeChunk, encodeLink, encodeMark } from "../../src/service/audit/audit-chunk.ts";
import type { AuditEntry } from "../../src/service/audit/audit-entry.ts";
import { encodeEntry, encodeWaiting } from "../../src/service/audit/audit-entry.ts";
import { encodeHead, hashedElement } from "../../src/vault/written/head.ts";
import { encodeDropFile } from "../../src/vault/written/drop-file.ts";
import { sealInboxEntry } from "../../src/vault/written/inbox-entry.ts";
import { encodeTally } from "../../src/vault/written/inbox-tally.ts";
import { encodeJournalEntry, journalId } from "../../src/vault/written/journal.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { SINGLE_ID, storeKey } from "../../src/vault/written/store-key.ts";
import { RecordSealer } from "../../src/vault/written/record-sealer.ts";
import type { VectorFormat } from "./formats.ts";
import { seededRandomness } from "./seeded-randomness.ts";

/** A sealer with one key, and everything that is needed to open what it seals. */
function sealerOf(seed: string) {
  const randomness = seededRandomness(seed);
  const [vaultId, key, id] = [randomness.bytes(16), randomness.bytes(32), randomness.bytes(16)];
  const terms = [{ term: 3, key: new Secret(key.slice()) }];
  const sealer = new RecordSealer({ vaultId, generation: 2, terms, seals: 0, randomness });
  return { sealer, id, facts: { vaultId: toHex(vaultId), generation: 2, term: 3, key: toHex(key) } };
}

export const HEAD = {
  sequence: 4_294_967_297,
  live: 1_000_000,
  hash: new Uint8Array(32).fill(7),
  seals: 123_456,
  purgeDueAt: Date.UTC(2026, 10, 21),
  scrubbedAt: undefined,
  scrubCursor: storeKey(KEYSPACE_BYTES.memory, new Uint8Array(16).fill(9)),
  epoch: 513,
  carried: new Uint8Array(0),
};

export const AUDIT_ENTRY: AuditEntry = {
  at: "2026-11-29T08:00:00.000Z",
  client: "claude-code",
  method: "memory.forget",
  scope: "forget",
  outcome: "done",
  milliseconds: 3,
  count: 1,
};

export const AUDIT_CHUNK: Chunk = {
  number: 4_294_967_298,
  links: [7, 8].map((sequence) => ({
    sequence,
    previous: new Uint8Array(32).fill(sequence),
    entry: encodeEntry(AUDIT_ENTRY),
  })),
};

export const AUDIT_MARK: Mark = {
  firstChunk: 3,
  lastChunk: AUDIT_CHUNK.number,
  sequence: 8,
  hash: new Uint8Array(32).fill(9),
  dropped: { sequence: 6, hash: new Uint8Array(32).fill(7), at: Date.UTC(2026, 10, 21), reason: "age" },
};

export const CARRYING_HEAD = { ...HEAD, carried: new Uint8Array(20).fill(11) };

/** As keepsake 0.1.0 wrote it: without the epoch. */
function firstHead(): Uint8Array {
  const plaintext = encodeHead(HEAD).slice(0, -8);
  plaintext[0] = 1;
  return plaintext;
}

export const JOURNAL = [
  { key: storeKey(KEYSPACE_BYTES.memory, new Uint8Array(16).fill(1)), tag: new Uint8Array(8).fill(2) },
  { key: storeKey(KEYSPACE_BYTES.audit, new Uint8Array(16).fill(3)), tag: undefined },
];

export const ANCHOR = { vaultId: new Uint8Array(16).fill(4), epoch: 5, sequence: 4_294_967_297, live: 42 };

/** A vault's ids under a key that is known. */
const RECORD_ID_KEY = new Uint8Array(32).fill(12);
export const DERIVING = {
  deriveId: (...name: readonly Uint8Array[]) =>
    formatRecordId(hmacSha256(RECORD_ID_KEY, encodeParts(...name)).subarray(0, RECORD_ID_BYTES)),
  has: () => false,
  read: () => Promise.resolve(undefined),
};
const FORGOTTEN_ID = formatRecordId(new Uint8Array(16).fill(14));

/** The id that a message of the other name would have, and the message it stands for. */
export const OTHER_NAME = {
  name: formatRecordId(new Uint8Array(16).fill(15)),
  message: formatRecordId(new Uint8Array(16).fill(16)),
};

const FORGOTTEN = { project: "/home/anna/lantern", session: "s-1", text: "what was forgotten" };

const sectionOf = (heading: string) => ({
  key: sectionKey(DERIVING, ["Lantern", heading], 1),
  memory: formatRecordId(new Uint8Array(16).fill(13)),
  content: sectionContent(DERIVING, `## ${heading}\n\nwords`, ["sea"]),
});

export const SOURCE: StoredSource = {
  source: "/home/anna/lantern/CLAUDE.md",
  tags: ["sea"],
  sections: [sectionOf("The lamp")],
  gone: [sectionOf("The bell")],
};

export const VAULT_FORMATS: readonly VectorFormat[] = [
  {
    name: "vault-record",
    make: () => {
      const { sealer, id, facts } = sealerOf("vault-record");
      const text = "a memory";
      const sealed = sealer.seal(KEYSPACE_BYTES.memory, id, utf8(text));
      return {
        ...facts,
        id: toHex(id),
        text,
        storeKey: toHex(storeKey(KEYSPACE_BYTES.memory, id)),
        sealed: toHex(sealed),
        hashed: toHex(hashedElement(storeKey(KEYSPACE_BYTES.memory, id), sealed.subarray(sealed.length - 16))),
      };
    },
  },
  {
    name: "tombstone",
    make: () => {
      const { sealer, facts } = sealerOf("tombstone");
      const raised = new Tombstones(DERIVING).raised(FORGOTTEN_ID, FORGOTTEN);
      if (raised.type !== "put") throw new TypeError("a tombstone is put");
      const sealed = sealer.seal(KEYSPACE_BYTES.tombstone, parseRecordId(raised.id), raised.plaintext);
      return {
        ...facts,
        recordIdKey: toHex(RECORD_ID_KEY),
        forgotten: { id: FORGOTTEN_ID, ...FORGOTTEN },
        id: raised.id,
        plaintext: toHex(raised.plaintext),
        sealed: toHex(sealed),
      };
    },
  },
  {
    name: "other-name",
    make: () => {
      const { sealer, facts } = sealerOf("other-name");
      const given = new OtherNames(DERIVING).given(OTHER_NAME.name, OTHER_NAME.message);
      if (given.type !== "put") throw new TypeError("another name is put");
      const id = parseRecordId(given.id);
      const sealed = sealer.seal(KEYSPACE_BYTES.name, id, given.plaintext);
      return {
        ...facts,
        recordIdKey: toHex(RECORD_ID_KEY),
        ...OTHER_NAME,
        id: given.id,
        storeKey: toHex(storeKey(KEYSPACE_BYTES.name, id)),
        plaintext: toHex(given.plaintext),
        sealed: toHex(sealed),
      };
    },
  },
  {
    name: "source",
    make: () => {
      const { sealer, facts } = sealerOf("source");
      const [id, plaintext] = [sourceId(DERIVING, SOURCE.source), encodeSource(SOURCE)];
      const sealed = sealer.seal(KEYSPACE_BYTES.source, parseRecordId(id), plaintext);
      return {
        ...facts,
        recordIdKey: toHex(RECORD_ID_KEY),
        id,
        plaintext: toHex(plaintext),
        sealed: toHex(sealed),
      };
    },
  },
  {
    name: "vault-head",
    make: () => {
      const { sealer, facts } = sealerOf("vault-head");
      const plaintext = firstHead();
      const sealed = sealer.seal(KEYSPACE_BYTES.head, SINGLE_ID, plaintext);
      return { ...facts, plaintext: toHex(plaintext), sealed: toHex(sealed) };
    },
  },
  {
    name: "vault-head-2",
    make: () => {
      const { sealer, facts } = sealerOf("vault-head-2");
      const plaintext = encodeHead(HEAD);
      const sealed = sealer.seal(KEYSPACE_BYTES.head, SINGLE_ID, plaintext);
      return { ...facts, plaintext: toHex(plaintext), sealed: toHex(sealed) };
    },
  },
  {
    name: "vault-head-3",
    make: () => {
      const { sealer, facts } = sealerOf("vault-head-3");
      const plaintext = encodeHead(CARRYING_HEAD);
      const sealed = sealer.seal(KEYSPACE_BYTES.head, SINGLE_ID, plaintext);
      return { ...facts, plaintext: toHex(plaintext), sealed: toHex(sealed) };
    },
  },
  {
    name: "vault-journal",
    make: () => {
      const key = new Secret(seededRandomness("vault-journal").bytes(32));
      return {
        sequence: 77,
        journalKey: toHex(key.bytes),
        id: toHex(journalId(key, 77)),
        plaintext: toHex(encodeJournalEntry(77, JOURNAL)),
      };
    },
  },
  {
    name: "vault-checkpoint",
    make: () => {
      const randomness = seededRandomness("vault-checkpoint");
      const key = new Secret(randomness.bytes(32));
      const manifest = { checkpointId: randomness.bytes(16), sequence: 4_294_967_297, pages: 2, chunks: 3 };
      const directories = new Directories();
      for (const { key: stored, tag } of JOURNAL) directories.apply(stored, tag ?? new Uint8Array(8).fill(6));
      return {
        checkpointKey: toHex(key.bytes),
        manifest: toHex(encodeManifest(manifest)),
        firstPageId: toHex(partId(key, manifest.checkpointId, "page", 0)),
        lastChunkId: toHex(partId(key, manifest.checkpointId, "chunk", 2)),
        pages: [...directoryPages(directories)].map((page) => toHex(page)),
      };
    },
  },
  {
    name: "vault-anchor",
    make: async () => {
      let file = new Uint8Array(0);
      const files: PrivateFiles = {
        read: async () => file,
        replace: async (_path, bytes) => {
          file = bytes.slice();
        },
      };
      const randomness = seededRandomness("vault-anchor");
      const [present, next] = [randomness.bytes(32), randomness.bytes(32)];
      await new AnchorFile("", files).write(ANCHOR, [new Secret(present.slice()), new Secret(next.slice())]);
      return { masterKey: toHex(present), nextMasterKey: toHex(next), file: toHex(file) };
    },
  },
  {
    name: "inbox-entry-2",
    make: () => {
      const randomness = seededRandomness("inbox-entry");
      const [vaultId, id] = [randomness.bytes(16), randomness.bytes(16)];
      const { publicKey, privateKey } = newX25519KeyPair(randomness);
      const token = randomness.bytes(32);
      const text = "a captured turn";
      const seal = { vaultId, inbox: { epoch: 7, publicKey }, author: new Secret(token.slice()) };
      const sealed = sealInboxEntry(seal, id, utf8(text), randomness);
      return {
        vaultId: toHex(vaultId),
        id: toHex(id),
        epoch: 7,
        privateKey: toHex(privateKey.bytes),
        token: toHex(token),
        text,
        sealed: toHex(sealed),
      };
    },
  },
  {
    name: "inbox-entry-3",
    make: () => {
      const randomness = seededRandomness("inbox-entry-3");
      const [vaultId, id] = [randomness.bytes(16), randomness.bytes(16)];
      const { publicKey, privateKey } = newX25519KeyPair(randomness);
      const token = randomness.bytes(32);
      const seal = { vaultId, inbox: { epoch: 7, publicKey }, author: new Secret(token.slice()) };
      const plaintext = encodeWaiting([AUDIT_ENTRY]);
      return {
        vaultId: toHex(vaultId),
        id: toHex(id),
        epoch: 7,
        privateKey: toHex(privateKey.bytes),
        token: toHex(token),
        plaintext: toHex(plaintext),
        sealed: toHex(sealInboxEntry(seal, id, plaintext, randomness, "note")),
      };
    },
  },
  {
    name: "audit-chain",
    make: () => {
      const links = AUDIT_CHUNK.links.map((link) => toHex(encodeLink(link)));
      return { chunk: toHex(encodeChunk(AUDIT_CHUNK)), links, mark: toHex(encodeMark(AUDIT_MARK)) };
    },
  },
  {
    name: "drop-file",
    make: () => {
      const randomness = seededRandomness("drop-file");
      const vaultId = randomness.bytes(16);
      const { publicKey, privateKey } = newX25519KeyPair(randomness);
      const token = randomness.bytes(32);
      const seal = { vaultId, inbox: { epoch: 9, publicKey }, author: new Secret(token.slice()) };
      const texts = ["a turn sealed alone", "and the answer to it"];
      const entries = texts.map((text) => {
        const id = randomness.bytes(16);
        const value = sealInboxEntry(seal, id, utf8(text), randomness);
        return { key: storeKey(KEYSPACE_BYTES.inbox, id), value };
      });
      return {
        vaultId: toHex(vaultId),
        privateKey: toHex(privateKey.bytes),
        token: toHex(token),
        texts,
        file: toHex(encodeDropFile(entries)),
      };
    },
  },
  {
    name: "inbox-tally",
    make: () => ({ sequence: 8, count: 5, file: toHex(encodeTally({ sequence: 8, count: 5 })) }),
  },
];
