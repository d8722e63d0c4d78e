import { afterEach, describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { ClientScope } from "../../src/protocol/method.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import type { MethodDefinition } from "../../src/protocol/method.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import type { ServerSetup, TestServer } from "./support.ts";
import { NO_RATES, eventually, startServer } from "./support.ts";

let server: TestServer;
const start = async (setup?: ServerSetup) => {
  server = await startServer(setup);
  return server;
};
afterEach(() => server.close());

const definitionOf = (method: MethodName): MethodDefinition => METHODS[method];
/** Answers every method with a code no gate uses, so that "it reached the handler" shows. */
const REACHED = Object.fromEntries(
  METHOD_NAMES.map((name) => [
    name,
    () => {
      throw new KeepsakeError("NOT_FOUND");
    },
  ]),
);
const PARAMS: Partial<Record<MethodName, object>> = {
  "memory.save": { text: "a" },
  "memory.leave": { text: "a" },
  "memory.capture": {
    session: "s",
    turns: [{ messageId: "m", role: "user", text: "a", at: "2026-01-01T00:00:00Z" }],
  },
  "memory.search": { query: "a" },
  "memory.get": { ids: ["0".repeat(26)] },
  "memory.update": { id: "0".repeat(26), text: "b" },
  "memory.forget": { ids: ["0".repeat(26)] },
  "vault.unlock": { with: "keychain" },
  "key.add": { kind: "keychain" },
  "key.remove": { id: "aaaaaaaa" },
  "client.add": { id: "host" },
  "client.revoke": { id: "host" },
  "data.import": { format: "ours" },
};

/** Calls a method with everything that belongs behind the request. */
async function askFully(
  client: Awaited<ReturnType<TestServer["greet"]>>,
  method: MethodName,
): Promise<string> {
  const params = PARAMS[method] ?? {};
  const id = client.nextId();
  client.sendJson({ id, method, params });
  const definition = definitionOf(method);
  const secrets = definition.secrets?.(definition.params.parse(params)) ?? [];
  for (const name of secrets) client.send("secret", name);
  if (definition.stream === "in") client.send("stream", "");
  return client.nextCode();
}

describe("method names", () => {
  test.each([
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "vault.status\0",
    "VAULT.STATUS",
    "Vault.status",
    " vault.status",
    "vault.status ",
    "vault/status",
    "vault",
    "vault.",
    "",
    "hello",
    "vault.ſtatus",
  ])("%j is unknown, the connection goes on", async (method) => {
    await start({ handlers: REACHED });
    const client = await server.greet();
    expect(await client.ask(method)).toBe("UNKNOWN_METHOD");
    expect(await client.ask("vault.status")).toBe("NOT_FOUND");
    expect(server.ran).toEqual(["vault.status"]);
    expect(server.answers).toEqual([
      { client: "cli", method: undefined, code: "UNKNOWN_METHOD" },
      { client: "cli", method: "vault.status", code: "NOT_FOUND" },
    ]);
  });

  test.each([
    ["a batch", [{ id: 1, method: "vault.status", params: {} }]],
    ["an array as method", { id: 1, method: ["vault.status"], params: {} }],
    [
      "a prototype",
      JSON.parse('{"id":1,"method":"vault.status","params":{},"__proto__":{"method":"vault.lock"}}'),
    ],
    ["no id", { method: "vault.status", params: {} }],
  ])("behind %s end the connection unheard", async (_name, message) => {
    await start({ handlers: REACHED });
    const client = await server.greet();
    client.sendJson(message);
    const reply = await client.next();
    expect(reply?.json).toMatchObject({ id: null, error: { code: "MALFORMED_REQUEST" } });
    await client.closed;
    expect(server.ran).toEqual([]);
  });
});

describe("the scope", () => {
  const clients = Object.fromEntries(
    SCOPES.map((scope) => [`only-${scope}`, { scopes: [scope] as readonly ClientScope[] }]),
  );

  test("lets each client call the methods of its scopes and the lock, and no other", async () => {
    await start({ handlers: REACHED, clients, rateLimits: NO_RATES });
    for (const scope of SCOPES) {
      const client = await server.greet(`only-${scope}`);
      for (const method of METHOD_NAMES) {
        const { scope: wanted, personOnly = false } = definitionOf(method);
        // Whoever may write may hand turns over.
        const isImplied = wanted === "capture" && scope === "write";
        const isAllowed = !personOnly && (wanted === undefined || wanted === scope || isImplied);
        const code = await askFully(client, method);
        expect([scope, method, code]).toEqual([scope, method, isAllowed ? "NOT_FOUND" : "SCOPE_DENIED"]);
      }
    }
  });

  test("is what refuses: without the check the same call goes through", async () => {
    await start({ handlers: REACHED, clients, checkScope: () => undefined });
    const client = await server.greet("only-read");
    expect(await askFully(client, "vault.purge")).toBe("NOT_FOUND");
  });
});

describe("the state", () => {
  test.each(["sealed", "missing"] as const)(
    "%s lets only the methods through that work so",
    async (state) => {
      await start({ handlers: REACHED, state: () => state });
      const client = await server.greet();
      for (const method of METHOD_NAMES) {
        const refusal = state === "sealed" ? "VAULT_SEALED" : "VAULT_MISSING";
        const expected = definitionOf(method).sealed ? "NOT_FOUND" : refusal;
        expect([method, await askFully(client, method)]).toEqual([method, expected]);
      }
    },
  );

  test("of a vault that cannot be opened is told by what is wrong with it", async () => {
    const fault = () => new KeepsakeError("VAULT_INCOMPLETE");
    await start({ handlers: REACHED, state: () => "sealed", fault });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("VAULT_INCOMPLETE");
    expect(await client.ask("vault.status")).toBe("NOT_FOUND");
  });

  test("is asked at every request", async () => {
    let state: "open" | "sealed" = "sealed";
    await start({ handlers: REACHED, state: () => state });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("VAULT_SEALED");
    state = "open";
    expect(await client.ask("memory.projects")).toBe("NOT_FOUND");
  });
});

describe("the order of the gates", () => {
  const deny = (code: "RATE_LIMITED") => ({
    ...NO_RATES,
    take: () => {
      throw new KeepsakeError(code, undefined, { facts: { retryAfterMs: 7 } });
    },
  });
  const clients = { host: { scopes: ["read"] as const } };

  test("is name, rate, scope, state, params", async () => {
    await start({ handlers: REACHED, clients, state: () => "sealed", rateLimits: deny("RATE_LIMITED") });
    const limited = await server.greet("host");
    expect(await limited.ask("vault.purgee", { no: 1 })).toBe("UNKNOWN_METHOD");
    expect(await limited.ask("vault.purge", { no: 1 })).toBe("RATE_LIMITED");
    await server.close();

    await start({ handlers: REACHED, clients, state: () => "sealed" });
    const client = await server.greet("host");
    expect(await client.ask("vault.purge", { no: 1 })).toBe("SCOPE_DENIED");
    expect(await client.ask("memory.search", { no: 1 })).toBe("VAULT_SEALED");
    expect(await client.ask("vault.status", { no: 1 })).toBe("INVALID_PARAMS");
    expect(await client.ask("vault.status")).toBe("NOT_FOUND");
  });

  test("tells a limited client when to come back", async () => {
    await start({ handlers: REACHED, clients, rateLimits: deny("RATE_LIMITED") });
    const client = await server.greet("host");
    const reply = await client.request("vault.status");
    expect(reply?.json?.["error"].data).toEqual({ retryAfterMs: 7 });
  });
});

describe("activity", () => {
  test("is every accepted request but the passive ones, at its start and at its end", async () => {
    await start({ handlers: REACHED });
    const client = await server.greet();
    const passive = METHOD_NAMES.filter((method) => definitionOf(method).passive === true);
    expect(passive).toContain("vault.status");
    expect(passive).toContain("vault.lock");
    for (const method of passive) await askFully(client, method);
    await client.ask("memory.projects", { no: 1 });
    await client.ask("nothing.here");
    expect(server.activity()).toBe(0);
    await client.ask("memory.projects");
    await eventually(() => server.activity() === 2);
  });
});
