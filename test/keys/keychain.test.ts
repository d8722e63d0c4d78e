import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import type { AskKeychain } from "../../src/keys/keychain.ts";
import { createKeychain, KEYCHAIN_TIMEOUT_MS } from "../../src/keys/keychain.ts";
import type { KeychainLibrary } from "../../src/keys/keychain-server.ts";
import { answerKeychain, KEYCHAIN_SERVICE } from "../../src/keys/keychain-server.ts";
import { codeAndMessage } from "./support.ts";

const secret = () => new Secret(new Uint8Array(32).fill(0xfb));

/** A library that keeps entries in memory. */
function library(entries = new Map<string, string>()): KeychainLibrary {
  return {
    getPassword: async (service, account) => entries.get(`${service}/${account}`) ?? null,
    setPassword: async (service, account, password) => {
      entries.set(`${service}/${account}`, password);
    },
    deletePassword: async (service, account) => entries.delete(`${service}/${account}`),
  };
}

function failing(message: string): KeychainLibrary {
  const fail = () => Promise.reject(new Error(message));
  return { getPassword: fail, setPassword: fail, deletePassword: fail };
}

/** Asks a library without a process in between; the request is copied, as it is on its way to a process. */
function askLibrary(load: () => Promise<KeychainLibrary>): AskKeychain {
  return (request) => {
    const isStored = request.operation === "set";
    const copy = isStored ? { ...request, secret: new Secret(request.secret.bytes.slice()) } : request;
    return answerKeychain(copy, load);
  };
}

describe("the keychain", () => {
  test("gives back what it was given, under keepsake's name, and forgets it on request", async () => {
    const entries = new Map<string, string>();
    const keychain = createKeychain(askLibrary(async () => library(entries)));
    expect(await keychain.get("vault.slot")).toBeUndefined();
    await keychain.set("vault.slot", secret());
    expect([...entries.keys()]).toEqual([`${KEYCHAIN_SERVICE}/vault.slot`]);
    expect(KEYCHAIN_SERVICE).toBe("keepsake");
    expect((await keychain.get("vault.slot"))?.bytes).toEqual(secret().bytes);
    expect(await keychain.remove("vault.slot")).toBe(true);
    expect(await keychain.remove("vault.slot")).toBe(false);
    expect(await keychain.get("vault.slot")).toBeUndefined();
  });

  test("loads its library at the first call and not before", async () => {
    let loaded = 0;
    const load = async () => {
      loaded += 1;
      return library();
    };
    const keychain = createKeychain(askLibrary(load));
    expect(loaded).toBe(0);
    await keychain.get("vault.slot");
    expect(loaded).toBe(1);
  });

  test("does not take what somebody else put under its name", async () => {
    const keychain = createKeychain(
      askLibrary(async () => library(new Map([["keepsake/vault.slot", "not base64!"]]))),
    );
    expect(await codeAndMessage(keychain.get("vault.slot"))).toEqual([
      "KEYCHAIN_UNAVAILABLE",
      "the keychain holds something else under keepsake's name",
    ]);
  });

  test.each([
    ["Cannot get secret of a locked object", "the keychain is locked"],
    ["Cannot create an item in a locked collection", "the keychain is locked"],
    ["Prompt was dismissed", "the keychain is locked"],
    ["User interaction is not allowed.", "the keychain is locked"],
    ["The name org.freedesktop.secrets was not provided by any .service files", "there is no keychain here"],
    ["Cannot autolaunch D-Bus without X11 $DISPLAY", "there is no keychain here"],
    ["Could not connect: No such file or directory", "there is no keychain here"],
    [
      "Object does not exist at path “/org/freedesktop/secrets/collection/login”",
      "there is no keychain here",
    ],
    ["something never seen", "the keychain refused"],
  ])("that says %j is KEYCHAIN_UNAVAILABLE: %s", async (message, sentence) => {
    const keychain = createKeychain(askLibrary(async () => failing(message)));
    const calls = [keychain.get("x"), keychain.set("x", secret()), keychain.remove("x")];
    for (const answer of await Promise.all(calls.map((call) => codeAndMessage(call)))) {
      expect(answer).toEqual(["KEYCHAIN_UNAVAILABLE", sentence]);
    }
  });

  test("whose library cannot be loaded is not there", async () => {
    for (const message of [
      "Failed to load keytar native addon",
      "Cannot find package 'keytar' imported from x",
    ]) {
      const keychain = createKeychain(askLibrary(() => Promise.reject(new Error(message))));
      expect(await codeAndMessage(keychain.get("x"))).toEqual([
        "KEYCHAIN_UNAVAILABLE",
        "there is no keychain here",
      ]);
    }
  });

  test("that cannot even be asked, or fails without a word, has refused", async () => {
    const refused = ["KEYCHAIN_UNAVAILABLE", "the keychain refused"];
    const unaskable = createKeychain(() => Promise.reject(new Error("spawn EAGAIN")));
    expect(await codeAndMessage(unaskable.get("x"))).toEqual(refused);
    const wordless = createKeychain(askLibrary(() => Promise.reject("no")));
    expect(await codeAndMessage(wordless.get("x"))).toEqual(refused);
  });
});

describe("a keychain that hangs", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const never = () => new Promise<never>(() => undefined);

  test.each(["loading", "answering"])("while %s is given up after 30 s, and not before", async (where) => {
    const hanging = { getPassword: never, setPassword: never, deletePassword: never };
    const keychain = createKeychain(askLibrary(where === "loading" ? never : async () => hanging));
    let answer: unknown;
    const call = codeAndMessage(keychain.get("x")).then((result) => (answer = result));
    await vi.advanceTimersByTimeAsync(KEYCHAIN_TIMEOUT_MS - 1);
    expect(answer).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await call;
    expect(answer).toEqual(["KEYCHAIN_UNAVAILABLE", "the keychain did not answer within 30 s"]);
  });

  test("is told to stop", async () => {
    const told: AbortSignal[] = [];
    const keychain = createKeychain((_, signal) => {
      told.push(signal);
      return never();
    }, 50);
    const call = codeAndMessage(keychain.get("x"));
    expect(told.map(({ aborted }) => aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(50);
    await call;
    expect(told.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("and then fails after all disturbs nobody", async () => {
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const call = codeAndMessage(createKeychain(() => late).get("x"));
    await vi.advanceTimersByTimeAsync(KEYCHAIN_TIMEOUT_MS);
    expect(await call).toBeDefined();
    fail(new Error("too late"));
    await vi.advanceTimersByTimeAsync(1);
  });

  test("leaves no timer behind once it has answered", async () => {
    await createKeychain(askLibrary(async () => library())).get("x");
    expect(vi.getTimerCount()).toBe(0);
  });
});
