import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import {
  decodeRecoveryKey,
  encodeRecoveryKey,
  newRecoveryKey,
  RECOVERY_KEY_CHARACTERS,
} from "../../src/keys/recovery-key.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { thrownCode } from "../crypto/support.ts";
import { secretOf } from "./support.ts";

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

function print(key: Uint8Array): string {
  return fromUtf8(encodeRecoveryKey(new Secret(key)).bytes);
}

function read(text: string): Uint8Array {
  return decodeRecoveryKey(secretOf(text)).bytes;
}

describe("a printed recovery key", () => {
  test("is twelve groups of five letters and digits, KS first", () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(print(key)).toMatch(/^KS[2-9A-HJ-NP-Z0]{3}(-[2-9A-HJ-NP-Z0]{5}){11}$/);
        expect(print(key)).toHaveLength(RECOVERY_KEY_CHARACTERS);
      }),
    );
  });

  test("reads back to its key, also in lower case, with spaces, without dashes, or with 1, I and O", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const text = print(key);
        const spellings = [
          text,
          text.toLowerCase(),
          text.replaceAll("-", ""),
          ` ${text.replaceAll("-", "\t - \r\n")}\n`,
          text.replaceAll("L", "1").replaceAll("0", "O"),
          text.toLowerCase().replaceAll("l", "i").replaceAll("0", "o"),
        ];
        for (const spelling of spellings) expect(read(spelling)).toEqual(key);
      }),
    );
  });

  test("shows every single mistyped character", () => {
    const text = print(newRecoveryKey(systemRandomness).bytes);
    const typeable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const key = read(text);
    let mistakes = 0;
    for (let at = 0; at < text.length; at += 1) {
      for (const typed of typeable) {
        const mistyped = text.slice(0, at) + typed + text.slice(at + 1);
        const code = thrownCode(() => expect(read(mistyped)).toEqual(key));
        const same = sameCharacter(text[at]!, typed);
        expect(code, `${at}: ${text[at]} to ${typed}`).toBe(same ? undefined : "WRONG_PASSPHRASE");
        if (!same) mistakes += 1;
      }
    }
    expect(mistakes).toBeGreaterThan(60 * 60);
  });

  test("shows up to four mistyped characters", () => {
    const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    const place = fc.nat({ max: 59 });
    const mistakes = fc.uniqueArray(fc.record({ place, by: fc.integer({ min: 1, max: 31 }) }), {
      minLength: 1,
      maxLength: 4,
      selector: (mistake) => mistake.place,
    });
    fc.assert(
      fc.property(keys, mistakes, (key, changes) => {
        const characters = Array.from(print(key).replaceAll("-", ""));
        for (const { place: at, by } of changes) {
          characters[at] = alphabet[(alphabet.indexOf(characters[at]!) + by) % 32]!;
        }
        expect(thrownCode(() => read(characters.join("")))).toBe("WRONG_PASSPHRASE");
      }),
    );
  });

  test("is refused when characters are missing, too many, swapped or foreign", () => {
    const text = print(new Uint8Array(32).fill(5));
    const swapped = `${text.slice(0, 12)}${text[13]}${text[12]}${text.slice(14)}`;
    for (const wrong of [
      "",
      "-",
      text.slice(1),
      text.slice(0, -1),
      `${text}Q`,
      text + text,
      swapped,
      `${text}é`,
      "ä",
    ]) {
      const code = thrownCode(() => read(wrong));
      expect(code, `"${wrong}"`).toBe("WRONG_PASSPHRASE");
    }
    for (let byte = 0x80; byte <= 0xff; byte += 1) {
      const foreign = new Secret(Uint8Array.of(...utf8(text), byte));
      expect(thrownCode(() => decodeRecoveryKey(foreign))).toBe("WRONG_PASSPHRASE");
    }
  });

  test("is refused when its checksum holds but it is not keepsake's: spare bits, another prefix", () => {
    const text = print(new Uint8Array(32));
    expect(read(changed(text, 53, 0))).toEqual(new Uint8Array(32));
    for (const place of [0, 1, 53])
      expect(thrownCode(() => read(changed(text, place, 1)))).toBe("WRONG_PASSPHRASE");
  });

  test("is refused with a sentence about what is wrong", () => {
    const text = print(new Uint8Array(32));
    expect(() => read(`${text}Q`)).toThrow("it must have 60 letters and digits");
    expect(() => read(text.replace("Q", "Z"))).toThrow("a character is mistyped");
    expect(() => read(text.replace("Q", "!"))).toThrow("a character that no recovery key has");
    expect(() => read(changed(text, 53, 1))).toThrow("not made by keepsake");
  });

  test("that is none says so in its facts, whatever is wrong with it", () => {
    const text = print(new Uint8Array(32));
    for (const wrong of [`${text}Q`, text.replace("Q", "Z"), text.replace("Q", "!"), changed(text, 53, 1)]) {
      expect(() => read(wrong)).toThrow(
        expect.objectContaining({
          code: "WRONG_PASSPHRASE",
          facts: expect.objectContaining({ mistyped: true }) as unknown,
        }),
      );
    }
  });

  /** The group that is said to be wrong. */
  function groupOf(text: string): unknown {
    try {
      read(text);
    } catch (error) {
      return error instanceof KeepsakeError ? error.facts?.["group"] : error;
    }
    return "none";
  }

  test("names the group of one slip, and the first of two", () => {
    const text = print(newRecoveryKey(systemRandomness).bytes).replaceAll("-", "");
    for (let place = 0; place < text.length; place += 1) {
      const slip = slipped(text, place, 1 + (place % 31));
      expect(groupOf(slip)).toBe(Math.floor(place / 5) + 1);
      for (let next = place + 1; next < text.length; next += 7) {
        expect(groupOf(slipped(slip, next, 1 + (next % 31)))).toBe(Math.floor(place / 5) + 1);
      }
    }
  });

  test("names the group of two letters that changed places", () => {
    const text = print(Uint8Array.from({ length: 32 }, (_, index) => index * 37));
    const swapped = text.replace(/^(.{18})(.)(.)/, "$1$3$2");
    expect(swapped).not.toBe(text);
    expect(groupOf(swapped)).toBe(4);
  });

  test("names the group that is too short or too long, or has a foreign letter, where groups stand apart", () => {
    const groups = print(new Uint8Array(32).fill(9)).split("-");
    const withGroup = (place: number, group: string) => groups.with(place, group).join(" ");
    expect(groupOf(withGroup(6, (groups[6] ?? "").slice(1)))).toBe(7);
    expect(groupOf(withGroup(11, `${groups[11] ?? ""}Q`))).toBe(12);
    expect(groupOf(withGroup(2, `${(groups[2] ?? "").slice(1)}!`))).toBe(3);
    expect(groupOf(`${groups.join("")}Q`)).toBeUndefined();
    expect(groupOf(`${groups.join("")}!`)).toBeUndefined();
    expect(groupOf(groups.slice(1).join(" "))).toBeUndefined();
  });

  test("names no group where more is wrong", () => {
    const text = print(new Uint8Array(32).fill(77)).replaceAll("-", "");
    expect(groupOf(slipped(slipped(slipped(text, 3, 4), 20, 9), 44, 17))).toBeUndefined();
  });

  test("leaves what was typed to its owner", () => {
    const typed = secretOf(print(new Uint8Array(32).fill(5)));
    decodeRecoveryKey(typed);
    expect(typed.isWiped).toBe(false);
    expect(newRecoveryKey(systemRandomness)).toHaveLength(32);
  });
});

