import { expect, describe, test } from "vitest";
import { systemRandomness } from "../../src/crypto/random.ts";
import type { RecordIdentity } from "../../src/crypto/record-seal.ts";
import { sealRecord } from "../../src/crypto/record-seal.ts";
import { report, rounds } from "../support/rounds.ts";

const key = new Uint8Array(32).fill(3);
const identity: RecordIdentity = {
  vaultId: new Uint8Array(16).fill(1),
  generation: 1,
  keyspace: 0x10,
  recordId: new Uint8Array(16).fill(2),
  schemaVersion: 1,
};
const SEALS = rounds({ short: 100_000, long: 1_000_000 });

describe("a sealed record", () => {
  test(`never uses a nonce twice in ${SEALS} seals`, { timeout: 600_000 }, () => {
    const empty = new Uint8Array(0);
    const nonces = new Set<string>();
    for (let count = 0; count < SEALS; count += 1) {
      const bytes = sealRecord(key, identity, 1, empty, systemRandomness);
      nonces.add(Buffer.from(bytes.buffer, 5, 12).toString("latin1"));
    }
    expect(nonces.size).toBe(SEALS);
    report({ title: "nonces", done: `${SEALS} seals under one key`, outcome: "no nonce twice" });
  });
});
