import { expect, it } from "vitest";
import { newRecordId } from "../../../src/base/record-id.ts";
import { factsOf } from "../../../src/service/audit/audit-facts.ts";

it("takes nothing for an id that has not the form of one, wherever it stands", () => {
  const id = newRecordId();
  const text = "The Lantern project, as text";
  const params = { id: text, ids: [text, id], supersedes: text };
  const result = { slot: { id: text }, hits: [{ id: text }, { id }], removed: [text] };
  expect(factsOf(params, result).ids).toEqual([id]);
});
