/** A command that finds the vault locked: it asks for what opens it and goes on, where there is somebody to ask. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { ID, keepsake } from "./harness.ts";
import type { Setting } from "./harness.ts";
import { TestPinentry } from "../support/pinentry.ts";

const GOOD = "correct horse battery staple";
const STATUS = { version: "9.8.7", pid: 42, waiting: 0 };
const memory = {
  id: ID,
  kind: "note" as const,
  text: "The winch is oiled.",
  project: null,
  source: "cli",
  tags: [],
  at: "2026-11-12T09:00:00.000Z",
  savedAt: "2026-11-12T09:00:00.000Z",
  pinned: false,
  trust: "user" as const,
};
const ROTATED = {
  records: 1,
  generation: 2,
  damage: { damaged: [], damagedCount: 0, missingCount: 0 },
  droppedSlots: [],
};

/** A daemon with a vault that is locked until it is unlocked. */
function locked(
  keychain: "none" | "opens" | "fails" = "none",
  retryAfterMs = 0,
): NonNullable<Setting["answers"]> {
  let isOpen = false;
  const whenOpen =
    <T>(answer: T) =>
    () => {
      if (!isOpen) throw new KeepsakeError("VAULT_SEALED");
      return answer;
    };
  const answers: NonNullable<Setting["answers"]> = {
    "vault.status": () => ({
      ...STATUS,
      state: isOpen ? "open" : "sealed",
      keychain: keychain !== "none",
      ...(retryAfterMs > 0 && !isOpen && { unlockRetryAfterMs: retryAfterMs }),
    }),
    "vault.unlock": (params, { secrets }) => {
      if (params.with === "keychain" ? keychain === "fails" : secrets[0] !== GOOD)
        throw new KeepsakeError(params.with === "keychain" ? "KEYCHAIN_UNAVAILABLE" : "WRONG_PASSPHRASE");
      isOpen = true;
      return { state: "open", already: false, memories: 1, drained: 0, unverified: 2 };
    },
    "memory.search": whenOpen({
      hits: [{ ...memory, score: 1, snippet: memory.text }],
      more: false,
      complete: true,
    }),
    "memory.recent": whenOpen({ memories: [memory], more: false }),
    "memory.save": whenOpen({ id: ID, reused: false }),
    "memory.leave": () => (isOpen ? { waiting: 0, id: ID } : { waiting: 1 }),
    "memory.projects": whenOpen({ projects: [], tags: [] }),
    "key.list": whenOpen({ slots: [] }),
    "vault.verify": whenOpen({
      records: 1,
      ok: true,
      damage: { damaged: [], damagedCount: 0, missingCount: 0 },
    }),
  };
  return answers;
}

const methods = ({ calls }: { readonly calls: readonly { readonly method: string }[] }) =>
  calls.map(({ method }) => method);

