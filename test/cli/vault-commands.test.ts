import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ERRORS, KeepsakeError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import type { CallOptions } from "../../src/client/keepsake-client.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import type { Setting } from "./harness.ts";
import { ID, NO_DAMAGE, RECOVERY_KEY, SOCKET, keepsake, refuse } from "./harness.ts";

const GOOD = "correct horse battery";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keepsake-vault-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A descriptor that gives these bytes. */
function descriptor(content: string | Uint8Array): string {
  const path = join(folder, "secret");
  writeFileSync(path, content);
  return String(openSync(path, "r"));
}

function status(more: Partial<Result<"vault.status">> = {}): Result<"vault.status"> {
  return { state: "sealed", version: "0.1.0", pid: 42, waiting: 0, keychain: false, ...more };
}

const isOpen = { "vault.status": () => status({ state: "open" }) };
const AT = "2026-11-01T10:00:00.000Z";
const kdf = { memoryKiB: 65_536, passes: 3, parallelism: 2, milliseconds: 900 };
const creating = {
  "vault.status": () => status({ state: "missing" }),
  "vault.create": ({ recovery }: { recovery: boolean }, { options }: { options: CallOptions }) => {
    if (recovery) options.onSecret?.(new Secret(new Uint8Array(Buffer.from(RECOVERY_KEY))));
    return { vaultId: "v", kdf };
  },
};

const opened: Result<"vault.unlock"> = {
  state: "open",
  already: false,
  memories: 12,
  drained: 0,
  damage: { ...NO_DAMAGE, damaged: [] },
};
/** Opens with one passphrase only. */
const opening = {
  "vault.status": () => status(),
  "vault.unlock": (_params: unknown, { secrets }: { secrets: readonly string[] }) => {
    if (secrets[0] !== GOOD) return refuse("WRONG_PASSPHRASE")();
    return opened;
  },
};

const fault = { code: "VAULT_INCOMPLETE", message: "keyring.a and keyring.b are missing from /v" } as const;

describe("a vault that a part is missing from", () => {
  const answers = { "vault.status": () => status({ fault }) };

  it.each([[["unlock"]], [["key", "change"]]])("is told of by keepsake %j before it asks", async (argv) => {
    const { exit, err, questions } = await keepsake(argv, { answers, typed: [GOOD], isTerminal: true });
    expect(exit).toBe(7);
    expect(err).toContain(fault.message);
    expect(err).toContain("keepsake init --set-aside");
    expect(questions).toEqual([]);
  });

  it("is told of by its status, with what to do", async () => {
    const { exit, out } = await keepsake(["status"], { answers });
    expect(exit).toBe(0);
    expect(out).toContain("cannot be opened (VAULT_INCOMPLETE)");
    expect(out).toContain(fault.message);
    expect(out).toContain("keepsake init --set-aside");
    const untold = { "vault.status": () => status({ fault: { code: "VAULT_INCOMPLETE" } }) };
    expect((await keepsake(["status"], { answers: untold })).out).toContain(ERRORS.VAULT_INCOMPLETE.summary);
  });
});

describe("a vault that is open to be read and repaired", () => {
  const readOnly = { code: "VAULT_DAMAGED", since: AT, message: "its anchor is missing or damaged" } as const;

  it("says why, by unlock and by status", async () => {
    const unlocking = { ...opening, "vault.unlock": () => ({ ...opened, readOnly }) };
    const { err } = await keepsake(["unlock", "--passphrase-fd", descriptor(GOOD)], { answers: unlocking });
    expect(err).toContain("do not hold what keepsake wrote; its anchor is missing or damaged");
    const open = { memories: 1, since: AT, index: { complete: true }, readOnly };
    const shown = await keepsake(["status"], {
      answers: { "vault.status": () => status({ state: "open", open }) },
    });
    expect(shown.out).toContain(readOnly.message);
  });

  it("is opened by an older keyring only when told to", async () => {
    const argv = ["unlock", "--accept-rollback", "--passphrase-fd", descriptor(GOOD)];
    const { calls } = await keepsake(argv, { answers: opening });
    expect(calls.at(-1)!.params).toEqual({ with: "passphrase", acceptRollback: true });
  });
});

