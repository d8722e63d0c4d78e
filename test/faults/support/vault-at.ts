/** Opens the vault of a folder with a key derivation that costs nothing, and says what a worker's memory should hold. */
import { systemClock } from "../../../src/base/clock.ts";
import { encodeMemory } from "../../../src/service/memory-codec.ts";
import type { StoredMemory } from "../../../src/service/memory-codec.ts";
import type { StoreOpener } from "../../../src/store/record-store.ts";
import { createVaultDoor } from "../../../src/vault/create-vault-door.ts";
import type { OpenVault, VaultDoor } from "../../../src/vault/vault.ts";
import {
  cheapKdf,
  cheapPolicy,
  MemoryKeychain,
  passphrase,
  work,
  testInboxToken,
} from "../../vault/support/vault-home.ts";

export interface Opened {
  readonly door: VaultDoor;
  readonly vault: OpenVault;
}

/** Of the slot that comes and goes. */
export const slotPassphrase = "passphrase of another slot";

/** Passphrases are numbered: changing one goes from a number to the next. */
export function numberedPassphrase(number: number): string {
  return `passphrase number ${number}`;
}

async function doorAt(directory: string, opener?: StoreOpener): Promise<VaultDoor> {
  return createVaultDoor({
    directory,
    clock: systemClock,
    logger: { log: () => undefined },
    kdf: cheapKdf,
    kdfPolicy: cheapPolicy,
    keychain: new MemoryKeychain(),
    inboxToken: testInboxToken,
    timing: { retryFirst: 5, maxRetry: 40, scrubSlice: 3_600_000, inboxCount: 10_000 },
    ...(opener !== undefined && { opener }),
  });
}

export async function createAt(directory: string): Promise<Opened> {
  const door = await doorAt(directory);
  const { vault } = await door.create(passphrase(numberedPassphrase(0)), { recovery: false }, work());
  return { door, vault };
}

export async function openAt(directory: string, passphraseNumber = 0, opener?: StoreOpener): Promise<Opened> {
  return openWith(directory, numberedPassphrase(passphraseNumber), opener);
}

export async function openWith(directory: string, text: string, opener?: StoreOpener): Promise<Opened> {
  const door = await doorAt(directory, opener);
  const secret = passphrase(text);
  // Whoever tried the passphrase before this one may have set the brake on guessing.
  await new Promise((resolve) => setTimeout(resolve, door.unlockRetryAfterMs() + 1));
  try {
    return { door, vault: await door.unlock({ kind: "passphrase", secret }, work()) };
  } catch (error) {
    await door.close();
    throw error;
  }
}

/** What a memory of a number says; sizes vary so that records cross blocks. */
export function textOf(number: number): string {
  return `${number} ${"memory ".repeat((number * 37) % 200)}`.trimEnd();
}

export function storedOf(number: number): StoredMemory {
  return {
    kind: "note",
    text: textOf(number),
    project: null,
    source: "worker",
    tags: [],
    at: 1_790_000_000_000 + number,
    savedAt: 1_790_000_000_000,
    pinned: false,
    trust: "user",
  };
}

/** Of the record of a memory. */
export function plaintextOf(number: number): Uint8Array {
  return encodeMemory(storedOf(number));
}
