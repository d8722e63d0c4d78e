import { afterEach, describe, expect, it } from "vitest";
import { ERRORS } from "../../../src/base/errors.ts";
import type { Result } from "../../../src/protocol/method-table.ts";
import { aMemory, idOf } from "../support/memories.ts";
import { ERAS, openSession } from "../support/session.ts";
import type { Session } from "../support/session.ts";

let session: Session | undefined;
afterEach(() => session?.close());

const sealed: Result<"vault.status"> = {
  state: "sealed",
  version: "1.0.0",
  vaultId: "internal",
  pid: 4242,
  waiting: 3,
  keychain: false,
};
const open: Result<"vault.status"> = {
  ...sealed,
  state: "open",
  waiting: 0,
  open: {
    memories: 12,
    since: "2026-05-01T10:00:00Z",
    generation: 1,
    purgePending: false,
    index: { complete: true, done: 12, total: 12 },
    damage: { damaged: [], damagedCount: 0, missingCount: 0 },
  },
};

describe.each(ERAS)("memory_status in the %s era", (era) => {
  it("works sealed and names the terminal command", async () => {
    session = await openSession({ "vault.status": () => sealed }, era);
    const { text, structured, isError } = await session.call("memory_status");
    expect(isError).toBe(false);
    expect(text).toBe(
      'The vault is sealed. 3 captured turns wait for the unlock. Project here: "/home/user/keepsake". VAULT_SEALED: the vault is locked; run "keepsake unlock" in a terminal, then retry.',
    );
    expect(structured).toEqual({
      state: "sealed",
      version: "1.0.0",
      waiting: 3,
      project: "/home/user/keepsake",
      problems: [expect.stringContaining("VAULT_SEALED") as string],
    });
  });
});

describe("memory_status", () => {
  it.each(["VAULT_INCOMPLETE", "KEYRING_DAMAGED", "UNSUPPORTED_VERSION"] as const)(
    "says of a vault that cannot be opened why, by its code alone (%s)",
    async (code) => {
      const fault = { code, message: "/home/user/.local/share/keepsake is not as it was" };
      session = await openSession({ "vault.status": () => ({ ...sealed, fault }) });
      const { text, structured } = await session.call("memory_status");
      expect(structured).toMatchObject({
        state: "sealed",
        problems: [expect.stringMatching(`^${code}: ${ERRORS[code].summary}`) as string],
      });
      expect(text).toContain(ERRORS[code].summary);
      expect(text).not.toContain(".local");
      expect(text).not.toContain("VAULT_SEALED");
    },
  );

  it("says how much an open vault holds and nothing of its insides", async () => {
    session = await openSession({ "vault.status": () => open });
    const answer = await session.call("memory_status");
    expect(answer.text).toBe('The vault is open. 12 memories. Project here: "/home/user/keepsake".');
    expect(JSON.stringify(answer)).not.toMatch(/internal|4242|generation/);
  });

  it("says when there is no project", async () => {
    session = await openSession({ "vault.status": () => open }, "modern", {
      resolveProject: () => Promise.resolve(null),
    });
    const { text, structured } = await session.call("memory_status");
    expect(text).toContain("No project here.");
    expect(structured).not.toHaveProperty("project");
  });

  it("names every problem of an open vault", async () => {
    const base = open.open;
    if (base === undefined) throw new Error("not open");
    const troubled: Result<"vault.status"> = {
      ...open,
      open: {
        ...base,
        purgePending: true,
        index: { complete: false, done: 1, total: 9 },
        readOnly: { code: "WRITE_FAILED", since: base.since },
        damage: { damaged: [idOf(1)], damagedCount: 1, missingCount: 0 },
      },
    };
    session = await openSession({ "vault.status": () => troubled });
    const { text, structured } = await session.call("memory_status");
    expect(text).toContain("What was forgotten leaves the disk with the next purge.");
    expect((structured as { problems: string[] }).problems).toEqual([
      expect.stringContaining("VAULT_READ_ONLY"),
      expect.stringContaining("VAULT_DAMAGED"),
      expect.stringContaining("1 of 9"),
    ]);
  });

  it("says nothing of counts that a limited client is not told", async () => {
    const base = open.open;
    if (base === undefined) throw new Error("not open");
    const { waiting: _waiting, ...known } = open;
    const { damage: _damage, ...limited } = base;
    session = await openSession({
      "vault.status": () => ({ ...known, open: { ...limited, index: { complete: false } } }),
    });
    const { text, structured } = await session.call("memory_status");
    expect(structured).not.toHaveProperty("waiting");
    expect(text).toContain("The index is being rebuilt: a search may miss memories.");
  });

  it("says that there is no vault yet", async () => {
    session = await openSession({ "vault.status": () => ({ ...sealed, state: "missing" }) });
    expect((await session.call("memory_status")).text).toContain('run "keepsake init" in a terminal');
  });
});

describe("memory_recent", () => {
  it("lists the newest with the start of their text and says how to see older ones", async () => {
    const memories = [aMemory(1, { text: `long\n${"word ".repeat(200)}` }), aMemory(2, { text: "short" })];
    session = await openSession({ "memory.recent": () => ({ memories, more: true }) });
    const { text, structured } = await session.call("memory_recent", { limit: 2 });
    const { hits } = structured as { hits: { snippet: string }[] };
    expect(hits[0]?.snippet).toMatch(/^long word word/);
    expect(hits[0]?.snippet.length).toBeLessThanOrEqual(200);
    expect(text).toContain("Older ones: raise limit (now 2)");
  });

  it("says that an answer holds no more", async () => {
    session = await openSession({ "memory.recent": () => ({ memories: [aMemory(1)], more: true }) });
    const { text } = await session.call("memory_recent", { limit: 2 });
    expect(text).toContain("There are more than one answer holds");
    expect(text).not.toContain("raise limit");
  });

  it("shows as many as were asked for, whatever they hold", async () => {
    const memories = Array.from({ length: 100 }, (_, number) =>
      aMemory(number, {
        text: "word ".repeat(400),
        speaker: "s".repeat(128),
        kind: "turn",
        role: "assistant",
        project: `/${"p".repeat(1_000)}`,
        pinned: true,
        supersededBy: idOf(9),
      }),
    );
    session = await openSession({ "memory.recent": () => ({ memories, more: false }) });
    const { structured } = await session.call("memory_recent", { limit: 100 });
    expect((structured as { hits: unknown[] }).hits.length).toBe(100);
  });

  it("passes its filters on", async () => {
    session = await openSession({ "memory.recent": () => ({ memories: [], more: false }) });
    const { text } = await session.call("memory_recent", {
      project: "*",
      kind: "note",
      tags: ["a"],
      session: "s",
    });
    expect(session.daemon.asked[0]?.params).toEqual({
      project: "*",
      kind: "note",
      tags: ["a"],
      session: "s",
      limit: 10,
    });
    expect(text).toBe("Nothing is stored here yet.");
  });
});
