import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import type { CallOptions } from "../../src/client/keepsake-client.ts";
import { formatTime } from "../../src/base/shown-values.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import { RECOVERY_KEY, keepsake, refuse } from "./harness.ts";

let folder: string;
let count = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keepsake-key-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function descriptor(content: string): string {
  const path = join(folder, String((count += 1)));
  writeFileSync(path, content);
  return String(openSync(path, "r"));
}

const slot = { id: "abcd1234", kind: "passphrase" as const, label: "", created: "2026-11-12T09:00:00.000Z" };
const slots = [
  { ...slot, kdf: { memoryKiB: 262_144, passes: 3, parallelism: 2 } },
  { ...slot, id: "zyxw9876", kind: "recovery" as const, label: "safe" },
];

/** As the daemon does: the current passphrase is looked at first. */
function changing(current: string) {
  return (_params: object, { secrets }: { readonly secrets: readonly string[] }) => {
    if (secrets[0] !== current) throw new KeepsakeError("WRONG_PASSPHRASE");
    if ((secrets[1] ?? "").length < 8) throw new KeepsakeError("WEAK_PASSPHRASE");
    return { slot };
  };
}

const STATUS = { version: "9.8.7", pid: 42, waiting: 0, keychain: false };
const isOpen = { "vault.status": () => ({ ...STATUS, state: "open" as const }) };

