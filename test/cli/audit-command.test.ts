import { describe, expect, it } from "vitest";
import { formatTime } from "../../src/base/shown-values.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import { ID, keepsake } from "./harness.ts";

const AT = "2026-11-12T09:00:00.000Z";
const begins = { sequence: 1, since: "2026-09-01T00:00:00.000Z", reason: "start" as const };

const entries: Result<"audit.list">["entries"] = [
  {
    sequence: 1_204,
    at: AT,
    client: "claude-code",
    method: "memory.forget",
    scope: "forget",
    outcome: "refused",
    code: "SCOPE_DENIED",
    traceId: "0123456789ab",
    times: 5,
  },
  {
    sequence: 1_203,
    at: AT,
    client: "cli",
    method: "memory.save",
    scope: "write",
    outcome: "done",
    traceId: "ba9876543210",
    milliseconds: 4,
    ids: [ID],
  },
];

const listing = (found: typeof entries, more = false) => ({
  "audit.list": () => ({ entries: found, more, begins }),
});

describe("audit", () => {
  it("asks the daemon for what the filters say", async () => {
    const filters = ["--client", "cli", "--method", "memory.save", "--code", "scope_denied", "--failed"];
    const { calls, exit } = await keepsake(
      ["audit", ...filters, "--after", "2026-05-03T14:00Z", "--limit", "7"],
      { answers: listing(entries) },
    );
    expect(exit).toBe(0);
    expect(calls.at(-1)?.params).toMatchObject({
      client: "cli",
      method: "memory.save",
      code: "SCOPE_DENIED",
      failed: true,
      after: "2026-05-03T14:00:00.000Z",
      limit: 7,
    });
  });

  it.each([
    [["--client", "No Client"]],
    [["--method", "memory.save; rm"]],
    [["--code", "NO_SUCH_CODE"]],
    [["--verify", "--failed"]],
    [["--json", "--jsonl"]],
  ])("refuses %j before anything is asked", async (options) => {
    const { exit, calls } = await keepsake(["audit", ...options], { answers: listing(entries) });
    expect([exit, calls]).toEqual([2, []]);
  });

  it("prints a table for people, and as many cells in every line for a pipe", async () => {
    const shown = await keepsake(["audit"], { answers: listing(entries, true), isTerminal: true });
    expect(shown.out).toContain(formatTime(AT));
    expect(shown.out).toContain("SCOPE_DENIED");
    expect(shown.out).toContain("5 times");
    expect(shown.err).toContain("there are more");
    const piped = await keepsake(["audit"], { answers: listing(entries, true) });
    const lines = piped.out.trimEnd().split("\n");
    expect(lines).toEqual([
      `1204\t${AT}\tclaude-code\tmemory.forget\trefused\tSCOPE_DENIED\t5\t0123456789ab\t`,
      `1203\t${AT}\tcli\tmemory.save\tdone\t\t\tba9876543210\t${ID}`,
    ]);
    expect(piped.err).toBe("");
  });

  it("prints all there is as JSON, whole or a line each", async () => {
    const answers = listing(entries);
    expect(JSON.parse((await keepsake(["audit", "--json"], { answers })).out)).toEqual({
      entries,
      more: false,
      begins,
    });
    const lines = (await keepsake(["audit", "--jsonl"], { answers })).out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(entries);
  });

  it("says that nothing was found, and since when it was looked for", async () => {
    const { exit, out, err } = await keepsake(["audit"], { answers: listing([]) });
    expect([exit, out]).toEqual([5, ""]);
    expect(err).toContain(`nothing of that is on record since ${formatTime(begins.since)}`);
  });

  it("names what is wrong with the record, and exits with 7", async () => {
    const wrong = {
      "audit.verify": () => ({
        ok: false,
        entries: 1_200,
        problems: [
          { kind: "removed" as const, from: 4, to: 6 },
          { kind: "changed" as const, from: 9, to: 9 },
          { kind: "truncated" as const, from: 1_203, to: 1_204 },
        ],
        problemCount: 5,
        begins,
      }),
    };
    const { exit, out } = await keepsake(["audit", "--verify"], { answers: wrong });
    expect(exit).toBe(7);
    expect(out.split("\n").slice(1)).toEqual([
      "entries 4 to 6 were removed",
      "entry 9 was changed",
      "cut off at the end: entries 1,203 to 1,204",
      "and 2 more",
      "",
    ]);
    expect((await keepsake(["audit", "--verify", "--json"], { answers: wrong })).exit).toBe(7);
  });

  it("says that the record is whole", async () => {
    const whole = {
      "audit.verify": () => ({ ok: true, entries: 2, problems: [], problemCount: 0, begins }),
    };
    const { exit, out } = await keepsake(["audit", "--verify"], { answers: whole });
    expect([exit, out]).toEqual([0, `the record is whole: 2 entries since ${formatTime(begins.since)}\n`]);
  });
});
