/** Secrets are out before anything is stored or sealed, whoever brings them and however they come. */
import { describe, expect, it } from "vitest";
import { fromUtf8 } from "../../src/base/bytes.ts";
import { encodeCaptured } from "../../src/protocol/turn-in-inbox.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import { lookAlikes } from "../redaction/support/look-alikes.ts";
import { plantedSecrets, standsIn } from "../redaction/support/made-secrets.ts";
import type { Planted } from "../redaction/support/made-secrets.ts";
import { expectCode } from "../support/codes.ts";
import { decodeMemory } from "../../src/service/memory-codec.ts";
import { chunks, clientOf, openHarness, PASSPHRASE, said, sealedHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const PLANTED = plantedSecrets(200, 40_101);
const HARMLESS = lookAlikes(200, 40_102);
const GITHUB = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R";
const at = "2026-11-29T10:00:00Z";
const CODEX = { ...clientOf("codex"), scopes: SCOPES.filter((scope) => scope !== "admin") };
const ADMIN = clientOf("backup");

/** Of every version of every memory, as it is in its record. */
async function allTexts(harness: Harness): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { plaintext } of harness.door.opened().scan("memory"))
    texts.push(decodeMemory(plaintext).text);
  return texts;
}

function expectNone(planted: readonly Planted[], stored: readonly string[]): void {
  const whole = stored.join("\n\u0001\n");
  expect(planted.filter(({ secret }) => standsIn(secret, whole))).toEqual([]);
}

/** What lies on the disk as it was before it was sealed. */
const unsealed = ({ disk }: Harness) =>
  [...disk.inbox.values()].map(({ plaintext }) => fromUtf8(plaintext)).join("\n");

const turnsOf = (texts: readonly string[]) => texts.map((text, n) => said(`m${n}`, text, { at }));
const linesOf = (entries: readonly object[]) =>
  chunks(entries.map((each) => `${JSON.stringify(each)}\n`).join(""));

describe("texts that take long to look through", () => {
  const TURNS = 20;
  /** Whatever a text says, as the dearest ones do. */
  const slow = {
    loadRedaction: () => (text: string) => {
      const until = performance.now() + 6;
      while (performance.now() < until);
      return { text, kinds: new Map<string, number>() };
    },
  };
  const turns = turnsOf(Array.from({ length: TURNS }, (_, n) => `turn ${n}`));

  /** How often others came to their turn. */
  async function turnsOfOthers(work: () => Promise<unknown>): Promise<number> {
    let [count, isDone] = [0, false];
    const next = () => {
      count += 1;
      if (!isDone) setImmediate(next);
    };
    setImmediate(next);
    await work();
    isDone = true;
    return count;
  }

  it("let others in between the turns of a capture, and between what waits in the inbox", async () => {
    const sealed = (await openHarness()).restarted(slow);
    const capture = { project: "/p", session: "s", turns };
    expect(await turnsOfOthers(() => sealed.call("memory.capture", capture))).toBeGreaterThanOrEqual(TURNS);
    const unlocked = () => sealed.call("vault.unlock", { with: "passphrase" }, { secrets: [PASSPHRASE] });
    expect(await turnsOfOthers(unlocked)).toBeGreaterThanOrEqual(TURNS);
  });
});

describe("two hundred secrets and two hundred look-alikes", () => {
  const texts = [...PLANTED.map(({ text }) => text), ...HARMLESS];
  const expectClean = async (harness: Harness) => {
    const stored = await allTexts(harness);
    expect(stored).toHaveLength(texts.length);
    expectNone(PLANTED, stored);
    expect(HARMLESS.filter((text) => !stored.includes(text))).toEqual([]);
  };

  it("captured while open", async () => {
    const harness = await openHarness();
    let redacted = 0;
    for (const [n, part] of [texts.slice(0, 200), texts.slice(200)].entries()) {
      const turns = turnsOf(part);
      const answer = await harness.call("memory.capture", { project: "/p", session: `s${n}`, turns: turns.map((turn) => ({ ...turn, messageId: `${n}-${turn.messageId}` })) }); // prettier-ignore
      redacted += answer.redacted ?? 0;
    }
    expect(redacted).toBeGreaterThanOrEqual(PLANTED.length);
    await expectClean(harness);
    const { secrets } = await harness.call("vault.status", {});
    expect(secrets).toEqual({ redacted, kept: 0 });
  });

  it("captured while sealed", async () => {
    const sealed = await sealedHarness();
    for (const [n, part] of [texts.slice(0, 200), texts.slice(200)].entries())
      await sealed.call("memory.capture", { project: "/p", session: `s${n}`, turns: turnsOf(part) });
    expectNone(PLANTED, [unsealed(sealed)]);
    await sealed.call("vault.unlock", { with: "passphrase" }, { secrets: [PASSPHRASE] });
    await expectClean(sealed);
  });

  it("saved", async () => {
    const harness = await openHarness();
    for (const text of texts) await harness.call("memory.save", { text }, { client: CODEX });
    await expectClean(harness);
  });

  it("imported", async () => {
    const harness = await openHarness();
    const entries = texts.map((text, n) => ({
      kind: "turn",
      text,
      project: "/p",
      session: "s",
      messageId: `m${n}`,
      at,
    }));
    const given = () => ({ stream: linesOf(entries) });
    const answer = await harness.call("data.import", { format: "keepsake" }, given());
    expect(answer.redacted).toBeGreaterThanOrEqual(PLANTED.length);
    await expectClean(harness);
    const again = await harness.call("data.import", { format: "keepsake" }, given());
    expect(again).toMatchObject({ stored: 0, duplicates: texts.length });
  });
});

