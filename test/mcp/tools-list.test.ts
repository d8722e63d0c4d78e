import { afterEach, describe, expect, it } from "vitest";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { INSTRUCTIONS } from "../../src/mcp/mcp-server.ts";
import { namedTools } from "../../src/mcp/tools/tool-table.ts";
import { ERAS, openSession } from "./support/session.ts";
import type { Session } from "./support/session.ts";

let session: Session | undefined;
afterEach(() => session?.close());

describe.each(ERAS)("tools/list in the %s era", (era) => {
  it("is the one that was reviewed", async () => {
    session = await openSession({}, era);
    const { tools } = await session.client.listTools();
    await expect(JSON.stringify(tools, null, 2)).toMatchFileSnapshot("snapshots/tools-list.snap");
  });

  it("stays under 2,000 tokens and asks the daemon nothing", async () => {
    session = await openSession({}, era);
    const { tools } = await session.client.listTools();
    expect(JSON.stringify(tools).length / 4).toBeLessThan(2_000);
    expect(session.daemon.asked).toEqual([]);
  });

  it("names the tools of the method table with their titles and all four annotations", async () => {
    session = await openSession({}, era);
    const { tools } = await session.client.listTools();
    const described = METHOD_NAMES.flatMap((name) => {
      const { tool, scope } = METHODS[name];
      return tool === undefined ? [] : [{ ...tool, readOnly: scope === "read" }];
    });
    expect(tools.length).toBe(7);
    expect(tools.map(({ name }) => name).toSorted()).toEqual(described.map(({ name }) => name).toSorted());
    for (const { name, title, destructive, idempotent, readOnly } of described) {
      const tool = tools.find((one) => one.name === name);
      expect(tool?.title).toBe(title);
      expect(tool?.annotations).toEqual({
        readOnlyHint: readOnly,
        destructiveHint: destructive,
        idempotentHint: idempotent,
        openWorldHint: false,
      });
    }
  });

  it("has strict input schemas and an output schema for each tool, without alternatives at the root", async () => {
    session = await openSession({}, era);
    const { tools } = await session.client.listTools();
    for (const { inputSchema, outputSchema } of tools) {
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: "object" });
      for (const schema of [inputSchema, outputSchema]) {
        for (const keyword of ["anyOf", "oneOf", "allOf"]) expect(schema).not.toHaveProperty(keyword);
      }
    }
  });

  it("offers no way to unlock, no passphrase and no elicitation", async () => {
    session = await openSession({}, era);
    const { tools } = await session.client.listTools();
    const { prompts } = await session.client.listPrompts();
    const { resources } = await session.client.listResources();
    const { resourceTemplates } = await session.client.listResourceTemplates();
    const offered = JSON.stringify({ tools, prompts, resources, resourceTemplates });
    expect(offered).not.toMatch(/unlock|passphrase|recovery|elicit|purge|export|client/i);
    expect(session.client.getServerCapabilities()).not.toHaveProperty("elicitation");
  });
});

describe("the arguments of each tool", () => {
  const ARGUMENTS = {
    memory_search: [
      "query",
      "project",
      "tags",
      "kind",
      "role",
      "session",
      "after",
      "before",
      "limit",
      "max_tokens",
    ],
    memory_get: ["ids", "context"],
    memory_recent: ["project", "kind", "tags", "session", "limit"],
    memory_save: [
      "text",
      "project",
      "tags",
      "pinned",
      "expires_at",
      "supersedes",
      "confirmation_token",
      "idempotency_key",
    ],
    memory_update: ["id", "text", "tags", "pinned", "expires_at", "confirmation_token"],
    memory_forget: ["ids", "filter", "confirmation_token"],
    memory_status: [],
  };
  const REQUIRED: Record<string, readonly string[]> = {
    memory_search: ["query"],
    memory_get: ["ids"],
    memory_save: ["text"],
    memory_update: ["id"],
  };

  it.each(Object.entries(ARGUMENTS))("%s takes exactly its arguments", async (name, names) => {
    session = await openSession({});
    const { tools } = await session.client.listTools();
    const schema = tools.find((tool) => tool.name === name)?.inputSchema;
    expect(Object.keys(schema?.properties ?? {})).toEqual(names);
    expect(schema?.required ?? []).toEqual(REQUIRED[name] ?? []);
  });
});

describe("the table of tools", () => {
  it("refuses to start when a method names a tool nobody wrote", () => {
    const tool = { name: "memory_other" as const, title: "", destructive: false, idempotent: false };
    expect(() => namedTools({ ...METHODS, "memory.other": { scope: "read", tool } })).toThrow("memory_other");
  });

  it("refuses to start when a tool has no method", () => {
    expect(() => namedTools({})).toThrow("no method describes the tool memory_search");
  });
});

describe("the instructions", () => {
  it("say when to search and when to save in less than 2 KB", () => {
    expect(Buffer.byteLength(INSTRUCTIONS)).toBeLessThan(2_000);
    expect(INSTRUCTIONS).toMatch(/memory_search/);
    expect(INSTRUCTIONS).toMatch(/memory_save/);
  });

  it.each(ERAS)("reach the client in the %s era", async (era) => {
    session = await openSession({}, era);
    expect(session.client.getInstructions()).toBe(INSTRUCTIONS);
  });
});
