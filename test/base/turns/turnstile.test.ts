import { expect, test } from "vitest";
import { Turnstile } from "../../../src/base/turns/turnstile.ts";

test("a turnstile lets as many in as it has places, the others in their order", async () => {
  const turnstile = new Turnstile(2);
  const entered: number[] = [];
  const leave: (() => void)[] = [];
  const enter = async (index: number) => {
    leave[index] = await turnstile.enter();
    entered.push(index);
  };
  const all = Promise.all([0, 1, 2, 3].map((index) => enter(index)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(entered).toEqual([0, 1]);
  leave[1]?.();
  leave[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(entered).toEqual([0, 1, 2]);
  leave[0]?.();
  await all;
  expect(entered).toEqual([0, 1, 2, 3]);
  leave[2]?.();
  leave[3]?.();
  const [first, second] = await Promise.all([turnstile.enter(), turnstile.enter()]);
  expect([typeof first, typeof second]).toEqual(["function", "function"]);
});