describe("what else is said", () => {
  it("holds no secret either: tags, the name of a speaker, a new text", async () => {
    const harness = await openHarness();
    const { id, redacted } = await harness.call("memory.save", { text: "the lamp", tags: ["oil", GITHUB] });
    expect(redacted).toBe(1);
    const updated = await harness.call("memory.update", { id, text: `the lamp, ${GITHUB}` });
    expect(updated.redacted).toBe(1);
    await harness.call("memory.capture", { project: null, session: "s", turns: [said("m", "x", { at, speaker: GITHUB })] });
    const { memories } = await harness.call("memory.recent", {});
    expect(JSON.stringify(memories)).not.toContain(GITHUB);
    expect(memories.find((each) => each.id === updated.id)).toMatchObject({
      text: "the lamp, [redacted: GitHub token]",
      tags: ["oil", "[redacted:-GitHub-token]"],
    });
  }); // prettier-ignore

  it("is found by what stands in its place", async () => {
    const harness = await openHarness();
    await harness.call("memory.save", { text: `deploys with ${GITHUB}` });
    await harness.call("memory.save", { text: "deploys by hand" });
    const { hits } = await harness.call("memory.search", { query: "redacted GitHub" });
    expect(hits[0]?.snippet).toContain("[redacted: GitHub token]");
  });
});

describe("what waited in the inbox", () => {
  it("is looked through when it is taken in: a version before this one sealed it", async () => {
    const sealed = await sealedHarness();
    const turn = said("old", `we use ${GITHUB} here`, { at });
    const captured = { project: "/p", session: "s", source: "cli", receivedAt: Date.parse(at), turn };
    await sealed.door.capture([encodeCaptured(captured)], []);
    await sealed.call("vault.unlock", { with: "passphrase" }, { secrets: [PASSPHRASE] });
    expect(await allTexts(sealed)).toEqual(["we use [redacted: GitHub token] here"]);
  });
});

describe("what a version before this one stored with its secret", () => {
  const older = () => openHarness({ loadRedaction: () => (text) => ({ text, kinds: new Map() }) });
  const newer = async (old: Harness) => {
    const harness = old.restarted();
    await harness.call("vault.unlock", { with: "passphrase" }, { secrets: [PASSPHRASE] });
    return harness;
  };

  it("is no second memory when the same message comes again, in its session or in a fork", async () => {
    const old = await older();
    const turns = [said("0b0f5d5e-0000-4000-8000-000000000001", `use ${GITHUB}`, { at })];
    await old.call("memory.capture", { project: "/p", session: "s", turns });
    const harness = await newer(old);
    for (const session of ["s", "fork"])
      expect(await harness.call("memory.capture", { project: "/p", session, turns })).toMatchObject({ stored: 0, duplicates: 1, redacted: 1 }); // prettier-ignore
  });

  it("is no second note when the same lines are imported, and stays forgotten", async () => {
    const old = await older();
    const notes = [`use ${GITHUB}`, `never ${GITHUB}`].map((text) => ({
      kind: "note",
      text,
      project: null,
      at,
    }));
    await old.call("data.import", { format: "mem0" }, { stream: linesOf(notes) });
    const { memories } = await old.call("memory.recent", {});
    await old.call("memory.forget", { ids: [memories.find(({ text }) => text.startsWith("never"))!.id] });
    const harness = await newer(old);
    const again = await harness.call("data.import", { format: "mem0" }, { stream: linesOf(notes) });
    expect(again).toMatchObject({ stored: 0, duplicates: 1, forgotten: 1 });
  });
});

describe("keeping secrets", () => {
  it("is for the person alone", async () => {
    const harness = await openHarness();
    const { id } = await harness.call("memory.save", { text: "the lamp" });
    const keepSecrets = true;
    for (const client of [CODEX, ADMIN]) {
      await expectCode(harness.call("memory.save", { text: GITHUB, keepSecrets }, { client }), "SCOPE_DENIED");
      await expectCode(harness.call("memory.update", { id, text: GITHUB, keepSecrets }, { client }), "SCOPE_DENIED");
      const stream = linesOf([{ kind: "note", text: GITHUB, project: null, at }]);
      await expectCode(harness.call("data.import", { format: "mem0", keepSecrets }, { client, stream }), "SCOPE_DENIED");
    }
    expect(await allTexts(harness)).toEqual(["the lamp"]);
  }); // prettier-ignore

  it("stores what was given, and counts it", async () => {
    const harness = await openHarness();
    const saved = await harness.call("memory.save", { text: GITHUB, keepSecrets: true });
    expect(saved).toMatchObject({ keptSecrets: 1 });
    await harness.call("memory.update", { id: saved.id, text: `${GITHUB}!`, keepSecrets: true });
    const stream = linesOf([{ kind: "note", text: `${GITHUB}?`, project: null, at }]);
    expect(await harness.call("data.import", { format: "mem0", keepSecrets: true }, { stream })).toMatchObject({ stored: 1, keptSecrets: 1 });
    expect((await allTexts(harness)).toSorted()).toEqual([GITHUB, `${GITHUB}!`, `${GITHUB}?`]);
    expect((await harness.call("vault.status", {})).secrets).toEqual({ redacted: 0, kept: 3 });
  }); // prettier-ignore
});

describe("the same call again", () => {
  it("is the same by its key, secret and all", async () => {
    const harness = await openHarness();
    const params = { text: `use ${GITHUB}`, idempotencyKey: "key-0001" };
    const first = await harness.call("memory.save", params);
    const again = await harness.call("memory.save", params);
    expect(again).toEqual({ ...first, reused: true });
    await expectCode(harness.call("memory.save", { ...params, text: "another" }), "IDEMPOTENCY_CONFLICT");
  });
});
