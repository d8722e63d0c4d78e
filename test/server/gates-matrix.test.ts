/**
 * Every kind of client × every method × every state of the vault × parameters right and malformed, against rules that are
 * written down here once more, by hand: what the method table says is what is tested, not what is expected.
 */
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { hasCode } from "../../src/base/errors.ts";
import type { ClientIdentity } from "../../src/policy/clients.ts";
import { checkScope } from "../../src/policy/clients.ts";
import type { ClientScope, MethodDefinition } from "../../src/protocol/method.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { parseJson } from "../../src/protocol/json-guard.ts";
import { admitRequest } from "../../src/server/dispatch.ts";
import type { TestServer } from "./support.ts";
import { NO_RATES, startServer } from "./support.ts";

interface Rule {
  /** Scopes of which one is needed; none: every client that said hello may. */
  readonly needs: readonly ClientScope[];
  readonly works: "sealed too" | "open only";
  /** Right parameters; every field that may not be left out is in them. */
  readonly params: Readonly<Record<string, unknown>>;
}

const ID = "0".repeat(26);
const TURN = { messageId: "m", role: "user", text: "a", at: "2026-01-01T00:00:00Z" };
const rule = (
  needs: ClientScope | readonly ClientScope[],
  works: Rule["works"],
  params: Rule["params"] = {},
): Rule => ({ needs: [needs].flat(), works, params });

/** A method that is added does not compile until it has its line. */
const RULES: Readonly<Record<MethodName, Rule>> = {
  "memory.save": rule("write", "open only", { text: "a" }),
  "memory.leave": rule("write", "sealed too", { text: "a" }),
  "memory.capture": rule(["capture", "write"], "sealed too", { session: "s", turns: [TURN] }),
  "memory.update": rule("write", "open only", { id: ID }),
  "memory.search": rule("read", "open only", { query: "a" }),
  "memory.get": rule("read", "open only", { ids: [ID] }),
  "memory.recent": rule("read", "open only"),
  "memory.brief": rule("read", "open only"),
  "memory.sessions": rule("read", "open only"),
  "memory.projects": rule("read", "open only"),
  "memory.forget": rule("forget", "open only"),
  "vault.status": rule("read", "sealed too"),
  "vault.lock": rule([], "sealed too"),
  "vault.unlock": rule("control", "sealed too", { with: "keychain" }),
  "vault.create": rule("admin", "sealed too"),
  "vault.verify": rule("admin", "open only"),
  "memory.scrub": rule("admin", "open only"),
  "vault.purge": rule("admin", "open only"),
  "vault.rotate": rule("admin", "open only"),
  "vault.repair": rule("admin", "open only"),
  "key.list": rule("admin", "sealed too"),
  "key.add": rule("admin", "open only", { kind: "keychain" }),
  "key.remove": rule("admin", "open only", { id: "aaaaaaaa" }),
  "key.change": rule("admin", "open only"),
  "client.add": rule("admin", "sealed too", { id: "host" }),
  "client.list": rule("admin", "sealed too"),
  "client.revoke": rule("admin", "sealed too", { id: "host" }),
  "data.import": rule("admin", "open only", { format: "ours" }),
  "confirm.list": rule("admin", "open only"),
  "confirm.answer": rule("admin", "open only", { id: "0123abcd", agree: true }),
  "audit.list": rule("admin", "open only"),
  "audit.verify": rule("admin", "open only"),
};

const STATES = ["missing", "sealed", "open"] as const;
type State = (typeof STATES)[number];

const kind = (
  scopes: readonly ClientScope[],
  projects?: readonly string[],
): Omit<ClientIdentity, "id" | "created"> => ({ scopes, projects });
const KINDS: Readonly<Record<string, Omit<ClientIdentity, "id" | "created">>> = {
  "the command line": kind(["read", "capture", "write", "forget", "control", "admin"]),
  "a host": kind(["read", "write", "forget"]),
  "a host limited to projects": kind(["read", "write", "forget"], ["/a", "/b"]),
  "a reader": kind(["read"]),
  "a reader limited to a project": kind(["read"], ["/a"]),
  "a writer": kind(["write"]),
  "a hook that hands turns over": kind(["capture"]),
  "a hook limited to a project": kind(["capture"], ["/a"]),
  "a forgetter": kind(["forget"]),
  "an unlocker": kind(["control"]),
  "an administrator": kind(["admin"]),
  "a client without scopes": kind([]),
};

/** The answer of the gates: "reached" for the handler. */
function outcome(method: MethodName, params: unknown, client: string, state: State): string {
  const id = client === "the command line" ? "cli" : "some-client";
  const identity = { id, created: 0, projects: undefined, scopes: [], ...KINDS[client] };
  try {
    const service = { handlers: {} as never, state: () => state };
    admitRequest({ id: 1, method, params }, identity, { service, rateLimits: NO_RATES, checkScope });
    return "reached";
  } catch (error) {
    if (!hasCode(error, "SCOPE_DENIED", "VAULT_MISSING", "VAULT_SEALED", "INVALID_PARAMS")) throw error;
    return error.code;
  }
}

