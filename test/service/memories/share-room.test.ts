import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareRoom } from "../../../src/service/memories/share-room.ts";

describe("shared room", () => {
  it("goes by weight, and what one leaves goes to the others", () => {
    expect(shareRoom([100, 100], [3, 1], 40)).toEqual([30, 10]);
    expect(shareRoom([10, 100, 100], [2, 1, 1], 100)).toEqual([10, 45, 45]);
    expect(shareRoom([10, 20], [1, 1], 100)).toEqual([10, 20]);
    expect(shareRoom([], [], 100)).toEqual([]);
  });

  it("is never more than there is, nor more than anyone wants, and hardly anything is left", () => {
    const given = fc.array(fc.tuple(fc.nat({ max: 70_000 }), fc.integer({ min: 1, max: 100 })), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(given, fc.nat({ max: 70_000 }), (wants, room) => {
        const wanted = wants.map(([want]) => want);
        const shares = shareRoom(
          wanted,
          wants.map(([, weight]) => weight / 100),
          room,
        );
        const sum = shares.reduce((all, share) => all + share, 0);
        expect(sum).toBeLessThanOrEqual(room);
        for (const [place, share] of shares.entries()) expect(share).toBeLessThanOrEqual(wanted[place] ?? 0);
        const all = wanted.reduce((whole, want) => whole + want, 0);
        expect(sum).toBeGreaterThanOrEqual(Math.min(room, all) - wanted.length);
      }),
    );
  });
});
