/** What an older version stored with its secrets: found in every version, masked in place or forgotten, and gone from the disk. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { plantedSecrets, standsIn } from "../redaction/support/made-secrets.ts";
import { expectCode } from "../support/codes.ts";
import { chunks, clientOf, openHarness, PASSPHRASE, said, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { bytesBelow, engines } from "./real-engines.ts";

const GITHUB = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R";
const at = "2026-05-01T10:00:00Z";
/** As every version before this one. */
const old = { loadRedaction: () => (text: string) => ({ text, kinds: new Map<string, number>() }) };
const planted = plantedSecrets(90, 606);

async function scrubbed(harness: Harness, params: { forget?: boolean } = {}) {
  const confirmationToken = tokenOf(await harness.answer("memory.scrub", params));
  return harness.answer("memory.scrub", { ...params, confirmationToken });
}

const textsOf = async (harness: Harness, ids: readonly string[]) =>
  (await harness.call("memory.get", { ids: [...ids] })).memories;

/** Runs of bytes of the log that holds records until the store is opened again: sealed, so that none of them comes twice by chance. */
async function runsOf(folder: string): Promise<readonly Buffer[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (each) => each.isFile() && each.name.endsWith(".log"),
  );
  const bytes = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))));
  return bytes.flatMap((all) =>
    Array.from({ length: Math.floor(all.length / 96) }, (_, n) => all.subarray(n * 96, n * 96 + 32)).filter(
      (run) => new Set(run).size > 16,
    ),
  );
}

describe("scrubbing what an older version stored", () => {
  it("leaves none of ninety kinds, in no record and in no byte, through restarts", async () => {
    const next = await engines();
    const first = await next(old);
    await first.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
    const empty = await bytesBelow(next.directory);
    for (const { text } of planted) await first.call("memory.save", { text });
    const kept = await first.save("the lamp at Skarvik");
    const before = (await runsOf(next.directory)).filter((run) => !empty.includes(run));
    expect(before.length).toBeGreaterThan(100);
    const engine = await next();
    await engine.unlock();
    const listed = await engine.answer("memory.scrub", { dryRun: true });
    expect(listed).toMatchObject({ status: "found", memories: planted.length });
    expect(planted.filter(({ secret }) => standsIn(secret, JSON.stringify(listed)))).toEqual([]);
    expect(await scrubbed(engine)).toMatchObject({
      status: "scrubbed",
      memories: planted.length,
      forgotten: 0,
    });
    const after = await bytesBelow(next.directory);
    expect(before.filter((run) => after.includes(run))).toEqual([]);
    const last = await next();
    await last.unlock();
    expect(await last.answer("memory.scrub", {})).toMatchObject({ status: "found", secrets: 0 });
    const { memories } = await last.call("memory.recent", { limit: 100 });
    expect(memories).toHaveLength(planted.length + 1);
    const whole = memories.map(({ text }) => text).join("\n");
    expect(planted.filter(({ secret }) => standsIn(secret, whole))).toEqual([]);
    expect(await last.found("Skarvik")).toEqual([kept]);
  });
});