function expected(
  { needs, works }: Rule,
  isRight: boolean,
  client: string,
  state: State,
  isPersonOnly: boolean,
): string {
  const mayCall = needs.length === 0 || needs.some((scope) => KINDS[client]?.scopes.includes(scope) === true);
  const isRefused = isPersonOnly && client !== "the command line";
  if (!mayCall || isRefused) return "SCOPE_DENIED";
  if (works === "open only" && state !== "open") return state === "sealed" ? "VAULT_SEALED" : "VAULT_MISSING";
  return isRight ? "reached" : "INVALID_PARAMS";
}

type Variant = readonly [what: string, params: unknown];

const FOREIGN = { "no such field": [null] };
const SPOILT: Readonly<Record<string, readonly (readonly [what: string, value: unknown])[]>> = {
  string: [
    ["too long", "a".repeat((64 << 10) + 1)],
    ["half a character", "a\ud800"],
    ["empty", ""],
  ],
  integer: [
    ["not whole", 1.5],
    ["below zero", -1],
    ["far too large", 1e17],
    ["a number in words", "7"],
  ],
  array: [
    ["an object in the place of a list", { length: 1, 0: ID }],
    ["far too many", Array.from({ length: 10_001 }, () => ID)],
    ["a list of lists", [[]]],
  ],
  boolean: [["a truth in words", "true"]],
  object: [["a prototype", parseJson(Buffer.from('{"__proto__": {"project": "/a"}}'))]],
};
/** The only text that may be empty. */
const MAY_BE_EMPTY = "label";
/** Wherever NUL could end a name early. */
const NAMES = new Set(["project", "id", "ids", "format", "idempotencyKey", "confirmationToken", "with"]);

/** Parameters with one thing wrong each, from the method's schema. */
function malformed(method: MethodName): readonly Variant[] {
  const { params } = RULES[method];
  const schema = z.toJSONSchema((METHODS[method] as MethodDefinition).params, {
    io: "input",
    unrepresentable: "any",
  });
  const fields = Object.entries(schema.properties ?? {});
  const replaced = (name: string, value: unknown) => ({ ...params, [name]: value });
  return [
    ...([[], [params], null, "{}", 7, true, undefined] as const).map((other): Variant => [
      `params ${JSON.stringify(other)}`,
      other,
    ]),
    ["a field too many", { ...params, surplus: 1 }],
    ["an inherited name", { ...params, constructor: {} }],
    [
      "a prototype",
      parseJson(Buffer.from(`{"__proto__": {}, ${JSON.stringify(params).slice(1)}`.replace(", }", "}"))),
    ],
    ...Object.keys(params).map((name): Variant => [
      `no ${name}`,
      Object.fromEntries(Object.entries(params).filter(([each]) => each !== name)),
    ]),
    ...fields.flatMap(([name, field]) => [
      [`${name} of another type`, replaced(name, FOREIGN)] as const,
      ...(NAMES.has(name) ? [[`${name} with NUL`, replaced(name, "a\0b")] as const] : []),
      ...kindsOf(field).flatMap((type) =>
        (SPOILT[type] ?? [])
          .filter(([, value]) => value !== "" || name !== MAY_BE_EMPTY)
          .map(([what, value]) => [`${name} ${what}`, replaced(name, value)] as const),
      ),
    ]),
  ];
}

/** The JSON types a field may have. */
function kindsOf(field: z.core.JSONSchema._JSONSchema): readonly string[] {
  if (typeof field !== "object") return [];
  return [...[field.type ?? []].flat(), ...(field.anyOf ?? []).flatMap(kindsOf)];
}

const VARIANTS = Object.fromEntries(METHOD_NAMES.map((method) => [method, malformed(method)]));

describe("every method in every state of the vault, its parameters right and malformed,", () => {
  it.each(Object.keys(KINDS))("answers %s by the rules", (client) => {
    const wrong: string[] = [];
    let count = 0;
    for (const method of METHOD_NAMES) {
      const variants: readonly Variant[] = [["right", RULES[method].params], ...(VARIANTS[method] ?? [])];
      for (const state of STATES) {
        for (const [what, params] of variants) {
          const wanted = expected(
            RULES[method],
            what === "right",
            client,
            state,
            method.startsWith("confirm.") || method === "memory.scrub" || method === "memory.leave",
          );
          const found = outcome(method, params, client, state);
          count += 1;
          if (found !== wanted) wrong.push(`${method}, ${state}, ${what}: ${found}, not ${wanted}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(1_000);
  });

  it("is asked of every method, with many kinds of wrong parameters for each", () => {
    expect(Object.keys(RULES).toSorted()).toEqual([...METHOD_NAMES].toSorted());
    for (const method of METHOD_NAMES) expect(VARIANTS[method]?.length).toBeGreaterThanOrEqual(10);
    const ofSearch = VARIANTS["memory.search"]?.map(([what]) => what) ?? [];
    expect(ofSearch).toEqual(
      expect.arrayContaining([
        "no query",
        "query too long",
        "limit not whole",
        "project with NUL",
        "tags far too many",
      ]),
    );
  });
});

describe("a client that said no hello", () => {
  let server: TestServer;
  afterEach(() => server.close());

  it.each(STATES)("gets no method to run while the vault is %s", async (state) => {
    const handlers = Object.fromEntries(METHOD_NAMES.map((name) => [name, () => ({})]));
    server = await startServer({ handlers, state: () => state });
    for (const method of METHOD_NAMES) {
      const client = await server.dial();
      expect(await client.ask(method, RULES[method].params)).toBe("HELLO_REQUIRED");
      await client.closed;
    }
    expect(server.ran).toEqual([]);
  });
});
