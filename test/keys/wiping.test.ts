/** What is held on the way is gone afterwards. The real functions run; what they make is watched. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type * as secretModule from "../../src/base/secret.ts";
import { Secret } from "../../src/base/secret.ts";
import type * as hkdfModule from "../../src/crypto/hkdf.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import type * as messagesModule from "../../src/keys/keychain-messages.ts";
import { askKeychainProcess } from "../../src/keys/keychain-process.ts";
import { decodeRecoveryKey, encodeRecoveryKey } from "../../src/keys/recovery-key.ts";
import { createSecretSlot, openSecretSlot } from "../../src/keys/slots.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryFiles, newTestKeyring, NOW, temporaryFolder, unlock, VAULT_ID } from "./support.ts";

const { allocated, derived, passed } = vi.hoisted(() => {
  const seen: { allocated: Uint8Array[]; derived: Secret[]; passed: Uint8Array[] } = {
    allocated: [],
    derived: [],
    passed: [],
  };
  return seen;
});

vi.mock("../../src/base/secret.ts", async (original) => {
  const real = await original<typeof secretModule>();
  const secretBytes: typeof real.secretBytes = (length) => {
    const bytes = real.secretBytes(length);
    allocated.push(bytes);
    return bytes;
  };
  return { ...real, secretBytes };
});

vi.mock("../../src/crypto/hkdf.ts", async (original) => {
  const real = await original<typeof hkdfModule>();
  const deriveKey: typeof real.deriveKey = (...inputs) => {
    const key = real.deriveKey(...inputs);
    derived.push(key);
    return key;
  };
  return { ...real, deriveKey };
});

vi.mock("../../src/keys/keychain-messages.ts", async (original) => {
  const real = await original<typeof messagesModule>();
  return {
    ...real,
    encodeKeychainRequest: (request: messagesModule.KeychainRequest) => {
      const bytes = real.encodeKeychainRequest(request);
      passed.push(bytes);
      return bytes;
    },
    decodeKeychainAnswer: (bytes: Uint8Array) => {
      passed.push(bytes);
      return real.decodeKeychainAnswer(bytes);
    },
  };
});

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

beforeEach(() => {
  for (const list of [allocated, derived, passed]) list.length = 0;
});

describe("what is wiped", () => {
  test("the wrapping key of a slot, made or opened", () => {
    const masterKey = new Secret(systemRandomness.bytes(32));
    const secret = new Secret(systemRandomness.bytes(32));
    const making = {
      vaultId: VAULT_ID,
      masterKey,
      label: "",
      clock: new FakeClock(NOW),
      randomness: systemRandomness,
    };
    const slot = createSecretSlot("recovery", making, secret);
    openSecretSlot("recovery", [slot], VAULT_ID, secret);
    expect(derived).toHaveLength(2);
    expect(derived.every(({ isWiped }) => isWiped)).toBe(true);
  });

  test("every key that wraps or authenticates the keyring, made or opened", async () => {
    const files = new MemoryFiles();
    const { kdf } = await newTestKeyring(files);
    await unlock(files, kdf);
    expect(derived.length).toBeGreaterThan(8);
    expect(derived.every(({ isWiped }) => isWiped)).toBe(true);
  });

  test("the symbols of a recovery key, printed or typed", () => {
    const printed = encodeRecoveryKey(new Secret(new Uint8Array(32).fill(0xab)));
    decodeRecoveryKey(printed);
    printed.wipe();
    const symbols = allocated.filter(({ length }) => length === 60);
    expect(symbols).toHaveLength(2);
    expect(symbols.every(isZero)).toBe(true);
  });

  test("a request to the keychain and its answer", async () => {
    const program = join(await temporaryFolder(), "program.cjs");
    await writeFile(program, "process.stdout.write('\\0a secret', () => process.stdin.destroy())");
    const secret = new Secret(new Uint8Array(32).fill(0xab));
    const request = { operation: "set", account: "x", secret } as const;
    const answer = await askKeychainProcess(request, new AbortController().signal, program);
    expect(Buffer.from(answer.secret!.bytes).toString()).toBe("a secret");
    expect(passed.map(({ length }) => length)).toEqual([expect.any(Number), 9]);
    expect(passed.every(isZero)).toBe(true);
    expect(isZero(secret.bytes)).toBe(false);
  });
});
