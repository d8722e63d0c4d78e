import * as fc from "fast-check";
import { expect, it } from "vitest";
import { openHarness, tokenOf } from "../harness.ts";
import type { Harness } from "../harness.ts";
import { current, importFiles } from "./changing-files.ts";

const FILES = ["/n/a.md", "/n/b.md"] as const;
const WORDS = ["ferry", "tide", "pier", "lamp", "rope", "anchor", "fog", "gull"];

/** A section: its heading, and what stands under it. */
const section = fc.record({
  heading: fc.constantFrom("A", "B", "C"),
  words: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 5 }),
});
const document = fc.array(section, { maxLength: 5 });
/** Every file as it is then, or one alone. */
const step = fc.record({
  documents: fc.tuple(document, document),
  which: fc.constantFrom("both", "first", "second"),
  isCut: fc.boolean(),
});

type Section = typeof section extends fc.Arbitrary<infer S> ? S : never;

const textOf = ({ heading, words }: Section) => `# ${heading}\n${words.join(" ")}`;
const fileOf = (sections: readonly Section[]) => `${sections.map(textOf).join("\n")}\n`;

it("shows what the files say, after any edits and any imports, cut off or not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      const harness = await openHarness();
      const said = new Map<string, readonly Section[]>();
      const imported = async (names: readonly string[]) => {
        const files = Object.fromEntries(names.map((name) => [name, fileOf(said.get(name) ?? [])]));
        return importFiles(harness, files, { folders: names.length === 2 ? ["/n"] : [] });
      };
      for (const { documents, which, isCut } of steps) {
        const names = FILES.filter((_, at) => which === "both" || (which === "first") === (at === 0));
        for (const name of names) said.set(name, documents[FILES.indexOf(name)] ?? []);
        if (isCut) await cutOff(harness, () => imported(names));
        await imported(names);
      }
      const { gone = [] } = await imported(FILES);
      await forget(
        harness,
        gone.flatMap(({ ids }) => ids),
      );
      const texts = [...said.values()].flat().map(textOf);
      expect([...new Set(await current(harness))]).toEqual([...new Set(texts)].toSorted());
      expect(await imported(FILES)).toMatchObject({ stored: 0, duplicates: texts.length });
    }),
    { numRuns: 150 },
  );
}, 60_000);

/** The second batch of the import is not written. */
async function cutOff(harness: Harness, work: () => Promise<unknown>): Promise<void> {
  let writes = 0;
  harness.disk.hooks.beforeWrite = () => {
    writes += 1;
    if (writes > 1) throw new Error("killed");
  };
  await work().catch(() => {});
  harness.disk.hooks = {};
}

async function forget(harness: Harness, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const first = await harness.call("memory.forget", { ids });
  if (first.status === "confirmation_required")
    await harness.call("memory.forget", { ids, confirmationToken: tokenOf(first) });
}
