import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { expectCode } from "../support/codes.ts";
import { CLI, Harness, PASSPHRASE, clientOf, openHarness, sealedHarness, tokenOf } from "./harness.ts";

const NEXT = "another good passphrase";

describe("key.list", () => {
  it("lists the slots, also while sealed, and none of a vault that is not there", async () => {
    const sealed = await sealedHarness();
    expect(await sealed.call("key.list", {})).toEqual({
      slots: [
        {
          id: "slot0000",
          kind: "passphrase",
          label: "passphrase",
          created: "2026-05-01T12:00:00.000Z",
          kdf: { memoryKiB: 65_536, passes: 3, parallelism: 1 },
        },
      ],
    });
    await expectCode(new Harness({}).call("key.list", {}), "VAULT_MISSING");
  });
});

describe("key.add", () => {
  it("adds a passphrase, a recovery key that it gives once, and the keychain", async () => {
    const harness = await openHarness();
    const passphrase = await harness.call(
      "key.add",
      { kind: "passphrase", label: "desk" },
      { secrets: [NEXT] },
    );
    expect(passphrase.slot).toMatchObject({ kind: "passphrase", label: "desk" });
    const recovery = await harness.call("key.add", { kind: "recovery" });
    expect(recovery.slot).toMatchObject({ kind: "recovery", label: "recovery" });
    expect(recovery.slot).not.toHaveProperty("kdf");
    expect(harness.given).toHaveLength(1);
    const keychain = await harness.call("key.add", { kind: "keychain" });
    expect(keychain.slot.label).toBe("keychain");
    expect(harness.given).toHaveLength(1);
    expect((await harness.call("key.list", {})).slots).toHaveLength(4);
    await expectCode(harness.call("key.add", { kind: "passphrase" }), "MALFORMED_REQUEST");
  });
});

describe("key.remove", () => {
  it("removes a slot, not the last one and not one that is not there", async () => {
    const harness = await openHarness();
    const { slot } = await harness.call("key.add", { kind: "recovery" });
    expect(await harness.call("key.remove", { id: slot.id })).toEqual({ removed: slot.id });
    await expectCode(harness.call("key.remove", { id: slot.id }), "NOT_FOUND");
    await expectCode(harness.call("key.remove", { id: "slot0000" }), "LAST_SLOT");
  });
});

