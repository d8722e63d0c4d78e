/** In terminal mode a host's client forgets nothing that others saved until the person has agreed at their terminal. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";

interface Listed {
  readonly id: string;
  readonly client: string;
  readonly operation: string;
  readonly targetCount: number;
  readonly ageSeconds: number;
}

/** Hides what stands before it on a terminal that obeys it. */
const ESCAPE = "\u001b[1A\u001b[2K";
const FILTER = { kind: "note", project: null } as const;

let home: ThrowAwayHome;
let host: McpHost;
let other: KeepsakeClient;
let person: KeepsakeClient;
beforeAll(async () => {
  home = new ThrowAwayHome();
  await home.init();
  expectSuccess(await home.run(["config", "set", "confirm.mode", "terminal"]));
  expectSuccess(await home.run(["client", "add", "other", "--scope", "read,write,forget"]));
  host = await McpHost.start(home);
  other = await home.connect("other");
  person = await home.connect();
});
afterEach(async () => {
  for (const { id } of await listed()) await home.run(["confirm", id, "--deny"]);
});
afterAll(async () => {
  await host.close();
  other.close();
  person.close();
  await home.remove();
});

const keep = (text: string) => person.call("memory.save", { text, project: null });
const count = async () => (await person.call("memory.recent", { ...FILTER, limit: 100 })).memories.length;
const forgetByFilter = (client: KeepsakeClient) => client.call("memory.forget", { filter: FILTER });

async function listed(): Promise<readonly Listed[]> {
  const answer = expectSuccess(await home.run(["confirm", "--json"]));
  return (JSON.parse(answer) as { waiting: Listed[] }).waiting;
}

it("asks at the terminal: nothing before a yes, once after it, and anew after that", async () => {
  await keep(`the lamp ${ESCAPE} is amber`);
  await keep("the crane lifts four tonnes");
  const ids = (await person.call("memory.recent", { ...FILTER, limit: 100 })).memories.map(({ id }) => id);
  const forget = () => host.call("memory_forget", { ids });
  const asked = await forget();
  expect(asked.text).toContain('run "keepsake confirm" in a terminal');
  expect(asked.structured).not.toHaveProperty("confirmation_token");
  expect((await forget()).text).toContain("Nothing was changed yet");
  expect(await count()).toBe(2);

  const waiting = await listed();
  expect(waiting).toMatchObject([{ client: "mcp", operation: "memory.forget", targetCount: 2 }]);
  const [{ id } = { id: "" }] = waiting;
  const line = expectSuccess(await home.run(["confirm"]));
  for (const part of [id, "mcp", "forget 2 memories", "s ago"]) expect(line).toContain(part);

  // The same call of another client is another call.
  const others = await other.call("memory.forget", { ids });
  expect(others).toMatchObject({ status: "confirmation_required" });
  expect(others).not.toHaveProperty("confirmationToken");

  const unanswered = await home.run(["confirm", id]);
  expect(unanswered.code).not.toBe(0);
  expect(await count()).toBe(2);
  const shown = expectSuccess(await home.run(["confirm", id, "--yes"]));
  expect(shown).toContain("is amber");
  expect(shown).not.toContain("\u001b");
  expect(await other.call("memory.forget", { ids })).toMatchObject({ status: "confirmation_required" });
  expect(await count()).toBe(2);
  expect((await forget()).isError).toBe(false);
  expect(await count()).toBe(0);
  const { entries } = await person.call("audit.list", { limit: 100 });
  const states = entries
    .filter(({ client, method }) => client === "mcp" && method === "memory.forget")
    .map(({ outcome, confirmation }) => `${outcome} ${confirmation}`);
  expect(states).toContain("done given");
  expect((await forget()).isError).toBe(true);
});

it("holds for a filter with a span, whose time the word for a token carries", async () => {
  await keep("old news");
  await keep("older news");
  const args = { filter: { kind: "note", before: "0s" } };
  const asked = await host.call("memory_forget", args);
  const token = asked.structured["confirmation_token"];
  expect(token).toMatch(/^terminal\.[0-9a-z]+$/);
  const again = { ...args, confirmation_token: token };
  expect((await host.call("memory_forget", again)).text).toContain("Nothing was changed yet");
  expect(await count()).toBe(2);
  const [{ id } = { id: "" }, ...more] = await listed();
  expect(more).toEqual([]);
  expectSuccess(await home.run(["confirm", id, "--yes"]));
  expect((await host.call("memory_forget", again)).isError).toBe(false);
  expect(await count()).toBe(0);
  await keep("later news");
  expect((await host.call("memory_forget", again)).text).not.toContain("Forgot 1");
  expect(await count()).toBe(1);
});

it("tells the program that the person refused", async () => {
  await keep("one");
  await keep("two");
  const before = await count();
  expect(await forgetByFilter(other)).toMatchObject({ status: "confirmation_required" });
  const [{ id } = { id: "" }] = await listed();
  expectSuccess(await home.run(["confirm", id, "--deny"]));
  await expect(forgetByFilter(other)).rejects.toThrow(
    expect.objectContaining({ code: "CONFIRMATION_REFUSED" }),
  );
  expect(await count()).toBe(before);
});

it("is answered by the person alone", async () => {
  for (const call of [
    () => other.call("confirm.list", {}),
    () => other.call("confirm.answer", { id: "0123abcd", agree: true }),
  ]) {
    await expect(call()).rejects.toThrow(expect.objectContaining({ code: "SCOPE_DENIED" }));
  }
});

it("has ended after a lock, what was agreed to as well", async () => {
  const ids = [(await keep("kept over a lock")).id];
  await other.call("memory.forget", { ids });
  const [{ id } = { id: "" }] = await listed();
  expectSuccess(await home.run(["confirm", id, "--yes"]));
  expectSuccess(await home.run(["lock"]));
  await home.unlock();
  const fresh = await home.connect("other");
  try {
    expect(await listed()).toEqual([]);
    expect(await fresh.call("memory.forget", { ids })).toMatchObject({ status: "confirmation_required" });
  } finally {
    fresh.close();
  }
});

it("answers nobody while the setting cannot be read", async () => {
  const again = await home.connect("other");
  const mine = await home.connect();
  try {
    const { id } = await mine.call("memory.save", { text: "kept", project: null });
    writeFileSync(join(home.places.config, "config.json"), "{", { mode: 0o600 });
    await expect(again.call("memory.forget", { ids: [id] })).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG" }),
    );
    expect((await mine.call("memory.get", { ids: [id] })).memories).toHaveLength(1);
  } finally {
    again.close();
    mine.close();
  }
});
