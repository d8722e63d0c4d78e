import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import { decodeKeychainRequest, MAX_KEYCHAIN_MESSAGE_BYTES } from "../../src/keys/keychain-messages.ts";
import { askKeychainProcess } from "../../src/keys/keychain-process.ts";
import { temporaryFolder } from "./support.ts";

const quiet = new AbortController().signal;
const get = { operation: "get", account: "vault.slot" } as const;

/** Asks a process that runs `source`. */
async function ask(
  source: string,
  request: Parameters<typeof askKeychainProcess>[0] = get,
  signal: AbortSignal = quiet,
) {
  const program = join(await temporaryFolder(), "program.cjs");
  await writeFile(program, source);
  return askKeychainProcess(request, signal, program);
}

describe("a process of its own", () => {
  test("is given the request, its secret raw on the pipe, and its answer is read", async () => {
    const secret = new Secret(utf8("a secret of the slot"));
    const echo =
      "process.stdin.once('data', (b) => { process.stdout.write(Buffer.concat([Buffer.of(0), b]), () => process.exit()) })";
    const answer = await ask(echo, { operation: "set", account: "vault.slot", secret });
    expect(answer.status).toBe("done");
    const received = decodeKeychainRequest(answer.secret!.bytes);
    expect(received).toMatchObject({ operation: "set", account: "vault.slot" });
    expect(Buffer.from(answer.secret!.bytes).includes("a secret of the slot")).toBe(true);
    expect(secret.bytes).toEqual(utf8("a secret of the slot"));
  });

  test("has nothing of the request on its command line, and of the environment only what is allowed", async () => {
    process.env["KEEPSAKE_TEST_CANARY"] = "canary";
    try {
      const tell =
        "process.stdout.write('\\0' + JSON.stringify([process.argv.slice(2), Object.keys(process.env), process.cwd()]))";
      const answer = await ask(`${tell}; process.stdin.destroy()`);
      const [argv, names, folder] = JSON.parse(Buffer.from(answer.secret!.bytes).toString());
      expect(argv).toEqual([]);
      expect(names).not.toContain("KEEPSAKE_TEST_CANARY");
      expect(names).toContain("PATH");
      expect(folder).toBe("/");
    } finally {
      delete process.env["KEEPSAKE_TEST_CANARY"];
    }
  });

  test.each([
    ["ends without a word", "process.exit(0)"],
    ["crashes", "process.abort()"],
    ["throws", "throw new Error('x')"],
    ["closes its input", "process.stdin.destroy(); process.exit(0)"],
  ])("that %s has failed", async (_, source) => {
    expect(await ask(source)).toMatchObject({ status: "failed" });
  });

  test("may say as much as an answer has, and is killed at one byte more", async () => {
    const say = (length: number) =>
      `process.stdout.write(Buffer.alloc(${length}), () => process.stdin.destroy())`;
    const longest = await ask(say(MAX_KEYCHAIN_MESSAGE_BYTES));
    expect(longest.secret).toHaveLength(MAX_KEYCHAIN_MESSAGE_BYTES - 1);
    const flood = `${say(MAX_KEYCHAIN_MESSAGE_BYTES + 1)}; setInterval(() => {}, 1000)`;
    await expect(ask(flood)).rejects.toThrow("too long");
  });

  test("that hangs, even on a signal it may catch, is killed when it is given up", async () => {
    const stubborn =
      "process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); setInterval(() => {}, 1000)";
    const giveUp = new AbortController();
    const asked = ask(stubborn, get, giveUp.signal);
    setTimeout(() => giveUp.abort(), 150);
    await expect(asked).rejects.toThrow("aborted");
  });

  test("that cannot be started is an error", async () => {
    const gone = askKeychainProcess(get, quiet, join(await temporaryFolder(), "missing.cjs"));
    expect(await gone).toMatchObject({ status: "failed" });
    const aborted = AbortSignal.abort();
    await expect(askKeychainProcess(get, aborted, "/dev/null")).rejects.toThrow("aborted");
  });
});