describe("a command that finds the vault locked", () => {
  it.each([
    [["recent", "-a", "--json"], "memory.recent"],
    [["search", "-a", "winch", "--json"], "memory.search"],
    [["verify"], "vault.verify"],
    [["save", "The winch is oiled.", "--no-project"], "memory.save"],
  ] as const)("asks for the passphrase, says why, and goes on: %j", async (argv, method) => {
    const ran = await keepsake([...argv], { answers: locked(), typed: [GOOD] });
    expect([ran.exit, ran.questions]).toEqual([0, ["Passphrase:"]]);
    expect(methods(ran)).toEqual([method, "vault.status", "vault.unlock", method]);
    expect(ran.out).not.toMatch(/locked|open/);
    expect(ran.err).toMatch(/^the vault is locked; its passphrase opens it and this goes on/);
    expect(ran.err).toContain("2 waiting turns or notes of unknown origin");
    expect(ran.secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("says of a note that it is kept, and of a new version and all else that the vault stays locked", async () => {
    const esc = async (...argv: string[]) => {
      const { exit, err } = await keepsake(argv, { answers: locked(), typed: [false] });
      return [exit, err.split("\n").slice(0, 2)];
    };
    const asked = "the vault is locked; its passphrase opens it and this goes on";
    expect(await esc("save", "x", "--no-project")).toEqual([
      0,
      [asked, "Esc keeps the note for the next unlock"],
    ]);
    expect(await esc("save", "x", "--supersedes", ID)).toEqual([4, [asked, "Esc leaves it locked"]]);
    expect(await esc("recent", "-a")).toEqual([4, [asked, "Esc leaves it locked"]]);
  });

  it("draws no progress bar over the question, and goes on with it behind the answer", async () => {
    const ran = await keepsake(["verify"], { answers: locked(), typed: ["wrong one", GOOD] });
    expect(ran.bars.filter((each) => each === "?" || each.includes("verifying"))).toEqual([
      "+ verifying",
      "- verifying",
      "?",
      "?",
      "+ verifying",
      "- verifying",
    ]);
    const esc = await keepsake(["verify"], { answers: locked(), typed: [false] });
    expect(esc.bars).toEqual(["+ verifying", "- verifying", "?", "+ verifying", "- verifying"]);
  });

  it("takes three tries, and then changes nothing and ends with 6", async () => {
    const second = await keepsake(["recent", "-a"], { answers: locked(), typed: ["wrong one", GOOD] });
    expect([second.exit, second.questions.length]).toEqual([0, 2]);
    const never = await keepsake(["recent", "-a"], { answers: locked(), typed: ["a", "b", "c", GOOD] });
    expect([never.exit, never.questions.length, methods(never).at(-1)]).toEqual([6, 3, "vault.unlock"]);
  });

  it("keeps a note of whom no passphrase comes to mind", async () => {
    const ran = await keepsake(["save", "x", "--no-project"], {
      answers: locked(),
      typed: ["a", "b", "c", GOOD],
    });
    expect([ran.exit, ran.questions.length, methods(ran).at(-1)]).toEqual([0, 3, "memory.leave"]);
    expect(ran.err).toContain("locked: kept, sealed, until the next unlock");
  });

  it("asks nothing of a keychain that opens it, and for the passphrase behind one that does not", async () => {
    const opens = await keepsake(["recent", "-a"], { answers: locked("opens"), typed: [] });
    expect([opens.exit, opens.questions, opens.err]).toEqual([
      0,
      [],
      expect.not.stringContaining("passphrase"),
    ]);
    const fails = await keepsake(["recent", "-a"], { answers: locked("fails"), typed: [GOOD] });
    expect([fails.exit, fails.questions]).toEqual([0, ["Passphrase:"]]);
    expect(fails.err).toContain("the keychain did not open it");
  });

  it("waits out what wrong passphrases made the daemon refuse", async () => {
    const from = performance.now();
    expect((await keepsake(["recent", "-a"], { answers: locked("none", 300), typed: [GOOD] })).exit).toBe(0);
    expect(performance.now() - from).toBeGreaterThanOrEqual(290);
  });

  it("ends with 130 on Ctrl-C, before anything was asked of the daemon but its state", async () => {
    const ran = await keepsake(["recent", "-a"], { answers: locked(), typed: [] });
    expect([ran.exit, methods(ran)]).toEqual([130, ["memory.recent", "vault.status"]]);
  });

  it.each([
    ["off a terminal", [], {}],
    ["with --no-input", ["--no-input"], { typed: [GOOD] }],
  ] as const)("ends with 4 and today's words %s", async (_, more, setting) => {
    for (const argv of [["recent", "-a"], ["search", "-a", "x"], ["verify"]]) {
      const ran = await keepsake([...argv, ...more], { answers: locked(), ...setting });
      expect([ran.exit, ran.questions, ran.out]).toEqual([4, [], ""]);
      expect(ran.err).toBe(
        'keepsake: error: the vault is locked\nkeepsake: hint: run "keepsake unlock" in a terminal, then retry\n',
      );
    }
  });

  it("asks through a pinentry program where the command does", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ks-locked-"));
    const pinentry = new TestPinentry(folder);
    pinentry.answers({ gives: GOOD });
    const answers = { ...locked(), "vault.rotate": () => ROTATED };
    const environment = { PATH: pinentry.path() };
    const ran = await keepsake(["rotate", "--master", "--pinentry"], {
      answers,
      typed: [true],
      environment,
    });
    expect([ran.exit, methods(ran)]).toEqual([
      0,
      ["vault.status", "vault.status", "vault.unlock", "vault.status", "key.list", "vault.rotate"],
    ]);
    expect([pinentry.dialogs().length, ran.questions.length]).toEqual([2, 1]);
    rmSync(folder, { recursive: true });
  });

  it("ends with 4 on Esc, and asks no second time in the run", async () => {
    const esc = await keepsake(["recent", "-a"], { answers: locked(), typed: [false, GOOD] });
    expect([esc.exit, esc.questions]).toEqual([4, ["Passphrase:"]]);
    const twice = await keepsake(["client", "add", "x", "--project", "lantern"], {
      answers: locked(),
      typed: [false, GOOD],
    });
    expect([twice.exit, twice.questions]).toEqual([4, ["Passphrase:"]]);
  });

  it.each([
    ["off a terminal", [], {}, []],
    ["with --no-input", ["--no-input"], { typed: [GOOD] }, []],
    ["on Esc", [], { typed: [false] }, ["Passphrase:"]],
    ["with its text from standard input", [], { typed: [GOOD], stdin: "The winch is oiled.\n" }, []],
  ] as const)("leaves a note in the inbox and says so %s", async (_, more, setting, questions) => {
    const words = "stdin" in setting ? [] : ["The winch is oiled."];
    const argv = ["save", ...words, "--no-project", "--tag", "crane", "--pin", ...more];
    const ran = await keepsake(argv, { answers: locked(), ...setting });
    expect([ran.exit, ran.out, ran.questions]).toEqual([0, "", questions]);
    expect(ran.err).toContain("locked: kept, sealed, until the next unlock\n");
    expect(ran.calls.at(-1)?.params).toEqual({
      text: "The winch is oiled.",
      project: null,
      tags: ["crane"],
      pinned: true,
    });
    expect(methods(ran).at(-1)).toBe("memory.leave");
    const json = await keepsake([...argv, "--json"], { answers: locked(), ...setting });
    expect([json.exit, JSON.parse(json.out)]).toEqual([0, { waiting: true }]);
  });

  it("leaves a note in a project that is a folder, and not in one that only an open vault can tell", async () => {
    const folder = await keepsake(["save", "x", "--project", "/"], { answers: locked() });
    expect([folder.exit, folder.calls.at(-1)?.params["project"]]).toEqual([0, "/"]);
    const named = await keepsake(["save", "x", "--project", "lantern"], { answers: locked() });
    expect([named.exit, methods(named)]).toEqual([4, ["memory.projects"]]);
  });

  it("leaves no note that supersedes another", async () => {
    const ran = await keepsake(["save", "x", "--supersedes", ID], { answers: locked() });
    expect([ran.exit, methods(ran)]).toEqual([4, ["memory.save"]]);
    expect(ran.err).toContain("what a note supersedes cannot be looked at while the vault is locked");
  });

  it.each([["status"], ["lock"], ["status", "--json"]])("is never asked by %j", async (...argv) => {
    const answers = { ...locked(), "vault.lock": () => ({ state: "sealed" as const }) };
    const ran = await keepsake(argv, { answers, typed: [GOOD] });
    expect([ran.exit, ran.questions]).toEqual([0, []]);
  });
});
