/** What the tests of cryptography share: hexadecimal, and the Wycheproof files that lie beside the repository. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const folder = join(
  dirname(fileURLToPath(import.meta.url)),
  "..",
  "..",
  "..",
  "shared",
  "data",
  "wycheproof",
);

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** Every test of a Wycheproof file with its group; undefined, and said so aloud, when the file is not there. */
export function wycheproof<Group extends z.ZodType, Case extends z.ZodType>(
  name: string,
  group: Group,
  testCase: Case,
): readonly { readonly group: z.infer<Group>; readonly test: z.infer<Case> }[] | undefined {
  const path = join(folder, name);
  if (!existsSync(path)) {
    console.warn(`SKIPPED: Wycheproof vectors are missing (${path})`);
    return undefined;
  }
  const file = z.object({ testGroups: z.array(z.looseObject({ tests: z.array(z.unknown()) })) });
  return file.parse(JSON.parse(readFileSync(path, "utf8"))).testGroups.flatMap((found) => {
    const parsed = group.parse(found);
    return found.tests.map((each) => ({ group: parsed, test: testCase.parse(each) }));
  });
}

/** The error code of what `run` throws; undefined when it does not throw, or throws something else. */
export function thrownCode(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
}

/** Like `thrownCode`, for a promise. */
export async function rejectedCode(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => codeOf(error),
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : String(error);
}