describe("key.change", () => {
  it("gives the vault a new passphrase", async () => {
    const harness = await openHarness();
    const { slot } = await harness.call("key.change", {}, { secrets: [PASSPHRASE, NEXT] });
    expect(slot.id).toBe("slot0000");
    expect(harness.disk.generation).toBe(1);
    const after = harness.restarted();
    await expectCode(after.unlock(), "WRONG_PASSPHRASE");
    await after.call("vault.unlock", { with: "passphrase" }, { secrets: [NEXT] });
    expect(harness.door.secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  it("also makes a new data key on request", async () => {
    const harness = await openHarness();
    await harness.call("key.change", { rotate: true }, { secrets: [PASSPHRASE, NEXT] });
    expect(harness.disk.generation).toBe(2);
  });

  it("changes nothing when the current passphrase is wrong or a secret is missing", async () => {
    const harness = await openHarness();
    await expectCode(
      harness.call("key.change", { rotate: true }, { secrets: ["wrong", NEXT] }),
      "WRONG_PASSPHRASE",
    );
    await expectCode(harness.call("key.change", {}, { secrets: [PASSPHRASE] }), "MALFORMED_REQUEST");
    await expectCode(harness.call("key.change", {}), "MALFORMED_REQUEST");
    expect(harness.disk.generation).toBe(1);
    expect(await harness.restarted().unlock()).toMatchObject({ state: "open" });
  });

  it("gives no damaged record up for a new data key, and says that the passphrase was changed", async () => {
    const harness = await openHarness();
    harness.disk.damaged.add(await harness.save("damaged"));
    const change = harness.call("key.change", { rotate: true }, { secrets: [PASSPHRASE, NEXT] });
    await expect(change).rejects.toMatchObject({
      code: "VAULT_DAMAGED",
      message: "the passphrase was changed, the data key was not",
    });
    expect(harness.disk.generation).toBe(1);
  });

  it("says that the passphrase was changed when only the new data key failed", async () => {
    const harness = await openHarness();
    harness.disk.hooks.beforeRewrite = () => {
      throw new KeepsakeError("DISK_FULL");
    };
    const change = harness.call("key.change", { rotate: true }, { secrets: [PASSPHRASE, NEXT] });
    await expect(change).rejects.toMatchObject({
      code: "DISK_FULL",
      message: "the passphrase was changed, the data key was not",
    });
    await harness.restarted().call("vault.unlock", { with: "passphrase" }, { secrets: [NEXT] });
    harness.disk.hooks.beforeRewrite = () => {
      throw new TypeError("a bug");
    };
    await expect(
      harness.call("key.change", { rotate: true }, { secrets: [NEXT, PASSPHRASE] }),
    ).rejects.toThrow(TypeError);
  });
});

describe("client.add", () => {
  it("adds a client with its scopes and projects, also without a vault", async () => {
    const harness = new Harness({});
    expect(await harness.call("client.add", { id: "claude-code" })).toEqual({
      client: { id: "claude-code", scopes: ["read", "write", "forget"], created: "2026-05-01T12:00:00.000Z" },
      created: true,
    });
    const limited = { id: "limited", scopes: ["read" as const], projects: ["/a"] };
    expect((await harness.call("client.add", limited)).client).toMatchObject(limited);
    expect((await harness.call("client.list", {})).clients).toHaveLength(2);
    await expectCode(harness.call("client.add", { id: "limited" }), "INVALID_PARAMS");
  });

  it("refuses to limit a client to projects that could add one that is not", async () => {
    const harness = new Harness({});
    const limited = { id: "a", projects: ["/a"] };
    await expectCode(harness.call("client.add", { ...limited, scopes: ["admin"] }), "INVALID_PARAMS");
    await expectCode(harness.call("client.add", { ...limited, scopes: ["read", "admin"] }), "INVALID_PARAMS");
    expect(harness.registry.clients.size).toBe(0);
    await harness.call("client.add", { id: "b", scopes: ["admin"] });
    await harness.call("client.add", { ...limited, scopes: ["control", "read", "write", "forget"] });
    expect(harness.registry.clients.size).toBe(2);
  });

  it("refuses the name that stands for every project", async () => {
    const harness = new Harness({});
    await expectCode(harness.call("client.add", { id: "a", projects: ["/a", "*"] }), "INVALID_PARAMS");
    expect(harness.registry.clients.size).toBe(0);
  });
});

describe("client.revoke", () => {
  async function withClient() {
    const harness = new Harness({});
    await harness.call("client.add", { id: "cli" });
    await harness.call("client.add", { id: "a" });
    await harness.call("client.add", { id: "b" });
    return harness;
  }

  async function tokenFor(harness: Harness, id: string, who = CLI): Promise<string> {
    return tokenOf(await harness.call("client.revoke", { id }, { client: who }));
  }

  it("first asks, then revokes", async () => {
    const harness = await withClient();
    const confirmationToken = await tokenFor(harness, "a");
    expect(harness.registry.clients.has("a")).toBe(true);
    expect(await harness.call("client.revoke", { id: "a", confirmationToken })).toEqual({
      status: "revoked",
      id: "a",
    });
    expect([...harness.registry.clients.keys()]).toEqual(["cli", "b"]);
  });

  it("refuses a token for another client's revocation, or of another client", async () => {
    const harness = await withClient();
    const ofA = await tokenFor(harness, "a");
    await expectCode(
      harness.call("client.revoke", { id: "b", confirmationToken: ofA }),
      "CONFIRMATION_INVALID",
    );
    const ofOther = await tokenFor(harness, "a", clientOf("other"));
    await expectCode(
      harness.call("client.revoke", { id: "a", confirmationToken: ofOther }),
      "CONFIRMATION_INVALID",
    );
    expect(harness.registry.clients.size).toBe(3);
  });

  it("never revokes the command line's client, and says so when there is no such client", async () => {
    const harness = await withClient();
    await expectCode(harness.call("client.revoke", { id: "cli" }), "INVALID_PARAMS");
    await expectCode(harness.call("client.revoke", { id: "unknown" }), "NOT_FOUND");
    const confirmationToken = await tokenFor(harness, "a");
    harness.registry.revoke = () => Promise.resolve(false);
    await expectCode(harness.call("client.revoke", { id: "a", confirmationToken }), "NOT_FOUND");
    expect(harness.registry.clients.size).toBe(3);
  });
});
