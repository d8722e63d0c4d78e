import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { CLIENT_ID_RULE } from "../../src/base/client-id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import * as schemas from "../../src/protocol/schemas.ts";

const UNICODE = "not well-formed Unicode";
/** 3 bytes of UTF-8 each. */
const euros = (bytes: number) => "€".repeat(Math.floor(bytes / 3)) + "a".repeat(bytes % 3);

interface Door {
  readonly schema: z.ZodType;
  readonly accepted: readonly unknown[];
  readonly refused: readonly (readonly [value: unknown, message: string | RegExp])[];
}

function textDoor(schema: z.ZodType, most: number): Door {
  const tooLong = `at most ${most} bytes of UTF-8`;
  return {
    schema,
    accepted: ["a", "a".repeat(most), euros(most), " ", "𝄞"],
    refused: [
      ["", /Too small/],
      ["a".repeat(most + 1), tooLong],
      [euros(most + 1), tooLong],
      ["a\uD800", UNICODE],
      ["\uDC00a", UNICODE],
      [5, /expected string/],
      [null, /expected string/],
    ],
  };
}

const doors: Readonly<Record<string, Door>> = {
  memoryText: textDoor(schemas.memoryText, LIMITS.textBytes),
  noteText: {
    schema: schemas.noteText,
    accepted: ["a", " a", "a\n", "\u200B"],
    refused: [
      ["", /Too small/],
      ...[" ", "\n\t", "\u00A0\u3000\r\n"].map((value) => [value, "nothing but white space"] as const),
    ],
  },
  queryText: textDoor(schemas.queryText, LIMITS.queryBytes),
  sessionName: textDoor(schemas.sessionName, LIMITS.sessionBytes),
  projectName: textDoor(schemas.projectName, LIMITS.projectBytes),
  "projectName's lines": {
    schema: schemas.projectName,
    accepted: ["/home/me/a project", "..\\x", "../x"],
    refused: ["a\0", "\0a", "a\nb", "\n", "a\r"].map((value) => [value, "no NUL or line end"] as const),
  },
  recordId: {
    schema: schemas.recordId,
    accepted: ["0".repeat(26), `${"z".repeat(25)}w`],
    refused: [
      "",
      "0".repeat(25),
      "0".repeat(27),
      `${"0".repeat(25)}1`,
      "O".repeat(26),
      `${"0".repeat(26)}\n`,
    ].map((value) => [value, "not a record id"] as const),
  },
  speakerName: {
    schema: schemas.speakerName,
    accepted: ["a", "a".repeat(LIMITS.speakerCharacters)],
    refused: [
      ["", /Too small/],
      ["a".repeat(LIMITS.speakerCharacters + 1), new RegExp(`<=${LIMITS.speakerCharacters} `)],
      ["a\uD800", UNICODE],
    ],
  },
  messageName: {
    schema: schemas.messageName,
    accepted: ["a", "a".repeat(128)],
    refused: [
      ["", /Too small/],
      ["a".repeat(129), /<=128 /],
      ["a\uD800", UNICODE],
    ],
  },
  tag: {
    schema: schemas.tag,
    accepted: ["a", "a".repeat(LIMITS.tagCharacters), "über#1/x"],
    refused: [
      ["", /Too small|white space/],
      ["a".repeat(LIMITS.tagCharacters + 1), new RegExp(`<=${LIMITS.tagCharacters} `)],
      ["a b", "no white space or comma"],
      ["a,b", "no white space or comma"],
      ["a\u00A0", "no white space or comma"],
      ["a\uD800", UNICODE],
    ],
  },
  tagList: {
    schema: schemas.tagList,
    accepted: [[], Array.from({ length: LIMITS.tags }, (_, index) => `t${index}`)],
    refused: [[Array.from({ length: LIMITS.tags + 1 }, () => "t"), new RegExp(`<=${LIMITS.tags} `)]],
  },
  instant: {
    schema: schemas.instant,
    accepted: [
      "2026-01-02T03:04:05Z",
      "2026-01-02T03:04:05.678+05:30",
      "0000-01-01T00:00:00Z",
      "9999-12-31T23:59:59.999Z",
    ],
    refused: [
      ["2026-01-02", /ISO datetime/],
      ["2026-01-02T03:04:05", /ISO datetime/],
      ["2026-02-30T03:04:05Z", /ISO datetime/],
      ["yesterday", /ISO datetime/],
      ["0000-01-01T00:00:00+00:01", "not a time in UTC"],
      ["9999-12-31T23:59:59.999-00:01", "not a time in UTC"],
    ],
  },
  idempotencyKey: {
    schema: schemas.idempotencyKey,
    accepted: ["a".repeat(8), "Az09._:-".repeat(16)],
    refused: [
      "a".repeat(7),
      "a".repeat(129),
      "a b c d e",
      "aaaaaaaaé",
      " aaaaaaaa",
      "aaaaaaaa\n",
      "eeeeeee/",
    ].map((value) => [value, "8 to 128 of A-Z a-z 0-9 . _ : -"] as const),
  },
  clientId: {
    schema: schemas.clientId,
    accepted: ["a", "0", "claude-code", "a".repeat(32)],
    refused: ["", "-a", "A", "a".repeat(33), "a/b", "../a", "a\0", "a\n", "a.json"].map(
      (value) => [value, CLIENT_ID_RULE] as const,
    ),
  },
  slotId: {
    schema: schemas.slotId,
    accepted: ["abcd0123"],
    refused: ["", "abcd012", "abcd01234", "ABCD0123", "-bcd0123", "abcd0123\n"].map(
      (value) => [value, "not a slot id"] as const,
    ),
  },
  label: {
    schema: schemas.label,
    accepted: ["", "my key: no. 1_a-b", "a".repeat(64)],
    refused: [
      ["a".repeat(65), /<=64 /],
      ...["a\n", "\na", "é", "a/b", "\u001B[1m"].map(
        (value) => [value, "letters, digits, space . : - _"] as const,
      ),
    ],
  },
  count: {
    schema: schemas.count,
    accepted: [0, 1, Number.MAX_SAFE_INTEGER],
    refused: [
      [-1, /Too small/],
      [0.5, /expected int/],
      [Number.MAX_SAFE_INTEGER + 1, /Too big/],
      ["1", /expected number/],
      [Number.NaN, /expected number/],
    ],
  },
  listLimit: {
    schema: schemas.listLimit,
    accepted: [1, LIMITS.maxListed, undefined],
    refused: [
      [0, />=1/],
      [LIMITS.maxListed + 1, new RegExp(`<=${LIMITS.maxListed}`)],
      [1.5, /expected int/],
    ],
  },
  confirmationToken: {
    schema: schemas.confirmationToken,
    accepted: ["A".repeat(43), `_-${"z9".repeat(20)}0`],
    refused: ["", "A".repeat(42), "A".repeat(44), `${"A".repeat(42)}=`, `${"A".repeat(43)}\n`].map(
      (value) => [value, "not a confirmation token"] as const,
    ),
  },
};

describe("the doors of the shared schemas", () => {
  const accepted = Object.entries(doors).flatMap(([name, { schema, accepted: values }]) =>
    values.map((value) => [name, value, schema] as const),
  );
  const refused = Object.entries(doors).flatMap(([name, { schema, refused: cases }]) =>
    cases.map(([value, message]) => [name, value, message, schema] as const),
  );

  test.each(accepted)("%s takes %j", (_name, value, schema) => {
    expect(schema.safeParse(value).error).toBeUndefined();
  });

  test.each(refused)("%s refuses %j: %s", (_name, value, message, schema) => {
    const messages = schema.safeParse(value).error?.issues.map((issue) => issue.message) ?? [];
    expect(messages).toContainEqual(
      typeof message === "string" ? message : (expect.stringMatching(message) as unknown),
    );
  });
});

test("what asks for a confirmation has exactly these fields", () => {
  expect(Object.keys(schemas.confirmationRequired.shape).toSorted()).toEqual([
    "confirmationToken",
    "description",
    "expiresInSeconds",
    "operation",
    "status",
    "targetCount",
  ]);
});
