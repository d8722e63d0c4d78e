import { expect, it } from "vitest";
import { readAhead } from "../../../src/service/memories/read-ahead.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it("gives every result once, in the order of the items, however long each takes", async () => {
  const items = Array.from({ length: 30 }, (_, number) => number);
  const seen: (readonly [number, number])[] = [];
  const work = async (number: number) => {
    await pause((number * 7) % 5);
    return number * 2;
  };
  for await (const each of readAhead(items, work)) seen.push(each);
  expect(seen).toEqual(items.map((number) => [number, number * 2]));
});

it("works on a few at a time, not on all", async () => {
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await pause(1);
    running -= 1;
  };
  for await (const _ of readAhead(Array.from({ length: 100 }), work));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThan(20);
});

it("throws when the turn of the item comes, and drops what was begun for later ones", async () => {
  const seen: number[] = [];
  const work = async (number: number) => {
    if (number >= 3) throw new Error(`no ${number}`);
    return number;
  };
  const reading = (async () => {
    for await (const [, result] of readAhead([0, 1, 2, 3, 4, 5], work)) seen.push(result);
  })();
  await expect(reading).rejects.toThrow("no 3");
  expect(seen).toEqual([0, 1, 2]);
});

it("begins nothing more once nobody wants the rest", async () => {
  let begun = 0;
  for await (const [number] of readAhead(
    Array.from({ length: 100 }, (_, index) => index),
    async () => void (begun += 1),
  )) {
    if (number === 1) break;
  }
  expect(begun).toBeLessThan(20);
});
