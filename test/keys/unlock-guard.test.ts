import { chmod, lstat, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { LogFields, Logger } from "../../src/base/logger.ts";
import { UnlockGuard } from "../../src/keys/unlock-guard.ts";
import { rejectedCode } from "../crypto/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryFiles, NOW, temporaryFolder } from "./support.ts";

const PATH = "/vault/unlock.failures";
const lines: { readonly event: string; readonly fields: LogFields | undefined }[] = [];
const log: Logger = { log: (event, fields) => lines.push({ event, fields }) };
const wrong = () => Promise.reject(new KeepsakeError("WRONG_PASSPHRASE"));
const right = async () => "open";

async function guarded(files = new MemoryFiles(), clock = new FakeClock(NOW)) {
  return { files, clock, guard: await UnlockGuard.load("/vault", clock, log, files) };
}

function kept(files: MemoryFiles): unknown {
  return JSON.parse(fromUtf8(files.files.get(PATH)!));
}

/** An attempt that ends when told to. */
function held<T>(value: T) {
  let end: () => void = () => undefined;
  let isRunning = false;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const attempt = async () => {
    isRunning = true;
    await done;
    return value;
  };
  return { attempt, end: () => end(), isRunning: () => isRunning };
}

describe("the brake on guessing", () => {
  test("does not brake the first attempt, nor any after a success", async () => {
    const { guard } = await guarded();
    expect(guard.retryAfterMs()).toBe(0);
    expect(await guard.run(right)).toBe("open");
    expect(await guard.run(right)).toBe("open");
    expect(guard.retryAfterMs()).toBe(0);
  });

  test("waits 0.1 s after a failure, doubling up to 10 s", async () => {
    const { guard, clock } = await guarded();
    const waits: number[] = [];
    for (let failure = 0; failure < 12; failure += 1) {
      expect(await rejectedCode(guard.run(wrong))).toBe("WRONG_PASSPHRASE");
      waits.push(guard.retryAfterMs());
      clock.advance(guard.retryAfterMs());
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000, 10_000]);
  });

  test("refuses an attempt before its time without running it, and says how long to wait", async () => {
    const { guard, clock } = await guarded();
    await rejectedCode(guard.run(wrong));
    clock.advance(40);
    let ran = false;
    const refusal = await guard
      .run(async () => {
        ran = true;
      })
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "RATE_LIMITED", facts: { retryAfterMs: 60 } });
    expect(refusal).toMatchObject({ message: "there were too many wrong passphrases; wait 1 s" });
    expect(ran).toBe(false);
    clock.advance(60);
    expect(await guard.run(right)).toBe("open");
  });

  test("forgets failures after a success", async () => {
    const { guard, clock, files } = await guarded();
    for (let failure = 0; failure < 5; failure += 1) {
      await rejectedCode(guard.run(wrong));
      clock.advance(10_000);
    }
    await guard.run(right);
    expect(kept(files)).toEqual({ version: 1, failures: 0, at: 0 });
    await rejectedCode(guard.run(wrong));
    expect(guard.retryAfterMs()).toBe(100);
  });

  test("does not count what failed for another reason", async () => {
    const { guard, files } = await guarded();
    await rejectedCode(guard.run(wrong));
    const { guard: second, clock } = await guarded(files);
    clock.advance(1_000);
    const damaged = () => Promise.reject(new KeepsakeError("KEYRING_TAMPERED"));
    expect(await rejectedCode(second.run(damaged))).toBe("KEYRING_TAMPERED");
    expect(second.retryAfterMs()).toBe(0);
    expect(kept(files)).toMatchObject({ failures: 1, at: NOW });
  });
});

describe("attempts at the same time", () => {
  test("run one by one; four wait, the next is told BUSY", async () => {
    const { guard } = await guarded();
    const attempts = Array.from({ length: 5 }, (_, index) => held(index));
    const results = attempts.map(({ attempt }) => guard.run(attempt));
    expect(await rejectedCode(guard.run(right))).toBe("BUSY");
    for (const [index, attempt] of attempts.entries()) {
      await expect
        .poll(() => attempts.map(({ isRunning }) => isRunning()))
        .toEqual(attempts.map((_, each) => each <= index));
      attempt.end();
      expect(await results[index]).toBe(index);
    }
    expect(await guard.run(right)).toBe("open");
  });

  test("a hundred guesses at once cost one derivation", async () => {
    const { guard } = await guarded();
    let derivations = 0;
    let most = 0;
    let running = 0;
    const guess = async () => {
      derivations += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      throw new KeepsakeError("WRONG_PASSPHRASE");
    };
    const codes = await Promise.all(Array.from({ length: 100 }, () => rejectedCode(guard.run(guess))));
    const count = (code: string) => codes.filter((each) => each === code).length;
    expect(derivations).toBe(1);
    expect(most).toBe(1);
    expect(["WRONG_PASSPHRASE", "RATE_LIMITED", "BUSY"].map(count)).toEqual([1, 4, 95]);
  });
});

