import { expect, it } from "vitest";
import { CountedCalls, REFUSAL_PACE } from "../../../src/service/audit/counted-calls.ts";
import { FakeClock } from "../../support/fake-clock.ts";

it("tells 256 kinds apart, and counts the calls of all others together", () => {
  const counted = new CountedCalls(new FakeClock());
  const call = { at: "2026-11-12T09:00:00.000Z", outcome: "refused", code: "RATE_LIMITED" } as const;
  let alone = 0;
  for (let client = 0; client < 1_000; client += 1) {
    for (let count = 0; count < 5; count += 1) {
      if (counted.take({ ...call, client: `client-${client}` }, REFUSAL_PACE) !== undefined) alone += 1;
    }
  }
  expect(alone).toBe(256 * 3);
  const due = counted.takeDue("all");
  expect(due).toHaveLength(256 + 1);
  expect(due.at(-1)?.times).toBe((1_000 - 256) * 5);
});
