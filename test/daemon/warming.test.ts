import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { Warming } from "../../src/daemon/engine.ts";

it("takes steps while nobody needs the time, and gives way between them", async () => {
  let taken = 0;
  async function* steps(): AsyncGenerator<void> {
    for (; taken < 10; taken += 1) yield;
  }
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn += 1) await nextTurn();
  };
  const warming = new Warming(steps());
  await turns(3);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(10);
  warming.pause();
  await turns(2);
  const before = taken;
  await turns(20);
  expect(taken).toBe(before);
  warming.resume();
  await turns(20);
  expect(taken).toBe(10);
  warming.resume();
});
