import { describe, expect, it } from "vitest";
import { RowTally } from "../../../src/search/ranking/row-tally.ts";

const SESSION = 3;

function begun(maxTerms?: number): RowTally {
  const tally = new RowTally(maxTerms);
  tally.begin(10, 5);
  return tally;
}

describe("a tally of rows", () => {
  it("sums the best of each term, and lists each row once", () => {
    const tally = begun();
    tally.raise(7, 1, SESSION);
    tally.raise(7, 0.5, SESSION);
    tally.raise(2, 4, SESSION);
    tally.beginTerm();
    tally.raise(7, 2, SESSION);
    tally.raise(7, 3, SESSION);
    expect(tally.sum(7)).toBe(4);
    expect(tally.sum(2)).toBe(4);
    expect(tally.sum(3)).toBe(0);
    expect([...tally.touched.subarray(0, tally.count)]).toEqual([7, 2]);
  });

  it("knows nothing of the search before", () => {
    const tally = begun();
    tally.raise(7, 1, SESSION);
    tally.beginTerm();
    tally.raise(7, 1, SESSION);
    tally.close();
    tally.begin(10, 5);
    expect([tally.sum(7), tally.count, tally.isClosed, tally.holds(SESSION)]).toEqual([0, 0, false, false]);
    tally.raise(7, 0.25, SESSION);
    expect(tally.sum(7)).toBe(0.25);
    tally.begin(10, 5);
    tally.list(7, SESSION);
    expect([tally.sum(7), tally.count]).toEqual([0, 1]);
  });

  it("leaves what is touched as it is when it is listed", () => {
    const tally = begun();
    tally.raise(7, 1, SESSION);
    tally.list(7, SESSION);
    expect([tally.sum(7), tally.count]).toEqual([1, 1]);
  });

  it("raises only what is touched once it is closed", () => {
    const tally = begun();
    tally.raise(7, 1, SESSION);
    tally.close();
    tally.beginTerm();
    tally.raise(7, 1, SESSION);
    tally.raise(8, 1, SESSION);
    expect([tally.sum(7), tally.sum(8), tally.count]).toEqual([2, 0, 1]);
    expect([tally.holds(SESSION), tally.holds(SESSION + 1)]).toEqual([true, false]);
  });

  it("gives sums and sessions of touched rows in one go", () => {
    const tally = begun();
    for (const row of [4, 1, 9]) tally.raise(row, row / 2, row % 5);
    const sums = new Float32Array(2);
    const sessions = new Int32Array(2);
    tally.copy(1, 2, sums, sessions);
    expect([[...sums], [...sessions]]).toEqual([
      [0.5, 4.5],
      [1, 4],
    ]);
  });

  it("touches its memory a little at a time, and counts as before afterwards", () => {
    const tally = new RowTally();
    expect([...tally.touchMemory(300_000, 5)].length).toBeGreaterThan(5);
    tally.begin(300_000, 5);
    tally.raise(299_999, 1, SESSION);
    expect([tally.sum(299_999), tally.count]).toEqual([1, 1]);
  });

  it("counts terms anew before their numbers end", () => {
    const tally = begun(3);
    for (let search = 0; search < 10; search++) {
      tally.begin(10, 5);
      expect([tally.sum(7), tally.holds(SESSION)]).toEqual([0, false]);
      tally.raise(7, 1, SESSION);
      tally.beginTerm();
      tally.raise(7, 1, SESSION);
      expect([tally.sum(7), tally.holds(SESSION)]).toEqual([2, true]);
    }
  });
});