/** Characters that are read alike. */
function sameCharacter(printed: string, typed: string): boolean {
  const symbolOf = (character: string) => {
    const upper = character.toUpperCase();
    if (upper === "1" || upper === "I") return "L";
    if (upper === "O") return "0";
    return upper === " " ? "-" : upper;
  };
  return symbolOf(printed) === symbolOf(typed);
}

/** Changes one symbol by `by` and makes the checksum right again. */
/** The same with one letter mistyped. */
function slipped(text: string, place: number, by: number): string {
  const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
  const letters = Array.from(text.replaceAll("-", ""));
  letters[place] = alphabet[alphabet.indexOf(letters[place] ?? "") ^ by] ?? "";
  return letters.join("");
}

function changed(text: string, place: number, by: number): string {
  const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
  const symbols = Array.from(text.replaceAll("-", ""), (character) => alphabet.indexOf(character));
  symbols[place]! ^= by;
  const generator = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
  let checksum = 1;
  for (const symbol of [...symbols.slice(0, 54), 0, 0, 0, 0, 0, 0]) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ff_ffff) << 5) ^ symbol;
    for (let bit = 0; bit < 5; bit += 1) if (((top >>> bit) & 1) === 1) checksum ^= generator[bit]!;
  }
  checksum ^= 0x2bc8_30a3;
  const check = [25, 20, 15, 10, 5, 0].map((shift) => (checksum >>> shift) & 31);
  return [...symbols.slice(0, 54), ...check].map((symbol) => alphabet[symbol]).join("");
}
