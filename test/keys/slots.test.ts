import { describe, expect, test } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { argon2id } from "../../src/crypto/argon2.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import type { PassphraseSlot, StoredSlot } from "../../src/keys/keyring-format.ts";
import {
  createPassphraseSlot,
  createSecretSlot,
  newSlotId,
  openPassphraseSlot,
  openSecretSlot,
  rewrapPassphraseSlot,
} from "../../src/keys/slots.ts";
import { seededRandomness } from "../vectors/seeded-randomness.ts";
import { rejectedCode, thrownCode } from "../crypto/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { cheapest, NOW, PASSPHRASE, quickKdf, secretOf, VAULT_ID } from "./support.ts";

const master = () => new Secret(new Uint8Array(32).fill(0x11));

function making(label = "mine") {
  return {
    vaultId: VAULT_ID,
    masterKey: master(),
    label,
    clock: new FakeClock(NOW),
    randomness: systemRandomness,
  };
}

function open(slots: readonly StoredSlot[], passphrase = PASSPHRASE, kdf = quickKdf(), vaultId = VAULT_ID) {
  return openPassphraseSlot(slots, vaultId, secretOf(passphrase), kdf, new FakeClock(NOW));
}

describe("a passphrase slot", () => {
  const create = (passphrase = PASSPHRASE, parameters = cheapest) =>
    createPassphraseSlot(making(), secretOf(passphrase), parameters, quickKdf());

  test("opens with its passphrase, by real Argon2id", async () => {
    const slot = await createPassphraseSlot(making(), secretOf(PASSPHRASE), cheapest, argon2id);
    expect(slot).toMatchObject({ kind: "passphrase", label: "mine", created: NOW, kdf: cheapest });
    const clock = new FakeClock(NOW);
    const opened = await openPassphraseSlot([slot], VAULT_ID, secretOf(PASSPHRASE), argon2id, clock);
    expect(opened.masterKey.bytes).toEqual(master().bytes);
    const wrong = openPassphraseSlot([slot], VAULT_ID, secretOf("wrong horse battery"), argon2id, clock);
    expect(await rejectedCode(wrong)).toBe("WRONG_PASSPHRASE");
  });

  test("has a salt of 32 bytes and an id of its own each time", async () => {
    const [one, other] = [await create(), await create()];
    expect(one.kdf.salt).toHaveLength(32);
    expect(one.kdf.salt).not.toEqual(other.kdf.salt);
    expect(one.id).not.toBe(other.id);
    expect(one.id).toMatch(/^[a-z0-9]{8}$/);
  });

  test("takes no passphrase under 8 characters, and spends no derivation on one", async () => {
    const kdf = quickKdf();
    for (const text of ["seven77", "süß äöü", "日本語のうた", "\u{1F511}".repeat(7)]) {
      const short = createPassphraseSlot(making(), secretOf(text), cheapest, kdf);
      expect(await rejectedCode(short)).toBe("WEAK_PASSPHRASE");
    }
    expect(kdf.derivations).toBe(0);
    await expect(create("eight888")).resolves.toBeDefined();
  });

  test("is not made with parameters it would not open with", async () => {
    expect(await rejectedCode(create(PASSPHRASE, { ...cheapest, memoryKiB: 1_024 }))).toBe(
      "KDF_OUT_OF_BOUNDS",
    );
  });

  test("tells how long its derivation took", async () => {
    const slot = await create();
    const clock = new FakeClock(NOW);
    clock.advance(5_000);
    const kdf = quickKdf();
    const slow: typeof kdf = {
      ...kdf,
      derive: async (...inputs) => {
        clock.advance(321);
        return kdf.derive(...inputs);
      },
    };
    const opened = await openPassphraseSlot([slot], VAULT_ID, secretOf(PASSPHRASE), slow, clock);
    expect(opened).toMatchObject({ milliseconds: 321, slot });
  });

  test("wipes the wrapping key, whether it opens or not", async () => {
    const slot = await create();
    const derived: Secret[] = [];
    const kdf = quickKdf();
    const watched: typeof kdf = {
      ...kdf,
      derive: async (...inputs) => {
        const key = await kdf.derive(...inputs);
        derived.push(key);
        return key;
      },
    };
    await open([slot], PASSPHRASE, watched);
    await rejectedCode(open([slot], "something else", watched));
    await createPassphraseSlot(making(), secretOf(PASSPHRASE), cheapest, watched);
    expect(derived.map(({ isWiped }) => isWiped)).toEqual([true, true, true]);
  });

  test("is opened among several, one derivation for each until one opens", async () => {
    const slots = [
      await create("first passphrase"),
      await create("second passphrase"),
      await create("third passphrase"),
    ];
    const kdf = quickKdf();
    expect((await open(slots, "second passphrase", kdf)).slot).toBe(slots[1]);
    expect(kdf.derivations).toBe(2);
    expect(await rejectedCode(open(slots, "fourth passphrase", kdf))).toBe("WRONG_PASSPHRASE");
    expect(kdf.derivations).toBe(5);
    expect(await rejectedCode(open([], PASSPHRASE, kdf))).toBe("WRONG_PASSPHRASE");
  });

  test.each<[string, (slot: PassphraseSlot) => StoredSlot]>([
    ["its commitment", (slot) => ({ ...slot, commitment: flip(slot.commitment) })],
    ["its wrapped key", (slot) => ({ ...slot, wrappedKey: flip(slot.wrappedKey) })],
    ["its id", (slot) => ({ ...slot, id: "aaaaaaaa" })],
    ["its salt", (slot) => ({ ...slot, kdf: { ...slot.kdf, salt: flip(slot.kdf.salt) } })],
    ["its memory", (slot) => ({ ...slot, kdf: { ...slot.kdf, memoryKiB: slot.kdf.memoryKiB + 1 } })],
    ["its passes", (slot) => ({ ...slot, kdf: { ...slot.kdf, passes: 4 } })],
    ["its lanes", (slot) => ({ ...slot, kdf: { ...slot.kdf, parallelism: 2 } })],
  ])("with %s changed answers like a wrong passphrase, after the same one derivation", async (_, change) => {
    const slot = await create();
    const [wrong, tampered] = [quickKdf(), quickKdf()];
    const answerToWrong = await open([slot], "wrong passphrase", wrong).catch((error: unknown) => error);
    const answerToTampered = await open([change(slot)], PASSPHRASE, tampered).catch(
      (error: unknown) => error,
    );
    expect(answerToTampered).toEqual(answerToWrong);
    expect(answerToTampered).toMatchObject({ code: "WRONG_PASSPHRASE" });
    expect(tampered.derivations).toBe(1);
    expect(wrong.derivations).toBe(1);
  });

  test("opens in no other vault", async () => {
    const elsewhere = open([await create()], PASSPHRASE, quickKdf(), new Uint8Array(16));
    expect(await rejectedCode(elsewhere)).toBe("WRONG_PASSPHRASE");
  });

  test("may be renamed: its label and date are the MAC's business", async () => {
    const slot = await create();
    await expect(open([{ ...slot, label: "renamed", created: 1 }])).resolves.toBeDefined();
  });

  test.each([
    { memoryKiB: 8 },
    { memoryKiB: 4 << 20 },
    { memoryKiB: 2 ** 52 },
    { passes: 1 },
    { passes: 2 ** 31 },
    { parallelism: 0 },
    { parallelism: 200 },
    { salt: new Uint8Array(8) },
  ])("with hostile parameters %o is refused at once, and no slot is derived for", async (hostile) => {
    const slot = await create();
    const bad = { ...slot, id: "bbbbbbbb", kdf: { ...slot.kdf, ...hostile } };
    const kdf = quickKdf();
    expect(await rejectedCode(open([slot, bad], PASSPHRASE, kdf))).toBe("KDF_OUT_OF_BOUNDS");
    expect(kdf.derivations).toBe(0);
  });

  test("re-wrapped keeps id, label and date, and opens with the new passphrase alone", async () => {
    const slot = await create();
    const stronger = { ...cheapest, memoryKiB: 128 << 10 };
    const kdf = quickKdf();
    const next = await rewrapPassphraseSlot(slot, making(), secretOf("another passphrase"), stronger, kdf);
    expect(next).toMatchObject({ id: slot.id, label: slot.label, created: slot.created, kdf: stronger });
    expect(next.kdf.salt).not.toEqual(slot.kdf.salt);
    expect((await open([next], "another passphrase")).masterKey.bytes).toEqual(master().bytes);
    expect(await rejectedCode(open([next]))).toBe("WRONG_PASSPHRASE");
  });
});

