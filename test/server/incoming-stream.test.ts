import { describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { IncomingStream } from "../../src/server/incoming-stream.ts";
import { codeOfPromise } from "../support/codes.ts";

const chunk = (length: number) => new Uint8Array(length);

describe("an incoming stream", () => {
  test("is full at its cap and says when there is room again", async () => {
    let rooms = 0;
    const stream = new IncomingStream(10, () => void rooms++);
    stream.push(chunk(9));
    expect(stream.isFull).toBe(false);
    stream.push(chunk(1));
    expect(stream.isFull).toBe(true);
    stream.push(chunk(5));
    await stream.next();
    expect([stream.isFull, rooms]).toEqual([false, 1]);
    await stream.next();
    expect(rooms).toBe(1);
  });

  test("gives room when its reader stops early, and takes nothing more", async () => {
    let rooms = 0;
    const stream = new IncomingStream(10, () => void rooms++);
    stream.push(chunk(20));
    stream.push(chunk(20));
    for await (const first of stream) {
      expect(first).toHaveLength(20);
      break;
    }
    expect([stream.isFull, rooms]).toEqual([false, 1]);
    stream.push(chunk(20));
    expect(stream.isFull).toBe(false);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("knows when its reader waits, and wakes it with a chunk, the end or an error", async () => {
    const stream = new IncomingStream(10, () => undefined);
    const first = stream.next();
    expect(stream.isStarved).toBe(true);
    stream.push(chunk(3));
    expect((await first).value).toHaveLength(3);
    expect(stream.isStarved).toBe(false);
    const second = stream.next();
    stream.finish();
    expect(await second).toEqual({ done: true, value: undefined });
    const failing = new IncomingStream(10, () => undefined);
    const third = failing.next();
    failing.fail(new KeepsakeError("CANCELLED"));
    expect(await codeOfPromise(third)).toBe("CANCELLED");
  });

  test("that fails drops what waits, also behind its end", async () => {
    let rooms = 0;
    const stream = new IncomingStream(10, () => void rooms++);
    stream.push(chunk(20));
    stream.finish();
    stream.fail(new KeepsakeError("CANCELLED"));
    expect(rooms).toBe(1);
    expect(await codeOfPromise(stream.next())).toBe("CANCELLED");
  });

  test("gives what waits before its end", async () => {
    const stream = new IncomingStream(10, () => undefined);
    stream.push(chunk(1));
    stream.push(chunk(2));
    stream.finish();
    const lengths: number[] = [];
    for await (const { length } of stream) lengths.push(length);
    expect(lengths).toEqual([1, 2]);
  });
});
