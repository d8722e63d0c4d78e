/** No call of any client raises the trust of a memory, and none sets it. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Memory, Trust } from "../../src/protocol/schemas.ts";
import { memoryTrust } from "../../src/protocol/schemas.ts";
import { parseParams } from "../../src/protocol/validate.ts";
import { openHarness, chunks, clientOf, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { storedNote } from "./fixtures.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { encodeMemory } from "../../src/service/memory-codec.ts";

const FROM_LEAST: readonly Trust[] = ["unverified", "imported", "assistant", "captured", "user"];
const rank = (trust: Trust) => FROM_LEAST.indexOf(trust);

type Step =
  | { readonly method: "update"; readonly fields: object }
  | { readonly method: "save"; readonly fields: object }
  | { readonly method: "import"; readonly fields: object };

const text = fc.constantFrom("one", "two", "three");
const step: fc.Arbitrary<Step & { client: string }> = fc.record({
  client: fc.constantFrom("cli", "mcp", "hook"),
  method: fc.constantFrom("update", "save", "import"),
  fields: fc.oneof(
    fc.record({ text }),
    fc.record({ tags: fc.subarray(["a", "b"]) }),
    fc.record({ text, pinned: fc.boolean() }),
    fc.record({ pinned: fc.boolean() }),
  ),
});

/** Makes a call, with the confirmation it asks for. */
async function confirmed(
  harness: Harness,
  method: "memory.update" | "memory.save",
  params: { id: string } & { text: string },
  client: ReturnType<typeof clientOf>,
) {
  const first = await harness.answer(method, params, { client });
  if ("id" in first) return first.id;
  const again = { ...params, confirmationToken: tokenOf(first) };
  return (await harness.call(method, again, { client })).id;
}

async function take({ method, fields, client }: Step & { client: string }, harness: Harness, newest: string) {
  harness.clock.advance(60_000);
  const as = clientOf(client);
  if (method === "update") return confirmed(harness, "memory.update", { id: newest, ...fields } as never, as);
  const given = { text: "a new text", ...fields };
  if (method === "save")
    return confirmed(harness, "memory.save", { ...given, supersedes: newest } as never, as);
  const id = newRecordId();
  const line = { kind: "note", project: null, at: "2026-05-01T00:00:00Z", ...given, id, supersedes: newest };
  const params = { format: "keepsake", ownExport: true };
  await harness.call("data.import", params, { stream: chunks(`${JSON.stringify(line)}\n`) });
  return id;
}

describe("the trust of a memory", () => {
  it("never rises, whoever writes a version of it by whatever method", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...memoryTrust.options),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        async (trust, steps) => {
          const harness = await openHarness();
          const first = newRecordId();
          harness.disk.put("memory", first, encodeMemory(storedNote("zero", { trust })));
          const next = harness.restarted();
          await next.unlock();
          let newest = first;
          let known: Memory | undefined;
          for (const each of steps) {
            newest = await take(each, next, newest);
            const { memories } = await next.call("memory.get", { ids: [newest] });
            const version = memories[0];
            expect(rank(version?.trust ?? "user")).toBeLessThanOrEqual(rank(known?.trust ?? trust));
            if (each.client !== "cli" && version?.text !== known?.text && "text" in each.fields) {
              expect(version?.trust).not.toBe("user");
            }
            known = version;
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(["memory.save", "memory.update", "memory.capture"] as const)(
    "and its source are no parameters of %s",
    (method) => {
      for (const field of ["trust", "source", "role", "kind"]) {
        const params = { id: newRecordId(), text: "x", [field]: "user" };
        expect(() => parseParams(method, params)).toThrow(
          expect.objectContaining({ code: "INVALID_PARAMS" }),
        );
      }
    },
  );

  it("is searched and listed by, any of several", async () => {
    const harness = await openHarness();
    const mine = await harness.save("harbour one");
    const models = await harness.save("harbour two", {}, clientOf("mcp"));
    expect(await harness.found("harbour", { trust: ["user"] })).toEqual([mine]);
    expect(await harness.found("harbour", { trust: ["assistant", "imported"] })).toEqual([models]);
    const both = await harness.found("harbour", { trust: ["assistant", "user"] });
    expect(both.toSorted()).toEqual([mine, models].toSorted());
    const { memories } = await harness.call("memory.recent", { trust: ["assistant"] });
    expect(memories.map(({ id }) => id)).toEqual([models]);
    const filter = { trust: ["assistant" as const] };
    expect(await harness.call("memory.forget", { filter, dryRun: true })).toMatchObject({ count: 1 });
  });
});
