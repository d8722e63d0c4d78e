import { afterEach, describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { ErrorCode } from "../../src/base/errors.ts";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { idOf } from "./support/memories.ts";
import { ERAS, openSession } from "./support/session.ts";
import type { Session } from "./support/session.ts";

let session: Session | undefined;
afterEach(() => session?.close());

const CALLS: readonly (readonly [string, Record<string, unknown>])[] = [
  ["memory_search", { query: "tea" }],
  ["memory_get", { ids: [idOf(1)] }],
  ["memory_recent", {}],
  ["memory_save", { text: "tea" }],
  ["memory_update", { id: idOf(1), text: "tea" }],
  ["memory_forget", { ids: [idOf(1)] }],
];

function everyMethodFails(code: ErrorCode) {
  return Object.fromEntries(
    METHOD_NAMES.map((method) => [
      method,
      () => {
        throw new KeepsakeError(code);
      },
    ]),
  );
}

describe.each(ERAS)("while the vault is sealed, in the %s era", (era) => {
  it.each(CALLS)("%s is an error that names the terminal command", async (name, args) => {
    session = await openSession(everyMethodFails("VAULT_SEALED"), era);
    const { text, isError } = await session.call(name, args);
    expect(isError).toBe(true);
    expect(text).toMatch(/^VAULT_SEALED: .*run "keepsake unlock" in a terminal, then retry$/);
  });

  it("tools/list is the same as ever", async () => {
    session = await openSession(everyMethodFails("VAULT_SEALED"), era);
    const { tools } = await session.client.listTools();
    await expect(JSON.stringify(tools, null, 2)).toMatchFileSnapshot("snapshots/tools-list.snap");
  });
});

describe("other states", () => {
  it.each([
    ["VAULT_MISSING", 'run "keepsake init" in a terminal'],
    ["DAEMON_UNREACHABLE", 'run "keepsake status"'],
    ["HELLO_FAILED", "keepsake client add"],
    ["SCOPE_DENIED", "terminal"],
  ] as const)("%s says what to do", async (code, hint) => {
    session = await openSession(everyMethodFails(code));
    const { text, isError } = await session.call("memory_recent");
    expect(isError).toBe(true);
    expect(text.startsWith(`${code}: `)).toBe(true);
    expect(text).toContain(hint);
  });
});
