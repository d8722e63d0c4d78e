import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import type { MethodName, ParamsInput } from "../../src/protocol/method-table.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import type { ClientScope, MethodDefinition } from "../../src/protocol/method.ts";
import { ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";
import { drawCanary } from "./support/canaries.ts";

const canary = drawCanary();
const id = newRecordId();
const AT = "2026-11-20T10:00:00Z";

/** What the person may save while the vault is sealed. */
const LEFT = "left in the inbox";
/** Parameters that are right, for every method of the table. */
const PARAMS: { readonly [M in MethodName]: ParamsInput<M> } = {
  "memory.save": { text: "x" },
  "memory.leave": { text: LEFT },
  "memory.capture": { session: "s", turns: [{ messageId: "m", role: "user", text: "x", at: AT }] },
  "memory.search": { query: canary },
  "memory.get": { ids: [id] },
  "memory.recent": {},
  "memory.update": { id, text: "x" },
  "memory.forget": { ids: [id] },
  "memory.brief": {},
  "memory.sessions": {},
  "memory.projects": {},
  "vault.create": { recovery: false },
  "vault.status": {},
  "vault.unlock": { with: "keychain" },
  "vault.lock": {},
  "vault.verify": {},
  "memory.scrub": {},
  "vault.purge": {},
  "vault.rotate": {},
  "vault.repair": {},
  "key.list": {},
  "key.add": { kind: "recovery" },
  "key.remove": { id: "abcd1234" },
  "key.change": {},
  "client.add": { id: "newcomer" },
  "client.list": {},
  "client.revoke": { id: "newcomer" },
  "confirm.list": {},
  "confirm.answer": { id: "0123abcd", agree: true },
  "data.import": { format: "markdown" },
  "audit.list": {},
  "audit.verify": {},
};
const CLIENTS: Readonly<Record<string, readonly ClientScope[]>> = {
  ...Object.fromEntries(SCOPES.map((scope) => [scope, [scope]])),
  host: ["read", "write", "forget"],
  cli: SCOPES,
};

const home = new ThrowAwayHome();

beforeAll(async () => {
  await home.init();
  expectSuccess(await home.run(["save", "-", "--tag", canary], { input: `note ${canary}` }));
  for (const [name, scopes] of Object.entries(CLIENTS)) {
    if (name !== "cli") expectSuccess(await home.run(["client", "add", name, "--scope", scopes.join(",")]));
  }
  expectSuccess(await home.run(["lock"]));
});
afterAll(() => home.remove());

/** `ok` with what was answered, or the code of the refusal. */
async function answer(name: string, method: MethodName) {
  // A connection of its own: a lock before this call may have ended the engine.
  const client = await home.connect(name);
  const definition = METHODS[method];
  const params = PARAMS[method];
  const secrets = (definition.secrets?.(definition.params.parse(params)) ?? []).map(
    () => new Secret(Buffer.from("some passphrase")),
  );
  const stream = (async function* () {
    if (definition.stream !== undefined) yield Buffer.from("{}\n");
    await Promise.resolve();
  })();
  try {
    const result = await client.call(method, params, {
      secrets,
      ...(definition.stream !== undefined && { stream }),
      onSecret: (secret) => secret.wipe(),
    });
    return { code: "ok", said: JSON.stringify(result) };
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint?: string };
    return { code, said: `${message} ${hint ?? ""}` };
  } finally {
    client.close();
  }
}

describe("every method, while the vault is sealed", () => {
  it.each(METHOD_NAMES)("%s gives nothing away", async (method) => {
    const { code, said } = await answer("cli", method);
    if (!METHODS[method].sealed) expect(code).toBe("VAULT_SEALED");
    expect(said).not.toContain(canary);
    expect((await home.status()).state).toBe("sealed");
  });

  it("is the whole table: there are methods of both kinds", () => {
    expect(Object.keys(PARAMS).toSorted()).toEqual([...METHOD_NAMES].toSorted());
    expect(new Set(METHOD_NAMES.map((method) => METHODS[method].sealed)).size).toBe(2);
  });
});

describe("clients and methods", () => {
  it.each(Object.keys(CLIENTS).flatMap((name) => METHOD_NAMES.map((method) => [name, method] as const)))(
    "the client %s calls %s only with its scope",
    async (name, method) => {
      const { scope, personOnly }: MethodDefinition = METHODS[method];
      const isTold = personOnly !== true || name === "cli";
      const granted: readonly string[] = CLIENTS[name] ?? [];
      // Whoever may write may hand turns over.
      const isGranted = granted.includes(scope ?? "") || (scope === "capture" && granted.includes("write"));
      const mayCall = isTold && (scope === undefined || isGranted);
      const { code } = await answer(name, method);
      expect([code === "SCOPE_DENIED", code === "DAEMON_UNREACHABLE"]).toEqual([!mayCall, false]);
    },
  );

  it("leave the vault as it was", async () => {
    await home.unlock();
    const client = await home.connect();
    const { memories } = await client.call("memory.recent", { limit: 100, kind: "note" });
    const texts = memories.map(({ text }) => text).filter((text) => text !== LEFT);
    expect(texts).toEqual([`note ${canary}`]);
    expect((await client.call("key.list", {})).slots).toHaveLength(1);
    client.close();
  });
});