describe("key", () => {
  it("add says on a terminal what was added, and elsewhere prints the slot alone", async () => {
    const answers = { ...isOpen, "key.add": () => ({ slot: { ...slot, kind: "keychain" as const } }) };
    const shown = await keepsake(["key", "add", "keychain"], { answers, isTerminal: true });
    expect([shown.exit, shown.out, shown.err]).toEqual([0, "", "added: keychain, slot abcd1234\n"]);
    const piped = await keepsake(["key", "add", "keychain"], { answers });
    expect([piped.exit, piped.out, piped.err]).toEqual([0, "abcd1234\n", ""]);
  });

  it("lists slots", async () => {
    const answers = { "key.list": () => ({ slots }) };
    const { out } = await keepsake(["key", "list"], { answers });
    const created = formatTime(slot.created);
    expect(out).toBe(
      `abcd1234  passphrase  -     ${created}  Argon2id 256 MiB × 3\nzyxw9876  recovery    safe  ${created}\n`,
    );
    expect(JSON.parse((await keepsake(["key", "list", "--json"], { answers })).out)).toEqual({ slots });
    expect((await keepsake(["key", "list", "--jsonl"], { answers })).out.split("\n")).toHaveLength(3);
  });

  it("adds a passphrase, a recovery key and the keychain", async () => {
    const answers = {
      ...isOpen,
      "key.add": (
        { kind }: { kind: "passphrase" | "recovery" | "keychain" },
        { options }: { options: CallOptions },
      ) => {
        if (kind === "recovery") options.onSecret?.(new Secret(new Uint8Array(Buffer.from(RECOVERY_KEY))));
        return { slot: { ...slot, kind } };
      },
    };
    const passphrase = await keepsake(["key", "add", "passphrase", "--label", "work laptop"], {
      answers,
      typed: ["another passphrase", "another passphrase"],
    });
    expect(passphrase).toMatchObject({ exit: 0, out: "abcd1234\n" });
    expect(passphrase.calls.at(-1)).toMatchObject({
      params: { kind: "passphrase", label: "work laptop" },
      secrets: ["another passphrase"],
    });
    const recovery = await keepsake(["key", "add", "recovery"], { answers });
    expect(recovery.out).toBe(`${RECOVERY_KEY}\n`);
    const json = await keepsake(["key", "add", "recovery", "--json"], { answers });
    expect(JSON.parse(json.out)).toEqual({ slot: { ...slot, kind: "recovery" }, recoveryKey: RECOVERY_KEY });
    expect((await keepsake(["key", "add", "keychain"], { answers })).calls.at(-1)?.params).toEqual({
      kind: "keychain",
    });
  });

  it.each([false, true])(
    "says of a recovery key left unconfirmed that it is valid and how to remove it (Ctrl-C: %j)",
    async (isAborted) => {
      const answers = {
        ...isOpen,
        "key.add": (_params: unknown, { options }: { options: CallOptions }) => {
          options.onSecret?.(new Secret(new Uint8Array(Buffer.from(RECOVERY_KEY))));
          return { slot: { ...slot, kind: "recovery" as const } };
        },
      };
      const { exit, err } = await keepsake(["key", "add", "recovery"], {
        answers,
        typed: isAborted ? [] : ["a", "b", "c", "d", "e"],
        ...(isAborted && { signal: AbortSignal.abort() }),
      });
      expect(exit).toBe(130);
      expect(err).toContain("error: the recovery key was not confirmed; it is valid all the same\n");
      expect(err).toContain('hint: if it is not saved, "keepsake key remove abcd1234" removes it\n');
    },
  );

  it("removes a slot after asking, and keeps the last one", async () => {
    const answers = {
      ...isOpen,
      "key.list": () => ({ slots }),
      "key.remove": ({ id }: { id: string }) => ({ removed: id }),
    };
    expect(await keepsake(["key", "remove", "abcd1234"], { answers, typed: [true] })).toMatchObject({
      exit: 0,
      out: "removed abcd1234\n",
    });
    const declined = await keepsake(["key", "remove", "abcd1234"], { answers, typed: [false] });
    expect([declined.exit, declined.err]).toEqual([130, "keepsake: nothing was changed\n"]);
    expect(declined.calls.map(({ method }) => method)).not.toContain("key.remove");
    const unknown = await keepsake(["key", "remove", "mmmm2222"], { answers, typed: [true] });
    expect([unknown.exit, unknown.questions]).toEqual([5, []]);
    expect(unknown.err).toContain('there is no slot "mmmm2222"\n');
    expect((await keepsake(["key", "remove", "abcd1234"], { answers })).exit).toBe(2);
    const last = await keepsake(["key", "remove", "abcd1234", "--yes"], {
      answers: { ...answers, "key.remove": refuse("LAST_SLOT") },
    });
    expect([last.exit, last.err]).toEqual([
      1,
      "keepsake: error: that is the last passphrase or recovery slot\nkeepsake: hint: add another slot first\n",
    ]);
  });

  it("asks for a removal by kind and label, and says what alone opens the vault then", async () => {
    const ask = async (all: Result<"key.list">["slots"], id: string) => {
      const answers = { ...isOpen, "key.list": () => ({ slots: all }) };
      return (await keepsake(["key", "remove", id], { answers, typed: [false] })).questions;
    };
    const keychain = { ...slot, id: "kkkk3333", kind: "keychain" as const };
    const second = { ...slot, id: "pppp4444", label: "work laptop" };
    const last =
      "Remove the passphrase (abcd1234) for good? It is the last passphrase: only the recovery key";
    expect(await ask(slots, "abcd1234")).toEqual([`${last} opens the vault then.`]);
    expect(await ask([...slots, keychain], "abcd1234")).toEqual([
      `${last} and this login's keychain open the vault then.`,
    ]);
    expect(await ask([...slots, second], "pppp4444")).toEqual([
      'Remove the passphrase "work laptop" (pppp4444) for good?',
    ]);
    const safe = 'Remove the recovery key "safe" (zyxw9876) for good?';
    expect(await ask(slots, "zyxw9876")).toEqual([
      `${safe} It is the last recovery key: who loses the passphrase then loses the vault.`,
    ]);
    const other = { ...second, kind: "recovery" as const };
    expect(await ask([...slots, other], "zyxw9876")).toEqual([safe]);
  });

  it.each([
    [["key", "change"]],
    [["key", "add", "passphrase"]],
    [["key", "add", "recovery"]],
    [["key", "remove", "abcd1234"]],
  ])("asks nothing of its own while the vault is not open: %j", async (argv) => {
    for (const [state, message, asked] of [
      ["sealed", "the vault is locked", ["Passphrase:"]],
      ["missing", "there is no vault yet", []],
    ] as const) {
      const answers = { "vault.status": () => ({ ...STATUS, state }) };
      const { exit, err, questions, calls } = await keepsake(argv, { answers, typed: [false, "b", "c"] });
      expect([exit, questions]).toEqual([4, asked]);
      expect(calls.every(({ method }) => method === "vault.status")).toBe(true);
      expect(err).toContain(message);
    }
  });

  it("changes the passphrase: typed, from one descriptor with two lines, from two descriptors", async () => {
    const old = "the old passphrase";
    const fresh = "the new passphrase";
    const answers = { ...isOpen, "key.change": changing(old) };
    const ways = await Promise.all([
      keepsake(["key", "change"], { answers, typed: [old, fresh, fresh] }),
      keepsake(["key", "change", "--passphrase-fd", descriptor(`${old}\n${fresh}\n`)], { answers }),
      keepsake(
        ["key", "change", "--passphrase-fd", descriptor(old), "--new-passphrase-fd", descriptor(fresh)],
        { answers },
      ),
    ]);
    for (const { exit, calls, secrets } of ways) {
      expect(exit).toBe(0);
      expect(calls.at(-1)).toEqual({
        method: "key.change",
        params: { rotate: false },
        secrets: [old, fresh],
      });
      expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
    }
  });

  it.each([
    [["key", "add", "fingerprint"], "the kind is one of"],
    [["key", "add", "recovery", "--pinentry"], "belong to key add passphrase"],
    [["key", "add", "keychain", "--label", "<b>"], "--label takes"],
    [["key", "remove", "../x", "--yes"], '"../x" is not a slot'],
    [["key"], "needs another word"],
    [["key", "list", "--json", "--jsonl"], "exclude each other"],
  ])("refuses %j", async (argv, message) => {
    const { exit, err, calls } = await keepsake(argv);
    expect(exit).toBe(2);
    expect(err).toContain(message);
    expect(calls).toEqual([]);
  });

  it("says that the current passphrase is wrong before it asks for a new one, and exits with 6", async () => {
    const answers = { ...isOpen, "key.change": changing("the old passphrase") };
    const typed = ["the old one", "the new passphrase", "the new passphrase"];
    const { exit, err, questions, calls, secrets } = await keepsake(["key", "change"], { answers, typed });
    expect([exit, questions]).toEqual([6, ["Current passphrase:"]]);
    expect(err).toContain(
      "keepsake: error: wrong passphrase; nothing was changed\nkeepsake: hint: try again",
    );
    expect(calls.map((call) => call.secrets)).toEqual([[], ["the old one", ""]]);
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("asks for the current passphrase, then twice for the new one", async () => {
    const answers = { ...isOpen, "key.change": changing("the old passphrase") };
    const typed = ["the old passphrase", "the new passphrase", "the new passphrase"];
    const { questions } = await keepsake(["key", "change"], { answers, typed });
    expect(questions).toEqual([
      "Current passphrase:",
      "New passphrase (at least 8 characters):",
      "Once more:",
    ]);
  });

  it("makes one request where nothing is typed, and passes on what else was refused", async () => {
    const both = () => descriptor("the old passphrase\nthe new passphrase\n");
    const answers = { ...isOpen, "key.change": changing("another passphrase") };
    const scripted = await keepsake(["key", "change", "--passphrase-fd", both()], { answers });
    expect([scripted.exit, scripted.calls.length]).toEqual([6, 2]);
    const limited = { ...isOpen, "key.change": refuse("RATE_LIMITED", { retryAfterMs: 2_000 }) };
    const typed = ["the old passphrase", "the new passphrase", "the new passphrase"];
    const { exit, err } = await keepsake(["key", "change"], { answers: limited, typed });
    expect([exit, err]).toMatchObject([1, expect.stringContaining("wait 2 s, then retry")]);
  });

  it("takes no daemon for right that would accept an empty passphrase", async () => {
    const answers = { ...isOpen, "key.change": () => ({ slot }) };
    const typed = ["the old passphrase", "the new passphrase", "the new passphrase"];
    const { exit, questions } = await keepsake(["key", "change"], { answers, typed });
    expect([exit, questions.length]).toEqual([3, 1]);
  });

  it.each([
    [() => ["--passphrase-fd", descriptor("only one line")], "two lines"],
    [() => ["--passphrase-fd", "3", "--new-passphrase-fd", "3"], "needs --passphrase-fd alone"],
    [() => [], "no terminal to ask on"],
  ])("refuses a change without both passphrases: %#", async (more, message) => {
    const { exit, err, calls } = await keepsake(["key", "change", ...more()], { answers: isOpen });
    expect([exit, err]).toMatchObject([2, expect.stringContaining(message)]);
    expect(calls.map(({ method }) => method)).toEqual(["vault.status"]);
  });
});

describe("client", () => {
  const client = {
    id: "claude-code",
    scopes: ["read" as const],
    projects: ["/a\u202Eb"],
    created: "2026-11-12T09:00:00.000Z",
  };

  it("adds, lists and revokes", async () => {
    const answers = {
      "memory.projects": () => ({ projects: [], tags: [] }),
      "client.add": () => ({ client, created: true }),
      "client.list": () => ({ clients: [client, { ...client, id: "cli", projects: undefined }] }),
      "client.revoke": ({ id, confirmationToken }: { id: string; confirmationToken?: string | undefined }) =>
        confirmationToken === undefined
          ? {
              status: "confirmation_required" as const,
              operation: "client.revoke",
              description: "",
              targetCount: 1,
              confirmationToken: "c".repeat(43),
              expiresInSeconds: 300,
            }
          : { status: "revoked" as const, id },
    };
    const added = await keepsake(
      [
        "client",
        "add",
        "claude-code",
        "--scope",
        "read,write",
        "--scope",
        "read",
        "--project",
        "/a",
        "--project",
        "/b",
        "--new-project",
      ],
      { answers },
    );
    expect(added).toMatchObject({ exit: 0, out: "added claude-code: may read project /a⟨U+202E⟩b\n" });
    expect(added.calls.at(-1)?.params).toEqual({
      id: "claude-code",
      scopes: ["read", "write"],
      projects: ["/a", "/b"],
    });
    const listed = await keepsake(["client", "list"], { answers });
    expect(listed.out).toBe(
      "claude-code  may read project /a⟨U+202E⟩b  last seen: not known while locked\ncli          may read every project        last seen: not known while locked\n",
    );
    const revoked = await keepsake(["client", "revoke", "claude-code"], { answers, typed: [true] });
    expect(revoked).toMatchObject({
      exit: 0,
      out: "removed claude-code\n",
      questions: ["Remove claude-code, which may read project /a⟨U+202E⟩b?"],
    });
    expect((await keepsake(["client", "revoke", "claude-code"], { answers })).exit).toBe(2);
    const damaged = await keepsake(["client", "revoke", "codex"], { answers, typed: [true] });
    expect(damaged).toMatchObject({
      exit: 0,
      out: "removed codex\n",
      questions: ["Remove codex, whose token file cannot be read?"],
    });
    const unknown = await keepsake(["client", "revoke", "claude-cod"], {
      answers: { ...answers, "client.revoke": refuse("NOT_FOUND") },
      typed: [],
    });
    expect([unknown.exit, unknown.questions]).toEqual([5, []]);
    expect(unknown.err).toContain("there is no client");
    expect(unknown.err).toContain("claude-code");
  });

  const adding = {
    "client.add": () => ({ client, created: true }),
    "memory.projects": () => ({
      projects: ["/code/lantern", "/a/tool", "/b/tool"].map((project) => ({
        project,
        count: 1,
        lastAt: client.created,
      })),
      tags: [],
    }),
  };
  const addingLocked = { ...adding, "memory.projects": refuse("VAULT_SEALED") };
  const add = (...names: readonly string[]) => [
    "client",
    "add",
    "x",
    ...names.flatMap((name) => ["--project", name]),
  ];

  it("may see the projects that are meant: by the last folder, by a folder, by a path", async () => {
    const named = add("lantern", "/code/lantern", "./deep", "/", "nosuch");
    const { calls, err } = await keepsake([...named, "--new-project"], {
      answers: adding,
      folder: "/nowhere/near",
    });
    expect(calls.at(-1)?.params["projects"]).toEqual(["/code/lantern", "/nowhere/near/deep", "/", "nosuch"]);
    expect(err).toBe("");
    const unclear = await keepsake(add("tool"), { answers: adding });
    expect([unclear.exit, unclear.calls.map(({ method }) => method)]).toEqual([2, ["memory.projects"]]);
  });

  it("may not see a project that is a slip of another", async () => {
    const refused = await keepsake(add("/code/lantern", "lantren"), { answers: adding });
    expect([refused.exit, refused.calls.map(({ method }) => method)]).toEqual([2, ["memory.projects"]]);
    expect(refused.err).toContain('there is no project "lantren"\nkeepsake: hint: did you mean "lantern"?');
    const asked = await keepsake(add("lantren"), { answers: adding, typed: [true] });
    expect(asked.questions).toEqual(['There is no project "lantren"; did you mean "lantern"?']);
    expect(asked.calls.at(-1)?.params["projects"]).toEqual(["/code/lantern"]);
    const nameless = await keepsake([...add(), "--new-project"], { answers: adding });
    expect([nameless.exit, nameless.calls]).toEqual([2, []]);
  });

  it("says on a terminal that no memory belongs to a project yet", async () => {
    const setting = { answers: adding, isTerminal: true, environment: { NO_COLOR: "1" } };
    const { exit, err } = await keepsake(
      [...add("lantern", "lantren", "/x/\u202E"), "--new-project"],
      setting,
    );
    expect(exit).toBe(0);
    expect(err).toMatch(
      /^keepsake: hint: no memory belongs to "lantren" yet\nkeepsake: hint: no memory belongs to "\/x\/⟨U\+202E⟩" yet\n/,
    );
    expect((await keepsake(add("lantern"), setting)).err).not.toContain("no memory");
  });

  it("takes a folder while the vault is locked, and says that a name needs it open", async () => {
    const path = await keepsake(add("/"), { answers: addingLocked });
    expect([path.exit, path.calls.at(-1)?.params["projects"]]).toEqual([0, ["/"]]);
    const shown = await keepsake(add("/"), { answers: addingLocked, isTerminal: true });
    expect([shown.exit, shown.err]).toEqual([0, expect.not.stringContaining("no memory belongs")]);
    const made = await keepsake([...add("/code/lantern"), "--new-project"], { answers: addingLocked });
    expect([made.exit, made.calls.at(-1)?.params["projects"]]).toEqual([0, ["/code/lantern"]]);
    for (const argv of [add("/code/lantern"), add("lantern"), [...add("lantern"), "--new-project"]]) {
      const refused = await keepsake(argv, { answers: addingLocked });
      expect([refused.exit, refused.calls.map(({ method }) => method)]).toEqual([4, ["memory.projects"]]);
      expect(refused.err).toContain("hint: name a folder that is there");
    }
  });

  it.each([
    [["client", "add", "Claude Code"], "a client's name is"],
    [["client", "add", "x", "--scope", "root"], "--scope takes read, write, capture, forget, control, admin"],
    [["client", "add", "x", "--project", "a\nb"], "--project takes a name on one line"],
    [["client", "revoke", "--yes"], "<id> is missing"],
  ])("refuses %j", async (argv, message) => {
    const { exit, err, calls } = await keepsake(argv);
    expect(exit).toBe(2);
    expect(err).toContain(message);
    expect(calls).toEqual([]);
  });
});

describe("config", () => {
  it("gets, sets and lists, with the defaults where nothing is set", async () => {
    expect((await keepsake(["config", "get", "lock.idle"])).out).toBe("30m\n");
    expect((await keepsake(["config", "get", "lock.max"])).out).toBe("12h\n");
    const settings = { lock: { idle: "4h" } };
    expect((await keepsake(["config", "get", "lock.idle", "--json"], { settings })).out).toBe(
      '{"lock.idle":"4h"}\n',
    );
    const set = await keepsake(["config", "set", "lock.max", "off"], { settings });
    expect([set.exit, set.out, set.settings]).toEqual([
      0,
      "lock.max is off\n",
      { lock: { idle: "4h", max: "off" } },
    ]);
    const listed = await keepsake(["config", "list"], { settings });
    expect(listed.out).toMatch(/^lock\.idle +4h +set +lock after/);
    expect(listed.out).toMatch(/\nlock\.max +12h +default/);
    expect(listed.out).toMatch(/\nconfirm\.mode +token +default/);
    expect(JSON.parse((await keepsake(["config", "list", "--json"], { settings })).out)).toMatchObject({
      "lock.idle": "4h",
      "lock.max": "12h",
      "confirm.mode": "token",
      "audit.days": "90",
    });
  });

  it.each([
    [
      ["config", "get", "color"],
      "the settings are lock.idle, lock.max, confirm.mode, unlock.ask, unlock.keychain, audit.days",
    ],
    [["config", "set", "lock.idle", "soon"], "takes a number with s, m, h or d, or off"],
    [
      ["config", "set", "lock.max", "99999d"],
      "lock.max takes a number with s, m, h or d, or off; at most 365 days",
    ],
    [["config", "set", "lock.idle", "366d"], "at most 365 days"],
    [["config", "set", "lock.idle", "0m"], "takes a number"],
    [["config", "set", "lock.idle"], "<value> is missing"],
    [["config", "set", "__proto__", "4h"], "the settings are"],
  ])("refuses %j and changes nothing", async (argv, message) => {
    const { exit, err, settings } = await keepsake(argv);
    expect(exit).toBe(2);
    expect(err).toContain(message);
    expect(settings).toEqual({});
  });
});