describe("init", () => {
  it("takes the passphrase from a descriptor and prints the recovery key alone on standard output", async () => {
    const argv = ["init", "--passphrase-fd", descriptor(`${GOOD}\n`)];
    const { exit, out, err, calls, secrets } = await keepsake(argv, { answers: creating });
    expect([exit, out]).toEqual([0, `${RECOVERY_KEY}\n`]);
    expect(err).toContain("shown this once");
    const params = { recovery: true, setAside: false };
    expect(calls[1]).toEqual({ method: "vault.create", params, secrets: [GOOD] });
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it.each([
    ["an open vault", { state: "open" }, "VAULT_EXISTS", "it is open"],
    ["a sealed vault", { state: "sealed" }, "VAULT_EXISTS", "there is a vault already"],
    ["a vault without its keyring", { state: "sealed", fault }, "VAULT_INCOMPLETE", fault.message],
  ] as const)("asks for nothing where there is %s", async (_, present, code, said) => {
    const answers = { ...creating, "vault.status": () => status(present) };
    const { exit, err, calls } = await keepsake(["init", "--passphrase-fd", descriptor(GOOD)], { answers });
    expect(exit).toBe(ERRORS[code].exit);
    expect(err).toContain(said);
    expect(calls.map(({ method }) => method)).toEqual(["vault.status"]);
  });

  it.each([
    ["nothing is wrong with", {}],
    ["its keyring is missing from", { fault }],
  ])("sets aside, when told to, a sealed vault that %s, and says where it is", async (_, more) => {
    const answers = {
      "vault.status": () => status({ state: "sealed", ...more }),
      "vault.create": () => ({ vaultId: "v", kdf, setAside: "/v-set-aside-1" }),
    };
    const argv = ["init", "--set-aside", "--yes", "--no-recovery", "--passphrase-fd", descriptor(GOOD)];
    const { exit, err, calls } = await keepsake(argv, { answers });
    expect(exit).toBe(0);
    expect(err).toContain("what was there is in /v-set-aside-1 now\n");
    expect(calls[1]!.params).toEqual({ recovery: false, setAside: true });
  });

  it("sets no open vault aside", async () => {
    const argv = ["init", "--set-aside", "--passphrase-fd", descriptor(GOOD)];
    const { exit, calls } = await keepsake(argv, { answers: isOpen });
    expect([exit, calls.length]).toEqual([1, 1]);
  });

  it("prints one JSON value, with the recovery key in it", async () => {
    const argv = ["init", "--json", "--passphrase-fd", descriptor(GOOD)];
    const { out } = await keepsake(argv, { answers: creating });
    expect(JSON.parse(out)).toEqual({ vaultId: "v", kdf, recoveryKey: RECOVERY_KEY });
    const without = ["init", "--json", "--no-recovery", "--passphrase-fd", descriptor(GOOD)];
    expect(JSON.parse((await keepsake(without, { answers: creating })).out)).toEqual({ vaultId: "v", kdf });
  });

  it("asks twice, shows the recovery key and has a part of it retyped", async () => {
    // Which group is asked for is random: typing wrong ones until the tries end would fail, so every group is the same.
    const same = Array.from({ length: 12 }, () => "QPZRY").join("-");
    const answers = {
      ...creating,
      "vault.create": (_params: unknown, { options }: { options: CallOptions }) => {
        options.onSecret?.(new Secret(new Uint8Array(Buffer.from(same))));
        return { vaultId: "v", kdf };
      },
    };
    const typed = [GOOD, GOOD, "wrong", " qpzry "];
    const { exit, out, err, questions, secrets, calls } = await keepsake(["init"], {
      answers,
      typed,
      isTerminal: true,
      environment: { NO_COLOR: "1" },
    });
    expect(exit).toBe(0);
    expect(out).toBe("");
    expect(err.match(/QPZRY/g)).toHaveLength(12);
    expect(err).toContain("that is not it");
    expect(questions[2]).toMatch(/^To show that it is saved, type group \d+ of 12:$/);
    expect(calls.map(({ method }) => method)).toEqual(["vault.status", "vault.create"]);
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("starts over when the two passphrases differ, and gives up after three tries", async () => {
    const typed = [GOOD, "another one", GOOD, "a third one", GOOD, "a fourth one"];
    const { exit, err, calls, secrets } = await keepsake(["init"], { answers: creating, typed });
    expect(exit).toBe(2);
    expect(err).toContain("the two differ; once more");
    expect(err).toContain("keepsake: error: the two passphrases differ");
    expect(calls.map(({ method }) => method)).toEqual(["vault.status"]);
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("asks again for a passphrase that everybody would guess, and says how strong the next one is", async () => {
    const guesses = (passphrase: string) => (passphrase === "Password123!" ? 4.7 : 9.2);
    const { exit, err, secrets } = await keepsake(["init", "--no-recovery"], {
      answers: creating,
      typed: ["Password123!", GOOD, GOOD],
      guesses,
    });
    expect(exit).toBe(0);
    expect(err).toContain("one of the first that anybody would guess; once more\n");
    expect(err).toContain("strength: fair, about 10^9 guesses\n");
    expect(err.match(/strength:/g)).toHaveLength(1);
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("goes on where the strength cannot be told, and says so", async () => {
    const setting = { answers: creating, typed: [GOOD, GOOD], guesses: () => undefined };
    const { exit, err } = await keepsake(["init", "--no-recovery"], setting);
    expect([exit, err.includes("could not be told")]).toEqual([0, true]);
  });

  it("asks before a sound vault is set aside, and not for one that is broken", async () => {
    const sealed = { ...creating, "vault.status": () => status({ state: "sealed" }) };
    const argv = ["init", "--no-recovery", "--set-aside"];
    const no = await keepsake(argv, { answers: sealed, typed: [false] });
    expect([no.exit, no.calls.map(({ method }) => method)]).toEqual([130, ["vault.status"]]);
    expect((await keepsake(argv, { answers: sealed, stdin: "" })).exit).toBe(2);
    const yes = await keepsake([...argv, "--yes"], { answers: sealed, typed: [GOOD, GOOD] });
    expect(yes.calls.map(({ method }) => method)).toContain("vault.create");
  });

  it("asks again for a passphrase that is too short, having said how long it must be", async () => {
    const typed = ["short", GOOD, GOOD];
    const { err, questions, secrets, calls } = await keepsake(["init", "--no-recovery"], {
      answers: creating,
      typed,
    });
    expect(questions[0]).toBe("New passphrase (at least 8 characters):");
    expect(err).toContain("the passphrase is shorter than 8 characters; once more\n");
    expect(calls.map(({ method }) => method)).toContain("vault.create");
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("says that the vault is there when the user leaves before confirming the recovery key", async () => {
    const { exit, err } = await keepsake(["init"], { answers: creating, typed: [GOOD, GOOD] });
    expect(exit).toBe(130);
    expect(err).toContain("the vault is there, but its recovery key was not confirmed");
    expect(err).toContain("the key is valid\n");
    expect(err).toContain("keepsake key add recovery");
    expect(err).toContain("keepsake key remove <id>");
  });

  it("offers the keychain, and goes on when there is none", async () => {
    const answers = { ...creating, "key.add": refuse("KEYCHAIN_UNAVAILABLE") };
    const typed = [GOOD, GOOD, true];
    const { exit, err } = await keepsake(["init", "--no-recovery"], {
      answers,
      typed,
      mayHaveKeychain: true,
    });
    expect(exit).toBe(0);
    expect(err).toContain("keychain does not answer");
  });

  it.each([
    ["short passphrases", { typed: ["short", "2short", "3short"] }, 2, "shorter than 8 characters"],
    [
      "short passphrases of many bytes",
      { typed: Array(3).fill("日本語のうた") },
      2,
      "shorter than 8 characters",
    ],
    [
      "accents typed apart from their letters, which are characters together",
      { typed: Array(3).fill("e\u0301".repeat(4)) },
      2,
      "shorter than 8 characters",
    ],
    ["nobody to ask", {}, 2, "--passphrase-fd"],
    [
      "a vault that exists",
      { answers: { "vault.status": () => status() }, typed: [] },
      1,
      "there is a vault already",
    ],
  ])("refuses %s", async (_, setting, exit, message) => {
    const outcome = await keepsake(["init"], { answers: creating, ...setting });
    expect(outcome.exit).toBe(exit);
    expect(outcome.err).toContain(message);
  });
});

describe("unlock", () => {
  it("opens with a passphrase from a descriptor, one line end taken off", async () => {
    for (const content of [GOOD, `${GOOD}\n`, `${GOOD}\r\n`]) {
      const { exit, out } = await keepsake(["unlock", "--passphrase-fd", descriptor(content)], {
        answers: opening,
      });
      expect([exit, out]).toEqual([0, "open: 12 memories\n"]);
    }
    const two = await keepsake(["unlock", "--passphrase-fd", descriptor(`${GOOD}\n\n`)], {
      answers: opening,
    });
    expect(two.exit).toBe(6);
  });

  it("normalises what was typed: the same passphrase from every keyboard", async () => {
    const { calls } = await keepsake(["unlock"], {
      answers: opening,
      typed: ["cafe\u0301 passphrase", GOOD],
    });
    expect(calls[1]?.secrets).toEqual(["caf\u00E9 passphrase"]);
  });

  it("is a success when the vault is open already, without asking", async () => {
    const answers = {
      "vault.status": () => status({ state: "open" }),
      "vault.unlock": () => ({ ...opened, already: true }),
    };
    const { exit, out, questions } = await keepsake(["unlock"], { answers, typed: [] });
    expect({ exit, out, questions }).toEqual({ exit: 0, out: "open already: 12 memories\n", questions: [] });
  });

  it("lets a slip be corrected on a terminal, three tries in all", async () => {
    const second = await keepsake(["unlock"], { answers: opening, typed: ["a slip of the hand", GOOD] });
    expect(second.exit).toBe(0);
    const never = await keepsake(["unlock"], {
      answers: opening,
      typed: ["wrong one", "wrong two", "wrong three", GOOD],
    });
    expect(never.exit).toBe(6);
    expect(never.questions).toHaveLength(3);
    expect(never.err.split("\n").slice(-3, -1)).toEqual([
      "keepsake: error: wrong passphrase",
      'keepsake: hint: when it is lost, "keepsake unlock --recovery" opens the vault with the recovery key',
    ]);
    expect(never.err.match(/--recovery/g)).toHaveLength(1);
    expect(never.secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("exits with 6 at once where the passphrase came from a descriptor", async () => {
    const argv = ["unlock", "--passphrase-fd", descriptor("a slip of the hand")];
    const { exit, err, calls } = await keepsake(argv, { answers: opening, typed: [GOOD] });
    expect(exit).toBe(6);
    expect(err).toContain("keepsake: error: wrong passphrase\n");
    expect(err).not.toContain("slip");
    expect(calls).toHaveLength(2);
  });

  it.each([
    ["unlock", ["unlock"], opening],
    [
      "key change",
      ["key", "change"],
      {
        "key.change": () => ({
          slot: { id: "xj2irwvv", kind: "passphrase" as const, label: "", created: AT },
        }),
      },
    ],
    [
      "rotate --master",
      ["rotate", "--master", "--no-recovery", "--yes"],
      { "vault.rotate": () => ({ records: 5, generation: 2, droppedSlots: [], damage: NO_DAMAGE }) },
    ],
  ] as const)(
    "and %s wait as long as wrong passphrases make everyone wait",
    async (command, argv, answers) => {
      const state = command === "unlock" ? "sealed" : "open";
      const lines = command === "key change" ? `${GOOD}\nanother ${GOOD}\n` : GOOD;
      const begun = performance.now();
      const { exit } = await keepsake([...argv, "--passphrase-fd", descriptor(lines)], {
        answers: { ...answers, "vault.status": () => status({ state, unlockRetryAfterMs: 300 }) },
      });
      expect(exit).toBe(0);
      expect(performance.now() - begun).toBeGreaterThan(290);
    },
  );

  it("stops waiting when it is interrupted", async () => {
    const { exit, calls } = await keepsake(["unlock", "--passphrase-fd", descriptor(GOOD)], {
      answers: { ...opening, "vault.status": () => status({ unlockRetryAfterMs: 10_000 }) },
      signal: AbortSignal.timeout(50),
    });
    expect(exit).toBe(130);
    expect(calls).toHaveLength(1);
  });

  it("names the recovery key where that is what did not open it", async () => {
    const argv = ["unlock", "--recovery", "--passphrase-fd", descriptor(RECOVERY_KEY)];
    const { exit, err } = await keepsake(argv, { answers: opening });
    expect(exit).toBe(6);
    expect(err).toContain("keepsake: error: wrong recovery key: it is typed right, and no slot");
    expect(err).toContain("removed or replaced since");
    expect(err).not.toContain("mistyped");
  });

  it("asks for the recovery key by its name, and says so where there is nobody to ask", async () => {
    const { questions } = await keepsake(["unlock", "--recovery"], {
      answers: opening,
      typed: [RECOVERY_KEY],
    });
    expect(questions[0]).toBe("Recovery key:");
    const { exit, err } = await keepsake(["unlock", "--recovery"], { answers: opening });
    expect(exit).toBe(2);
    expect(err).toContain(
      "keepsake: error: a recovery key is needed, and there is no terminal to ask on or --no-input was given\n",
    );
    expect(err).not.toContain("a passphrase");
    const plain = await keepsake(["unlock"], { answers: opening });
    expect(plain.err).toContain(
      "keepsake: error: a passphrase is needed, and there is no terminal to ask on or --no-input was given\n",
    );
  });

  it("takes an Enter alone for a slip, not for a guess that the daemon would count", async () => {
    const guesses: string[] = [];
    const answers = {
      ...opening,
      "vault.unlock": (_params: object, { secrets }: { secrets: readonly string[] }) => {
        guesses.push(secrets[0] ?? "");
        return { state: "open" as const, already: false, memories: 3, drained: 0 };
      },
    };
    const typed = ["", "", "", "", "passphrase"];
    const { exit, err } = await keepsake(["unlock"], { answers, typed });
    expect([exit, guesses]).toEqual([0, ["passphrase"]]);
    expect(err).toBe("nothing was typed; Ctrl-C ends this\n".repeat(4));
  });

  it("tells a recovery key that is mistyped from one that is wrong, and asks again", async () => {
    const message = "that is not a recovery key: a character is mistyped";
    const facts = { mistyped: true };
    const answers = {
      ...opening,
      "vault.unlock": () => {
        throw new KeepsakeError("WRONG_PASSPHRASE", message, { hint: "type it as printed", facts });
      },
    };
    const typed = [RECOVERY_KEY, RECOVERY_KEY, RECOVERY_KEY];
    const { exit, err } = await keepsake(["unlock", "--recovery"], { answers, typed });
    const line = "keepsake: error: that is not a recovery key: a character is mistyped\n";
    const again = `${line}keepsake: hint: once more\n`;
    expect([exit, err]).toEqual([6, `${again}${again}${line}keepsake: hint: type it as printed\n`]);
  });

  it.each([
    ["with dashes", RECOVERY_KEY],
    ["without", RECOVERY_KEY.replaceAll("-", "")],
  ])("asks for the group at fault alone, %s, and keeps the others", async (_, whole) => {
    const isDashed = whole.includes("-");
    const slip = isDashed
      ? RECOVERY_KEY.replace(/^(.{12}).(.{5})/, "$1$2")
      : whole.replace(/^(.{10})./, "$1!");
    const tried: string[] = [];
    const answers = {
      ...opening,
      "vault.unlock": (_params: object, { secrets }: { secrets: readonly string[] }) => {
        tried.push(secrets[0] ?? "");
        const letters = (secrets[0] ?? "").replaceAll("-", "");
        if (letters === RECOVERY_KEY.replaceAll("-", ""))
          return { state: "open" as const, already: false, memories: 3, drained: 0 };
        throw new KeepsakeError("WRONG_PASSPHRASE", "look at group 3", {
          facts: { mistyped: true, group: 3 },
        });
      },
    };
    const typed = [slip, "wrong", RECOVERY_KEY.slice(12, 17)];
    const { err, questions, secrets } = await keepsake(["unlock", "--recovery"], { answers, typed });
    expect(questions.slice(0, 3)).toEqual(["Recovery key:", "Group 3 of 12:", "Group 3 of 12:"]);
    expect(err).toContain("keepsake: error: look at group 3\nkeepsake: hint: type that group once more");
    expect(tried).toHaveLength(3);
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("tries the keychain first when it is set up, then asks", async () => {
    const answers = {
      "vault.status": () => status({ keychain: true }),
      "vault.unlock": (params: { with: string }, call: { secrets: readonly string[] }) =>
        params.with === "keychain" ? refuse("KEYCHAIN_UNAVAILABLE")() : opening["vault.unlock"](params, call),
    };
    const { exit, calls } = await keepsake(["unlock"], { answers, typed: [GOOD] });
    expect(exit).toBe(0);
    expect(calls.map(({ params }) => params["with"])).toEqual([undefined, "keychain", "passphrase"]);
    const alone = await keepsake(["unlock", "--keychain"], { answers, typed: [GOOD] });
    expect([alone.exit, alone.questions]).toEqual([1, []]);
  });

  it("asks for a new passphrase after the recovery key opened it, and adds it", async () => {
    const answers = {
      "vault.status": () => status(),
      "vault.unlock": () => opened,
      "key.add": () => ({
        slot: { id: "abcd1234", kind: "passphrase" as const, label: "", created: "2026-11-12T00:00:00Z" },
      }),
    };
    const typed = [RECOVERY_KEY, "a brand new one", "a brand new one"];
    const { exit, calls } = await keepsake(["unlock", "--recovery"], { answers, typed });
    expect(exit).toBe(0);
    expect(calls.slice(1).map(({ method, params, secrets }) => [method, params, secrets])).toEqual([
      ["vault.unlock", { with: "recovery", acceptRollback: false }, [RECOVERY_KEY]],
      ["key.add", { kind: "passphrase" }, ["a brand new one"]],
    ]);
    const argv = ["unlock", "--recovery", "--no-input", "--passphrase-fd", descriptor(RECOVERY_KEY)];
    const skipped = await keepsake(argv, { answers, typed });
    expect([skipped.exit, skipped.calls.length]).toEqual([0, 2]);
    expect(skipped.err).toContain("keepsake key add passphrase");
  });

  it("says how long to wait after failures", async () => {
    const answers = { ...opening, "vault.unlock": refuse("RATE_LIMITED", { retryAfterMs: 3_200 }) };
    const { exit, err } = await keepsake(["unlock", "--passphrase-fd", descriptor(GOOD)], { answers });
    expect(exit).toBe(1);
    expect(err).toContain("keepsake: hint: wait 4 s, then retry");
  });

  it.each([
    [10, 6, "4 waiting turns or notes stored, 6 known already"],
    [1, 0, "1 waiting turn or note stored"],
    [3, 3, "0 waiting turns or notes stored, 3 known already"],
  ])("says of %i turns that waited, of which %i were known: %s", async (drained, known, told) => {
    const answers = { ...opening, "vault.unlock": () => ({ ...opened, drained, known }) };
    const { out } = await keepsake(["unlock", "--passphrase-fd", descriptor(GOOD)], { answers });
    expect(out).toBe(`open: 12 memories, ${told}\n`);
  });

  it("keeps it open for as long as --for says, and refuses what is no time or too long", async () => {
    const ms: (number | undefined)[] = [];
    const answers = {
      ...opening,
      "vault.unlock": ({ forMs }: { readonly forMs?: number | undefined }) => {
        ms.push(forMs);
        return { ...opened, ...(forMs !== undefined && { locksAt: "2026-11-12T17:30:00.000Z" }) };
      },
    };
    for (const time of ["8h", "90m", "7d"]) {
      const ran = await keepsake(["unlock", "--for", time], { answers, typed: [GOOD] });
      expect([ran.exit, ran.out]).toEqual([0, expect.stringMatching(/; locks at \S/)]);
    }
    expect(ms).toEqual([28_800_000, 5_400_000, 604_800_000]);
    for (const time of ["off", "8", "0h", "8d", "-1h", "8 h", "1w"]) {
      const ran = await keepsake(["unlock", `--for=${time}`], { answers, typed: [GOOD] });
      expect([time, ran.exit, ran.calls, ran.questions]).toEqual([time, 2, [], []]);
      expect(ran.err).toContain(`--for takes a number with s, m, h or d, at most 7d, not "${time}"\n`);
    }
    expect((await keepsake(["unlock", "--for="], { answers })).err).toContain("--for must not be empty");
  });

  it("reports damage and turns that waited", async () => {
    const answers = {
      ...opening,
      "vault.unlock": () => ({
        ...opened,
        drained: 2,
        damage: { damaged: [ID], damagedCount: 1, missingCount: 3 },
      }),
    };
    const { out, err, exit } = await keepsake(["unlock", "--passphrase-fd", descriptor(GOOD)], { answers });
    expect(exit).toBe(0);
    expect(out).toBe("open: 12 memories, 2 waiting turns or notes stored\n");
    expect(err).toContain("1 record cannot be authenticated, 3 records missing");
  });

  it.each([
    [["--keychain", "--recovery"], "--keychain takes no other way"],
    [["--pinentry", "--passphrase-fd", "0"], "exclude each other"],
    [["--passphrase-fd", "900"], "a descriptor that is not open"],
    [["--passphrase-fd", "-1"], "whole number"],
    [["--passphrase-fd", "x"], "whole number"],
  ])("refuses %j", async (words, message) => {
    const { exit, err } = await keepsake(["unlock", ...words], { answers: opening });
    expect(exit).toBe(2);
    expect(err).toContain(message);
  });

  it.each([
    [["unlock", "--passphrase", "hunter2hunter2"], {}],
    [["unlock", "--passphrase=hunter2hunter2"], {}],
    [["init", "--password", "hunter2hunter2"], {}],
    [["key", "change", "--new-passphrase=hunter2hunter2"], {}],
    [["unlock"], { KEEPSAKE_PASSPHRASE: "hunter2hunter2" }],
    [["status"], { KEEPSAKE_PASSWORD: "hunter2hunter2" }],
  ])(
    "refuses a passphrase on the command line and in the environment and says why: %j",
    async (argv, environment) => {
      const { exit, err, calls } = await keepsake(argv, {
        environment,
      });
      expect(exit).toBe(2);
      expect(err).toContain("never taken from the");
      expect(err).not.toContain("hunter2");
      expect(calls).toEqual([]);
    },
  );
});

const HELD_TWICE: Setting["locks"] = [
  { state: "held", holders: [7] },
  { state: "held", holders: [7] },
];

describe("lock and status", () => {
  it("lock locks, and is a success when nobody has the vault", async () => {
    const locked = await keepsake(["lock"], {
      answers: { "vault.lock": () => ({ state: "sealed" as const }) },
    });
    expect([locked.exit, locked.out, locked.locks]).toEqual([0, "locked\n", []]);
    const stopped = await keepsake(["lock"], { isStopped: true });
    expect([stopped.exit, stopped.out]).toEqual([0, "nothing is open: the daemon does not run\n"]);
    expect(JSON.parse((await keepsake(["lock", "--json"], { isStopped: true })).out)).toEqual({
      state: "stopped",
    });
  });

  it.each([["lock"], ["lock", "--json"], ["status", "--json"]])(
    "%s %s says that nothing is open only while it has the vault's locks",
    async (...argv) => {
      const { locks } = await keepsake(argv.filter(Boolean), { isStopped: true });
      expect(locks).toEqual(["look", "released behind 1 writes"]);
    },
  );

  it.each([
    ["that nobody can be connected to", { isStopped: true }],
    ["that does not answer", { isSilent: true }],
    ["that is full", { answers: { "vault.lock": refuse("TOO_MANY_CONNECTIONS") } }],
    ["that takes too long", { answers: { "vault.lock": refuse("TIMEOUT") } }],
    ["that cannot be talked to", { answers: { "vault.lock": refuse("UNSUPPORTED_VERSION") } }],
    ["that says it is still open", { answers: { "vault.lock": () => ({ state: "open" as const }) } }],
  ])("lock ends a daemon %s while the locks are taken", async (_what, setting: Setting) => {
    const locks: Setting["locks"] = [
      ...(setting.isStopped === true ? [{ state: "held" as const, holders: [7, 8] }] : []),
      { state: "free", ended: [7, 8] },
    ];
    const { exit, out } = await keepsake(["lock"], { ...setting, locks });
    expect([exit, out]).toEqual([0, "locked: the daemon did not answer and was ended (process 7, 8)\n"]);
    const json = await keepsake(["lock", "--json"], { ...setting, locks });
    expect(JSON.parse(json.out)).toEqual({ state: "stopped", ended: [7, 8] });
    expect(json.locks.filter((each) => !each.startsWith("released"))).toEqual(
      setting.isStopped === true ? ["look", "end"] : ["end"],
    );
  });

  it("lock ends no daemon that has just been started", async () => {
    const { exit, out, locks } = await keepsake(["lock"], {
      isStopped: "once",
      locks: [{ state: "held", holders: [7] }],
      answers: { "vault.lock": () => ({ state: "sealed" }) },
    });
    expect([exit, out, locks[0], locks.length]).toEqual([0, "locked\n", "look", 2]);
  });

  it("lock that could not end the daemon exits with 3 and names what to end", async () => {
    for (const isStopped of [true, false]) {
      const { exit, out, err } = await keepsake(["lock"], { isStopped, isSilent: true, locks: HELD_TWICE });
      expect([exit, out]).toEqual([3, ""]);
      expect(err).toContain("the vault may be open: what has it could not be ended (process 7)");
      expect(err).toContain('"kill -9 7"');
    }
  });

  it.each([["lock"], ["status"]])("%s that could not look says no more than that", async (name) => {
    const failure = new KeepsakeError(
      "DAEMON_UNREACHABLE",
      "whether the vault is open could not be told: EIO",
    );
    for (const setting of [{ isStopped: true }, { isSilent: true }]) {
      const { exit, out, err } = await keepsake([name], { ...setting, locks: [failure] });
      expect([exit, out]).toEqual([3, ""]);
      expect(err).toContain("could not be told");
    }
  });

  it("lock tells what kept it from the daemon, where nothing is open but something is wrong", async () => {
    const unsafe = { answers: { "vault.lock": refuse("DAEMON_UNTRUSTED") } };
    const { exit, out, err } = await keepsake(["lock"], { ...unsafe, locks: [{ state: "free", ended: [] }] });
    expect([exit, out]).toEqual([3, ""]);
    expect(err).toContain("could not prove that it is the keepsake daemon");
    const failing = await keepsake(["lock"], { ...unsafe, locks: [new KeepsakeError("DAEMON_UNREACHABLE")] });
    expect(failing.err).toBe(err);
  });

  it.each([["status"], ["status", "--json"]])(
    "%s %s never takes a daemon that does not answer for one that does not run",
    async (...argv) => {
      for (const setting of [{ isSilent: true }, { isStopped: true, locks: HELD_TWICE }]) {
        const { exit, out, err } = await keepsake(argv.filter(Boolean), setting);
        expect(exit).toBe(3);
        expect(err).toContain(`the daemon does not answer at ${SOCKET}; the vault may be open (process `);
        expect(err).not.toContain("does not run");
        if (argv[1] === "--json")
          expect(JSON.parse(out)).toMatchObject({
            state: "silent",
            holders: expect.any(Array) as unknown,
            socket: SOCKET,
          });
        else expect(out).toBe("");
      }
    },
  );

  it("never start a daemon; commands that need the vault do", async () => {
    const runs = await Promise.all(
      [["lock"], ["status"], ["verify"]].map((argv) => keepsake(argv, { isStopped: true })),
    );
    expect(runs.map(({ connects }) => connects)).toEqual([["running"], ["running"], ["start"]]);
    expect(runs.map(({ exit }) => exit)).toEqual([0, 3, 3]);
  });

  it("status exits with 3 when no daemon runs", async () => {
    const { exit, out, err } = await keepsake(["status"], { isStopped: true });
    expect([exit, out]).toEqual([3, ""]);
    expect(err).toContain("error: the daemon does not run");
    const fresh = await keepsake(["status"], { isStopped: true, hasVault: false });
    expect([fresh.exit, fresh.out]).toEqual([3, ""]);
    expect(fresh.err).toContain('error: no vault yet: run "keepsake init"\n');
    for (const hasVault of [true, false]) {
      const json = await keepsake(["status", "--json"], { isStopped: true, hasVault });
      expect([json.exit, JSON.parse(json.out)]).toEqual([3, { state: "stopped", hasVault, socket: SOCKET }]);
    }
  });

  it("status tells everything that matters", async () => {
    const answer = status({
      state: "open",
      frontPid: 41,
      waiting: 0,
      keychain: true,
      unlockRetryAfterMs: 1_500,
      open: {
        memories: 1_204,
        since: "2026-11-12T08:30:00.000Z",
        locksAt: "2026-11-12T10:00:00.000Z",
        generation: 3,
        purgePending: true,
        purgeDueAt: "2026-11-13T08:30:00.000Z",
        index: { complete: false, done: 10, total: 1_204 },
        readOnly: { code: "DISK_FULL", since: "2026-11-12T09:00:00.000Z" },
        damage: { damaged: [ID], damagedCount: 1, missingCount: -2 },
      },
    });
    const answers = { "vault.status": () => answer };
    const { out, exit } = await keepsake(["status"], { answers });
    expect(exit).toBe(0);
    for (const part of [
      "(1 h ago)",
      "1,204",
      "(in 30 min)",
      "being rebuilt: 10 of 1204",
      'pending: waits for you, since damaged records would be lost: "keepsake verify", then "keepsake repair"',
      "DISK_FULL",
      "1 record cannot be authenticated",
      "2 records more than the vault knows of",
      "wait 2 s",
      "opens the vault",
      'process 41; "kill 41" stops it',
    ]) {
      expect(out).toContain(part);
    }
    expect(JSON.parse((await keepsake(["status", "--json"], { answers })).out)).toEqual({
      ...answer,
      socket: SOCKET,
    });
  });

  it("status tells how many of all memories are indexed", async () => {
    const since = "2026-11-12T08:30:00.000Z";
    const shown = async (index: { complete: boolean; done?: number; total?: number }, versions?: number) => {
      const open = { memories: 681, since, index, ...(versions !== undefined && { versions }) };
      const { out } = await keepsake(["status"], {
        answers: { "vault.status": () => status({ state: "open", open }) },
      });
      return out.match(/^(?:memories|index) .*$/gm);
    };
    expect(await shown({ complete: false, done: 680, total: 1_935 })).toEqual([
      expect.stringMatching(/^memories +1,935$/),
      expect.stringMatching(/^index +being rebuilt: 680 of 1935 memories indexed$/),
    ]);
    expect(await shown({ complete: false })).toEqual([
      expect.stringMatching(/^memories +681$/),
      expect.stringMatching(/^index +being rebuilt$/),
    ]);
    expect(await shown({ complete: true }, 681)).toEqual([expect.stringMatching(/^memories +681$/)]);
    expect(await shown({ complete: true }, 700)).toEqual([
      expect.stringMatching(/^memories +681, 700 versions in all$/),
    ]);
    expect(await shown({ complete: true, done: 681, total: 681 })).toEqual([
      expect.stringMatching(/^memories +681$/),
    ]);
  });

  it.each([
    ["missing", "none yet"],
    ["sealed", 'locked: run "keepsake unlock"'],
  ] as const)("status says that the vault is %s", async (state, words) => {
    const { out } = await keepsake(["status"], {
      answers: { "vault.status": () => status({ state, waiting: 3 }) },
    });
    expect(out).toContain(words);
    expect(out).toContain("3 turns or notes waiting");
  });

  it("status and verify tell of what the drop folder holds that cannot be taken in, and no word where there is nothing", async () => {
    for (const dropsSetAside of [undefined, 1, 40]) {
      const more = dropsSetAside === undefined ? {} : { dropsSetAside };
      const answers = {
        "vault.status": () => status({ state: "sealed", ...more }),
        "vault.verify": () => ({ records: 9, ok: true, damage: NO_DAMAGE, ...more }),
      };
      const said = dropsSetAside === 40 ? "40 things in the vault's folder" : "1 thing in the vault's folder";
      for (const argv of [["status"], ["verify"]]) {
        const { out, exit } = await keepsake(argv, { answers });
        expect([argv, exit, out.includes(said)]).toEqual([argv, 0, dropsSetAside !== undefined]);
      }
    }
  });
});

describe("verify, purge, rotate and repair", () => {
  const damage = { damaged: [ID], damagedCount: 1, missingCount: 2 };
  const asked = {
    status: "confirmation_required",
    operation: "vault.purge",
    description: "re-seal",
    targetCount: 5,
    confirmationToken: "p".repeat(43),
    expiresInSeconds: 300,
  } as const;

  it("verify exits with 0 when everything is sound, with 7 and the ids when it is not", async () => {
    const sound = { "vault.verify": () => ({ records: 9, ok: true, damage: NO_DAMAGE }) };
    expect(await keepsake(["verify"], { answers: sound })).toMatchObject({
      exit: 0,
      out: "all of it is sound: 9 records\n",
    });
    const damaged = { "vault.verify": () => ({ records: 9, ok: false, damage }) };
    const { exit, out, err } = await keepsake(["verify"], { answers: damaged });
    expect(exit).toBe(7);
    expect(out).toBe(`read: 9 records\n1 record cannot be authenticated\n2 records missing\n${ID}\n`);
    expect(err).toContain("keepsake repair");
    const json = await keepsake(["verify", "--json"], { answers: damaged });
    expect([json.exit, JSON.parse(json.out)]).toEqual([7, { records: 9, ok: false, damage }]);
  });

  it.each([
    ["DISK_FULL", NO_DAMAGE, 1, "the disk is full"],
    ["DISK_FULL", damage, 7, "the disk is full"],
    ["ROLLBACK_DETECTED", NO_DAMAGE, 7, "the vault is older"],
  ] as const)(
    "verify of a vault that refuses writes (%s) with the damage %o exits with %i",
    async (...row) => {
      const [code, found, expected, said] = row;
      const readOnly = { code, since: "2026-11-29T08:00:00Z" };
      const answers = { "vault.verify": () => ({ records: 9, ok: false, readOnly, damage: found }) };
      const { exit, err } = await keepsake(["verify"], { answers });
      expect([exit, err]).toEqual([expected, expect.stringContaining(said)]);
    },
  );

  it("purge asks first and hands the token back", async () => {
    const answers = {
      "vault.purge": ({ confirmationToken }: { confirmationToken?: string | undefined }) =>
        confirmationToken === undefined
          ? asked
          : { status: "purged" as const, records: 5, generation: 2, damage: NO_DAMAGE },
    };
    const { exit, out, questions, calls } = await keepsake(["purge"], { answers, typed: [true] });
    expect([exit, out]).toEqual([0, "purged; sealed anew: 5 records\n"]);
    expect(questions).toEqual(["Seal 5 records anew and erase everything forgotten? It cannot be undone."]);
    expect(calls[1]?.params).toEqual({ confirmationToken: "p".repeat(43) });
    expect((await keepsake(["purge"], { answers })).exit).toBe(2);
    expect((await keepsake(["purge", "--yes"], { answers })).exit).toBe(0);
    expect(JSON.parse((await keepsake(["purge", "--yes", "--json"], { answers })).out)).toMatchObject({
      records: 5,
    });
  });

  it("rotate --master says of a wrong passphrase that nothing was changed", async () => {
    const answers = { ...isOpen, "vault.rotate": refuse("WRONG_PASSPHRASE") };
    const argv = ["rotate", "--master", "--yes", "--passphrase-fd", descriptor(GOOD)];
    const { exit, err } = await keepsake(argv, { answers });
    expect([exit, err]).toEqual([
      6,
      'keepsake: error: wrong passphrase; nothing was changed\nkeepsake: hint: try again; when it is lost, "keepsake key add passphrase" adds another one while the vault is open\n',
    ]);
  });

  it("rotate --master asks for the passphrase and shows the new recovery key", async () => {
    const answers = {
      ...isOpen,
      "vault.rotate": (
        { master, recovery }: { master: boolean; recovery: boolean },
        { options }: { options: CallOptions },
      ) => {
        if (master && recovery) options.onSecret?.(new Secret(new Uint8Array(Buffer.from(RECOVERY_KEY))));
        return { records: 5, generation: 2, droppedSlots: master ? ["safe"] : [], damage: NO_DAMAGE };
      },
    };
    const argv = ["rotate", "--master", "--passphrase-fd", descriptor(GOOD)];
    const master = await keepsake([...argv, "--yes"], { answers });
    expect(master).toMatchObject({ exit: 0, out: `sealed anew: 5 records\n${RECOVERY_KEY}\n` });
    expect(master.calls[1]).toMatchObject({ params: { master: true, recovery: true }, secrets: [GOOD] });
    expect(master.err).toContain("dropped 1 slot;");
    const plain = await keepsake(["rotate", "--json"], { answers });
    expect(JSON.parse(plain.out)).toEqual({ records: 5, generation: 2, droppedSlots: [], damage: NO_DAMAGE });
    const refused = await keepsake(["rotate", "--no-recovery"], { answers });
    expect([refused.exit, refused.calls]).toEqual([2, []]);
  });

  it("rotate --master names what opens the vault no more, and asks before it does anything", async () => {
    const slot = (id: string, kind: "passphrase" | "recovery" | "keychain", label: string) => ({
      id,
      kind,
      label,
      created: "2026-11-09T08:00:00.000Z",
    });
    const slots = [slot("aaaaaaa0", "passphrase", ""), slot("bbbbbbb0", "recovery", "safe")];
    const answers = { ...isOpen, "key.list": () => ({ slots }) };
    const declined = await keepsake(["rotate", "--master"], { answers, typed: [false] });
    expect(declined.questions).toEqual([
      'Make a new master key and seal everything anew? These open the vault no more: the recovery key "safe" (bbbbbbb0). A new recovery key is shown once.',
    ]);
    expect(declined.calls.map(({ method }) => method)).toEqual(["vault.status", "key.list"]);
    const unasked = await keepsake(["rotate", "--master", "--passphrase-fd", descriptor(GOOD)], { answers });
    expect([unasked.exit, unasked.calls.some(({ method }) => method === "vault.rotate")]).toEqual([2, false]);
    expect(unasked.err).toContain("--yes");
    const two = [...slots, slot("ccccccc0", "passphrase", "work"), slot("ddddddd0", "keychain", "")];
    const several = await keepsake(["rotate", "--master", "--no-recovery"], {
      answers: { ...isOpen, "key.list": () => ({ slots: two }) },
      typed: [false],
    });
    expect(several.questions).toEqual([
      'Make a new master key and seal everything anew? These open the vault no more: the recovery key "safe" (bbbbbbb0); all but the one you type of the passphrase (aaaaaaa0), the passphrase "work" (ccccccc0).',
    ]);
  });

  it("repair asks, and reports exactly what was left behind", async () => {
    const answers = { "vault.repair": () => ({ records: 8, generation: 4, damage }) };
    const { exit, out, err, calls } = await keepsake(["repair", "--accept-rollback", "--yes"], { answers });
    expect(err).toContain('look through "keepsake key list"');
    expect((await keepsake(["repair", "--yes"], { answers })).err).not.toContain("key list");
    expect(exit).toBe(0);
    expect(out).toBe(`kept: 8 records\n1 record cannot be authenticated\n2 records missing\n${ID}\n`);
    expect(calls[0]?.params).toEqual({ acceptRollback: true });
    expect((await keepsake(["repair"], { answers })).exit).toBe(2);
    expect(JSON.parse((await keepsake(["repair", "--yes", "--json"], { answers })).out)).toMatchObject({
      damage,
    });
  });
});

describe("a run that is interrupted", () => {
  it("exits with 130 and says so, whatever the daemon answered", async () => {
    const signal = AbortSignal.abort();
    const { exit, err } = await keepsake(["verify"], {
      answers: { "vault.verify": refuse("CANCELLED") },
      signal,
    });
    expect([exit, err]).toEqual([130, "keepsake: error: interrupted\n"]);
  });
});

describe("scrub", () => {
  const found = {
    status: "found" as const,
    memories: 1,
    secrets: 2,
    kinds: [{ kind: "aws-access-token", count: 2 }],
    places: [
      {
        id: ID,
        kind: "note" as const,
        project: null,
        at: "2026-11-12T09:00:00.000Z",
        secrets: ["aws-access-token"],
      },
    ],
  };
  const asked = {
    status: "confirmation_required" as const,
    operation: "memory.scrub",
    description: "replace secrets in what is stored, then purge",
    targetCount: 1,
    confirmationToken: "t".repeat(43),
    expiresInSeconds: 300,
  };

  it("shows what it found before it asks, also where standard output is for a program", async () => {
    const answers: NonNullable<Setting["answers"]> = {
      "memory.scrub": ({ dryRun }: { readonly dryRun?: boolean | undefined }) =>
        dryRun === true ? found : asked,
    };
    const ran = await keepsake(["scrub", "--json"], { answers, typed: [false] });
    expect([ran.out, ran.questions]).toEqual([
      "",
      ["Replace secrets in 1 record and purge? It cannot be undone."],
    ]);
    expect(ran.err).toMatch(/2 secrets in 1 record\n.*aws-access-token/s);
    const listed = await keepsake(["scrub", "--json", "--dry-run"], { answers });
    expect([JSON.parse(listed.out), listed.err]).toEqual([found, ""]);
  });
});