describe("masking", () => {
  /** An open vault with a note of two versions, a muted one and a turn, all with the same secret. */
  async function withSecrets() {
    const before = await openHarness(old);
    const one = await before.call("memory.save", { text: `first ${GITHUB}`, tags: ["deploy"] });
    const two = await before.call("memory.update", { id: one.id, text: `second ${GITHUB}` });
    const muted = await before.call("memory.save", { text: `quiet ${GITHUB}`, muted: true });
    const turns = [said("0b0f5d5e-0000-4000-8000-000000000002", `said ${GITHUB}`, { at, speaker: "Ada" })];
    await before.call("memory.capture", { project: "/p", session: "s", turns });
    const harness = before.restarted();
    await harness.unlock();
    const { memories } = await harness.call("memory.recent", { kind: "turn" });
    return { harness, ids: [one.id, two.id, muted.id, memories[0]!.id], turns };
  }

  it("changes the words alone, of every version: id, times, trust, session and history stay", async () => {
    const { harness, ids } = await withSecrets();
    const before = await textsOf(harness, ids);
    expect(await scrubbed(harness)).toMatchObject({ memories: 4, secrets: 4, kinds: [{ kind: "GitHub token", count: 4 }] });
    const mask = (json: string) => json.replaceAll(GITHUB, "[redacted: GitHub token]");
    expect(await textsOf(harness, ids)).toEqual(JSON.parse(mask(JSON.stringify(before))));
  }); // prettier-ignore

  it("waits for a purge that began by itself, and then purges", async () => {
    const { harness } = await withSecrets();
    const confirmationToken = tokenOf(await harness.answer("memory.scrub", {}));
    let tries = 0;
    harness.disk.hooks.beforeRewrite = () => {
      if (++tries < 3) throw new KeepsakeError("BUSY");
    };
    const answer = await harness.answer("memory.scrub", { confirmationToken });
    expect([answer.status, tries]).toEqual(["scrubbed", 3]);
  });

  it.each([false, true])(
    "that ends before its purge leaves the purge due, and the next one says so (forget: %s)",
    async (forget) => {
      const { harness, ids } = await withSecrets();
      const confirmationToken = tokenOf(await harness.answer("memory.scrub", { forget }));
      harness.disk.hooks.beforeRewrite = () => {
        throw new KeepsakeError("DISK_FULL");
      };
      await expectCode(harness.answer("memory.scrub", { forget, confirmationToken }), "DISK_FULL");
      harness.disk.hooks = {};
      const after = harness.restarted();
      await after.unlock();
      const again = await after.answer("memory.scrub", {});
      expect(again).toMatchObject({ status: "found", secrets: 0, purgePending: true });
      const { memories } = await after.call("memory.recent", { limit: 100, includeSuperseded: true });
      expect(memories).toHaveLength(forget ? 0 : ids.length);
    },
  );

  it("is what a search finds from then on", async () => {
    const { harness, ids } = await withSecrets();
    await scrubbed(harness);
    expect(new Set(await harness.found("redacted GitHub"))).toEqual(new Set([ids[1], ids[2], ids[3]]));
    expect(await harness.found(GITHUB)).toEqual([]);
    await harness.restarted().unlock();
  });

  it("is not undone, nor doubled, by what comes again", async () => {
    const { harness, turns } = await withSecrets();
    await scrubbed(harness);
    expect(await harness.call("memory.capture", { project: "/p", session: "s", turns })).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await harness.call("memory.capture", { project: "/p", session: "fork", turns })).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await harness.answer("memory.scrub", {})).toMatchObject({ secrets: 0 });
  }); // prettier-ignore

  it("forgets with --forget, all versions, and refuses what comes again", async () => {
    const { harness, ids, turns } = await withSecrets();
    expect(await scrubbed(harness, { forget: true })).toMatchObject({ memories: 4, forgotten: 3 });
    expect(await harness.call("memory.get", { ids })).toMatchObject({ memories: [], missing: ids });
    expect(await harness.call("memory.capture", { project: "/p", session: "s", turns })).toMatchObject({ stored: 0, forgotten: 1 });
  }); // prettier-ignore

  it("also masks what the person kept", async () => {
    const harness = await openHarness();
    const { id } = await harness.call("memory.save", { text: `use ${GITHUB}`, keepSecrets: true });
    await scrubbed(harness);
    expect((await textsOf(harness, [id]))[0]?.text).toBe("use [redacted: GitHub token]");
  });
});

describe("who may scrub", () => {
  it("is the person alone, with a token, for exactly what was named", async () => {
    const harness = await openHarness(old);
    await harness.call("memory.save", { text: `use ${GITHUB}` });
    const engine = harness.restarted();
    await engine.unlock();
    await expectCode(engine.answer("memory.scrub", {}, { client: clientOf("backup") }), "SCOPE_DENIED");
    const token = tokenOf(await engine.answer("memory.scrub", {}));
    await engine.call("data.import", { format: "mem0", keepSecrets: true }, { stream: chunks(`${JSON.stringify({ kind: "note", text: `new ${GITHUB}`, project: null, at })}\n`) });
    await expectCode(engine.answer("memory.scrub", { confirmationToken: token }), "CONFIRMATION_STALE");
    await expectCode(engine.answer("memory.scrub", { forget: true, confirmationToken: token }), "CONFIRMATION_INVALID");
    expect(await engine.answer("memory.scrub", { dryRun: true })).toMatchObject({ memories: 2 });
  }); // prettier-ignore

  it("changes nothing once it was cancelled", async () => {
    const harness = await openHarness();
    await harness.call("memory.save", { text: `use ${GITHUB}`, keepSecrets: true });
    const confirmationToken = tokenOf(await harness.answer("memory.scrub", {}));
    const asked = new AbortController();
    asked.abort();
    await expect(
      harness.answer("memory.scrub", { confirmationToken }, { signal: asked.signal }),
    ).rejects.toThrow();
    expect(await harness.answer("memory.scrub", { dryRun: true })).toMatchObject({ memories: 1 });
  });
});
