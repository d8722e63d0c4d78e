/** The threat map and what can be wrong with it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { METHODS, METHOD_NAMES } from "../../../src/protocol/method-table.ts";
import type { MethodDefinition } from "../../../src/protocol/method.ts";
import type { Mutation } from "./mutation-files.ts";
import { mutate } from "./mutation-files.ts";
import type { TestTitle } from "./test-titles.ts";

/** How many rows each letter has; a new threat is added here, in the map and in docs/threat-model.md. */
const THREATS = { A: 8, B: 7, C: 7, D: 3, E: 4, F: 12, G: 10, H: 7, I: 5 } as const;
export const THREAT_IDS: readonly string[] = Object.entries(THREATS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

export const TOOL_NAMES = METHOD_NAMES.flatMap(
  (name) => (METHODS[name] as MethodDefinition).tool?.name ?? [],
);

const threatMap = z.strictObject({
  threats: z.array(
    z.strictObject({
      id: z.string().regex(/^[A-I]\d{1,2}$/),
      attack: z.string().min(5),
      mitigation: z.string().min(5),
      methods: z.array(z.enum(METHOD_NAMES as [string, ...string[]])),
      tools: z.array(z.enum(TOOL_NAMES as [string, ...string[]])).optional(),
      /** Titles by file. */
      proofs: z.record(z.string().startsWith("test/"), z.array(z.string()).min(1)),
    }),
  ),
  /** What an attacker found at 0.1.0, and the rows that answer each. */
  findings: z.array(
    z.strictObject({ finding: z.int(), attack: z.string().min(5), rows: z.array(z.string()).min(1) }),
  ),
  notYet: z.array(z.strictObject({ id: z.string(), reason: z.string().min(10) })),
});
export type ThreatMap = z.infer<typeof threatMap>;

/** What tests there are, by file. */
export type Tests = ReadonlyMap<string, readonly TestTitle[]>;

/** Reads `threat-map.json`. */
export function readThreatMap(root: string): ThreatMap {
  const text = readFileSync(join(root, "test/security/threat-map.json"), "utf8");
  return threatMap.parse(JSON.parse(text));
}

/** Proofs that do not exist or are skipped, and threats without any. */
export function missingProofs({ threats }: Pick<ThreatMap, "threats">, tests: Tests): readonly string[] {
  return threats.flatMap(({ id, proofs }) => [
    ...(Object.keys(proofs).length === 0 ? [`${id}: no proof`] : []),
    ...unprovable(id, proofs, tests),
  ]);
}

/** Mutations that fit neither the sources, nor the tests, nor the map. */
export function unsoundMutations(
  mutations: readonly Mutation[],
  { threats, findings }: Pick<ThreatMap, "threats" | "findings">,
  tests: Tests,
  readSource: (file: string) => string,
): readonly string[] {
  const known = new Set([
    ...threats.map(({ id }) => id),
    ...findings.map(({ finding }) => `finding-${finding}`),
  ]);
  return mutations.flatMap((mutation) => {
    const { name, threat, file, proofs } = mutation;
    let unsound: string[] = [];
    try {
      mutate(mutation, readSource(file));
    } catch (error) {
      unsound = [(error as Error).message];
    }
    if (!known.has(threat)) unsound.push(`${name}: there is no ${threat} in the map`);
    return [...unsound, ...unprovable(name, proofs, tests)];
  });
}

/** Threats of which no proof is known to fail: no mutation names one of those the map names. */
export function neverSeenToFail(
  { threats }: Pick<ThreatMap, "threats">,
  mutations: readonly Mutation[],
): readonly string[] {
  return threats
    .filter(({ id, proofs }) =>
      mutations.every(
        ({ threat, proofs: seen }) =>
          threat !== id ||
          Object.entries(seen).every(([file, titles]) =>
            titles.every((title) => proofs[file]?.includes(title) !== true),
          ),
      ),
    )
    .map(({ id }) => id);
}

function unprovable(
  whose: string,
  proofs: Readonly<Record<string, readonly string[]>>,
  tests: Tests,
): readonly string[] {
  return Object.entries(proofs).flatMap(([file, titles]) =>
    titles.flatMap((title) => {
      const found = tests.get(file)?.filter((test) => test.title === title) ?? [];
      if (found.length === 0) return [`${whose}: ${file} has no test "${title}"`];
      return found.every(({ isSkipped }) => isSkipped) ? [`${whose}: ${file} skips "${title}"`] : [];
    }),
  );
}