describe("the count on disk", () => {
  test("survives a restart", async () => {
    const { guard, files, clock } = await guarded();
    for (let failure = 0; failure < 4; failure += 1) {
      clock.advance(10_000);
      await rejectedCode(guard.run(wrong));
    }
    clock.advance(300);
    const restarted = await UnlockGuard.load("/vault", clock, log, files);
    expect(restarted.retryAfterMs()).toBe(500);
    expect(await rejectedCode(restarted.run(right))).toBe("RATE_LIMITED");
    clock.advance(500);
    await rejectedCode(restarted.run(wrong));
    expect(restarted.retryAfterMs()).toBe(1_600);
  });

  test("is written before the attempt runs, so that killing the process saves no wait", async () => {
    const { guard, files, clock } = await guarded();
    const attempt = held("never");
    void guard.run(attempt.attempt);
    await expect.poll(() => attempt.isRunning()).toBe(true);
    const afterKill = await UnlockGuard.load("/vault", clock, log, files);
    expect(afterKill.retryAfterMs()).toBe(100);
  });

  test("makes nobody wait longer than the longest wait, whatever the clock does", async () => {
    const { guard, files, clock } = await guarded();
    await rejectedCode(guard.run(wrong));
    clock.time -= 365 * 86_400_000;
    expect((await UnlockGuard.load("/vault", clock, log, files)).retryAfterMs()).toBe(100);
    files.files.set(PATH, utf8(JSON.stringify({ version: 1, failures: 2 ** 50, at: NOW * 2 })));
    expect((await UnlockGuard.load("/vault", clock, log, files)).retryAfterMs()).toBe(10_000);
  });

  test.each([
    "",
    "{",
    "null",
    '{"version":1}',
    '{"version":2,"failures":0,"at":0}',
    '{"version":1,"failures":-1,"at":0}',
  ])("counts as many failures when the file holds %j", async (text) => {
    const files = new MemoryFiles();
    files.files.set(PATH, utf8(text));
    const { guard, clock } = await guarded(files);
    expect(guard.retryAfterMs()).toBe(10_000);
    clock.advance(10_000);
    await rejectedCode(guard.run(wrong));
    expect(guard.retryAfterMs()).toBe(10_000);
    clock.advance(10_000);
    await guard.run(right);
    expect(guard.retryAfterMs()).toBe(0);
  });

  test.each(["DISK_FULL", "WRITE_FAILED"] as const)(
    "does not keep the owner out when it meets %s; the wait goes on in memory",
    async (code) => {
      const { guard, files, clock } = await guarded();
      files.beforeReplace = () => {
        throw new KeepsakeError(code);
      };
      expect(await rejectedCode(guard.run(wrong))).toBe("WRONG_PASSPHRASE");
      expect(guard.retryAfterMs()).toBe(100);
      clock.advance(100);
      await rejectedCode(guard.run(wrong));
      expect(guard.retryAfterMs()).toBe(200);
      clock.advance(200);
      expect(await guard.run(right)).toBe("open");
    },
  );

  test("that cannot be kept privately lets nobody try", async () => {
    const { guard, files } = await guarded();
    files.beforeReplace = () => {
      throw new KeepsakeError("UNSAFE_PATH");
    };
    expect(await rejectedCode(guard.run(right))).toBe("UNSAFE_PATH");
  });

  test("that cannot be cleared after a success is logged, and leaves it a success", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "unlock.failures");
    const clock = new FakeClock(NOW);
    const guard = await UnlockGuard.load(folder, clock, log);
    await rejectedCode(guard.run(wrong));
    clock.advance(100);
    lines.length = 0;
    const replaced = async () => {
      await rm(path);
      await mkdir(path);
      return "open";
    };
    expect(await guard.run(replaced)).toBe("open");
    expect(lines).toEqual([{ event: "unlock-failures-not-cleared", fields: { code: "UNSAFE_PATH" } }]);
    expect(guard.retryAfterMs()).toBe(0);
    await rm(path, { recursive: true });
    await rejectedCode(guard.run(wrong));
    expect(guard.retryAfterMs()).toBe(100);
  });

  test("that cannot be kept after a failure is the answer to it", async () => {
    const { guard, files } = await guarded();
    const failed = () => {
      files.beforeReplace = () => {
        throw new KeepsakeError("UNSAFE_PATH");
      };
      return Promise.reject(new KeepsakeError("KEYRING_TAMPERED"));
    };
    expect(await rejectedCode(guard.run(failed))).toBe("UNSAFE_PATH");
  });

  test("is a private file, and refused when it is a link or loose", async () => {
    const folder = await temporaryFolder();
    const clock = new FakeClock(NOW);
    const path = join(folder, "unlock.failures");
    const guard = await UnlockGuard.load(folder, clock, log);
    await rejectedCode(guard.run(wrong));
    expect((await lstat(path)).mode & 0o7777).toBe(0o600);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ version: 1, failures: 1, at: NOW });
    await chmod(path, 0o644);
    expect(await rejectedCode(UnlockGuard.load(folder, clock, log))).toBe("UNSAFE_PATH");
    const other = join(folder, "other");
    await mkdir(other);
    await writeFile(join(folder, "victim"), "");
    await symlink(join(folder, "victim"), join(other, "unlock.failures"));
    expect(await rejectedCode(UnlockGuard.load(other, clock, log))).toBe("UNSAFE_PATH");
  });
});
