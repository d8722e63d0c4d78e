import { PassThrough } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeychainRequest } from "../../src/keys/keychain-messages.ts";
import {
  decodeKeychainAnswer,
  encodeKeychainRequest,
  MAX_KEYCHAIN_MESSAGE_BYTES,
} from "../../src/keys/keychain-messages.ts";
import type { KeychainLibrary } from "../../src/keys/keychain-server.ts";
import { answerKeychain, serveKeychain } from "../../src/keys/keychain-server.ts";

const held = Buffer.from("held secret").toString("base64");

function library(): KeychainLibrary & { calls: unknown[] } {
  const calls: unknown[] = [];
  return {
    calls,
    getPassword: async (...asked) => {
      calls.push(["get", ...asked]);
      return asked[1] === "known" ? held : null;
    },
    setPassword: async (...asked) => {
      calls.push(["set", ...asked]);
    },
    deletePassword: async (...asked) => {
      calls.push(["delete", ...asked]);
      return asked[1] === "known";
    },
  };
}

function serving(load: () => Promise<KeychainLibrary>) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const end = vi.fn<() => void>();
  const served = serveKeychain(input, output, load, end);
  return { input, output, end, served };
}

describe("the process that asks the keychain", () => {
  test("answers one request and ends", async () => {
    const { input, output, end, served } = serving(async () => library());
    input.write(encodeKeychainRequest({ operation: "get", account: "known" }));
    await served;
    expect(end).toHaveBeenCalledTimes(1);
    expect(decodeKeychainAnswer(output.read()).secret?.bytes).toEqual(utf8("held secret"));
    input.end();
    await vi.waitFor(() => expect(input.closed).toBe(true));
    expect(end).toHaveBeenCalledTimes(1);
  });

  test("takes a request that arrives byte by byte", async () => {
    const { input, output, served } = serving(async () => library());
    for (const byte of encodeKeychainRequest({ operation: "remove", account: "known" })) {
      input.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await served;
    expect(decodeKeychainAnswer(output.read())).toMatchObject({ status: "done" });
  });

  test("waits no longer for a request than any request is", async () => {
    const load = vi.fn<() => Promise<KeychainLibrary>>();
    const { input, end, served } = serving(load);
    input.write(new Uint8Array(MAX_KEYCHAIN_MESSAGE_BYTES).fill(0x7f));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(end).not.toHaveBeenCalled();
    input.write(Uint8Array.of(0x7f));
    await served;
    expect(end).toHaveBeenCalledTimes(1);
    expect(load).not.toHaveBeenCalled();
  });

  test("ends when whoever asked is gone, without waiting for the library", async () => {
    const { input, output, end } = serving(() => new Promise(() => undefined));
    input.write(encodeKeychainRequest({ operation: "get", account: "known" }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(end).not.toHaveBeenCalled();
    input.end();
    await vi.waitFor(() => expect(end).toHaveBeenCalledTimes(1));
    expect(output.read()).toBeNull();
  });

  test.each([
    ["nothing", []],
    ["half a request", encodeKeychainRequest({ operation: "get", account: "x" }).subarray(0, 9)],
    ["no request", utf8("\0\0\0\u0002{}\0\0\0\0")],
  ])("ends without loading the library when it is given %s", async (_, bytes) => {
    const load = vi.fn<() => Promise<KeychainLibrary>>();
    const { input, output, end, served } = serving(load);
    input.write(Uint8Array.from(bytes));
    input.end();
    await served;
    expect(end).toHaveBeenCalledTimes(1);
    expect(load).not.toHaveBeenCalled();
    expect(output.read()).toBeNull();
  });
});

describe("a request", () => {
  const ask = (request: KeychainRequest, from: KeychainLibrary = library()) =>
    answerKeychain(request, async () => from);

  test("is put to the library under keepsake's name", async () => {
    const from = library();
    await ask({ operation: "get", account: "known" }, from);
    const secret = new Secret(utf8("held secret"));
    expect(await ask({ operation: "set", account: "new", secret }, from)).toEqual({
      status: "done",
      message: "",
    });
    await ask({ operation: "remove", account: "known" }, from);
    expect(from.calls).toEqual([
      ["get", "keepsake", "known"],
      ["set", "keepsake", "new", held],
      ["delete", "keepsake", "known"],
    ]);
  });

  test("for what is not there is answered so", async () => {
    expect(await ask({ operation: "get", account: "unknown" })).toEqual({ status: "none", message: "" });
    expect(await ask({ operation: "remove", account: "unknown" })).toEqual({ status: "none", message: "" });
  });

  test("wipes the secret it carries, stored or not", async () => {
    const secrets = [new Secret(utf8("one")), new Secret(utf8("other"))];
    await ask({ operation: "set", account: "x", secret: secrets[0]! });
    const failing = { ...library(), setPassword: () => Promise.reject(new Error("Cannot create an item")) };
    const answer = await ask({ operation: "set", account: "x", secret: secrets[1]! }, failing);
    expect(answer).toEqual({ status: "failed", message: "Cannot create an item" });
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  test("fails with the library's words, cut to a thousand", async () => {
    const answer = await answerKeychain({ operation: "get", account: "x" }, () =>
      Promise.reject(new Error("x".repeat(5_000))),
    );
    expect(answer).toEqual({ status: "failed", message: "x".repeat(1_000) });
    const wordless = await answerKeychain({ operation: "get", account: "x" }, () => Promise.reject("x"));
    expect(wordless).toEqual({ status: "failed", message: "" });
  });

  test("fails when what is held is not what keepsake stores", async () => {
    const odd = { ...library(), getPassword: async () => "not base64!" };
    expect(await ask({ operation: "get", account: "x" }, odd)).toMatchObject({ status: "failed" });
  });
});
