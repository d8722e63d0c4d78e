import { expect, it } from "vitest";
import { newRecordId } from "../../../src/base/record-id.ts";
import { factsOf, isDryRun } from "../../../src/service/audit/audit-facts.ts";

it("takes nothing for an id that has not the form of one, wherever it stands", () => {
  const id = newRecordId();
  const text = "The Lantern project, as text";
  const params = { id: text, ids: [text, id], supersedes: text };
  const result = { slot: { id: text }, hits: [{ id: text }, { id }], removed: [text] };
  expect(factsOf(params, result).ids).toEqual([id]);
});

it("tells a yes of the person from a no", () => {
  expect(factsOf({ id: "0123abcd", agree: true }, { id: "0123abcd", agreed: true }).confirmation).toBe(
    "given",
  );
  expect(factsOf({ id: "0123abcd", agree: false }, { id: "0123abcd", agreed: false }).confirmation).toBe(
    "refused",
  );
});

it("tells a call that was to do nothing from one that did it", () => {
  expect([isDryRun({ dryRun: true }), isDryRun({ dryRun: false }), isDryRun({})]).toEqual([
    true,
    false,
    false,
  ]);
});