describe.each(["recovery", "keychain"] as const)("a %s slot", (kind) => {
  const secret = () => new Secret(new Uint8Array(32).fill(0x77));
  const create = () => createSecretSlot(kind, making(), secret());

  test("opens with its secret and no other", () => {
    const slot = create();
    const opened = openSecretSlot(kind, [slot], VAULT_ID, secret());
    expect(opened.masterKey.bytes).toEqual(master().bytes);
    expect(opened.slot).toBe(slot);
    const wrong = new Secret(new Uint8Array(32).fill(0x78));
    expect(thrownCode(() => openSecretSlot(kind, [slot], VAULT_ID, wrong))).toBe("WRONG_PASSPHRASE");
  });

  test("opens neither in another vault, nor under another id or kind, nor tampered with", () => {
    const slot = create();
    const otherKind = kind === "recovery" ? ("keychain" as const) : ("recovery" as const);
    const asOther = { ...slot, kind: otherKind } as StoredSlot;
    expect(thrownCode(() => openSecretSlot(kind, [slot], new Uint8Array(16), secret()))).toBe(
      "WRONG_PASSPHRASE",
    );
    expect(thrownCode(() => openSecretSlot(otherKind, [asOther], VAULT_ID, secret()))).toBe(
      "WRONG_PASSPHRASE",
    );
    for (const tampered of [
      { ...slot, id: "aaaaaaaa" },
      { ...slot, commitment: flip(slot.commitment) },
      { ...slot, wrappedKey: flip(slot.wrappedKey) },
    ]) {
      expect(thrownCode(() => openSecretSlot(kind, [tampered], VAULT_ID, secret()))).toBe("WRONG_PASSPHRASE");
    }
  });

  test("is found among slots of every kind", async () => {
    const passphrase = await createPassphraseSlot(making(), secretOf(PASSPHRASE), cheapest, quickKdf());
    const first = createSecretSlot(kind, making(), new Secret(new Uint8Array(32)));
    const slot = create();
    expect(openSecretSlot(kind, [passphrase, first, slot], VAULT_ID, secret()).slot).toBe(slot);
    expect(thrownCode(() => openSecretSlot(kind, [passphrase], VAULT_ID, secret()))).toBe("WRONG_PASSPHRASE");
  });

  test.each([0, 31, 33])("takes no secret of %i bytes", (length) => {
    expect(() => createSecretSlot(kind, making(), new Secret(new Uint8Array(length)))).toThrow(TypeError);
  });
});

test("slot ids use the whole alphabet", () => {
  const randomness = seededRandomness("slot ids");
  const characters = new Set(Array.from({ length: 200 }, () => newSlotId(randomness)).join(""));
  expect(characters.size).toBe(36);
});

function flip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes, (byte, index) => (index === 0 ? byte ^ 1 : byte));
}
