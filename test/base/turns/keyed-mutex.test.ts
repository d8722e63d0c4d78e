import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyedMutex } from "../../../src/base/turns/keyed-mutex.ts";
import { gate, settle } from "../../service/harness.ts";

describe("a keyed mutex", () => {
  it("runs work of one key in order and of two side by side", async () => {
    const mutex = new KeyedMutex();
    const first = gate();
    const order: string[] = [];
    const a1 = mutex.run("a", async () => {
      await first.opened;
      order.push("a1");
    });
    const a2 = mutex.run("a", async () => void order.push("a2"));
    const b = mutex.run("b", async () => void order.push("b"));
    await b;
    expect(order).toEqual(["b"]);
    first.open();
    await Promise.all([a1, a2]);
    expect(order).toEqual(["b", "a1", "a2"]);
  });

  it("passes results and failures on, and a failure disturbs nobody else", async () => {
    const mutex = new KeyedMutex();
    const failing = mutex.run("a", () => Promise.reject(new Error("failed")));
    const next = mutex.run("a", () => Promise.resolve(2));
    const alone = mutex.runAlone(() => Promise.reject(new Error("failed alone")));
    const last = mutex.run("a", () => Promise.resolve(3));
    await expect(failing).rejects.toThrow("failed");
    expect(await next).toBe(2);
    await expect(alone).rejects.toThrow("failed alone");
    expect(await last).toBe(3);
  });

  it("runs work alone: behind everything that came before it, in front of everything behind it", async () => {
    const mutex = new KeyedMutex();
    const [before, during] = [gate(), gate()];
    const order: string[] = [];
    const running = mutex.run("a", async () => {
      await before.opened;
      order.push("before");
    });
    const alone = mutex.runAlone(async () => {
      order.push("alone begins");
      await during.opened;
      order.push("alone ends");
    });
    const behind = ["a", "b"].map((key) => mutex.run(key, async () => void order.push(key)));
    await settle();
    expect(order).toEqual([]);
    before.open();
    await settle();
    expect(order).toEqual(["before", "alone begins"]);
    during.open();
    await Promise.all([running, alone, ...behind]);
    expect(order).toEqual(["before", "alone begins", "alone ends", "a", "b"]);
  });

  it("never runs two of a key, or anything beside what is alone, in any order of calls", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "b", "c", "alone"), { maxLength: 30 }),
        async (calls) => {
          const mutex = new KeyedMutex();
          const running: string[] = [];
          const work = (key: string) => async () => {
            running.push(key);
            expect(new Set(running).size).toBe(running.length);
            expect(running.length === 1 || !running.includes("alone")).toBe(true);
            await settle(1);
            running.splice(running.indexOf(key), 1);
          };
          await Promise.all(
            calls.map((key) => (key === "alone" ? mutex.runAlone(work(key)) : mutex.run(key, work(key)))),
          );
          expect(running).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });
});
