/** Memories put on a disk directly, as an earlier engine left them. */
import { concatBytes, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { StoredMemory } from "../../src/service/memory-codec.ts";
import { START } from "../support/fake-clock.ts";
import { PASSPHRASE } from "./harness.ts";
import { MemoryDisk } from "./memory-vault.ts";

export function storedNote(text: string, fields: Partial<StoredMemory> = {}): StoredMemory {
  return {
    kind: "note",
    text,
    project: null,
    source: "cli",
    tags: [],
    at: START - 1_000,
    savedAt: START - 1_000,
    pinned: false,
    trust: "user",
    ...fields,
  };
}

export function recordOf(stored: StoredMemory): Uint8Array {
  return concatBytes(Uint8Array.of(1), utf8(JSON.stringify(stored)));
}

/** @returns the id */
export function putNote(disk: MemoryDisk, text: string, fields: Partial<StoredMemory> = {}): string {
  const id = newRecordId();
  disk.put("memory", id, recordOf(storedNote(text, fields)));
  return id;
}

/** A disk of a vault with that many notes about harbours. */
export function diskOfNotes(count: number): MemoryDisk {
  const disk = new MemoryDisk();
  disk.addSlot({ kind: "passphrase", label: "passphrase", created: START }, utf8(PASSPHRASE));
  for (let position = 0; position < count; position++) putNote(disk, `harbour ${position}`);
  return disk;
}
