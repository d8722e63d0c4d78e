/**
 * Writes the frozen vectors that are missing: one `test/vectors/<name>.json` for each entry of `FORMATS`. A file that is there is
 * never overwritten: it says how data that people already have is laid out. To replace one that no release ever had, delete
 * it by hand first.
 *
 *     npm run vectors
 */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { FORMATS } from "../test/vectors/formats.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "test", "vectors");

for (const { name, make } of FORMATS) {
  const path = join(folder, `${name}.json`);
  const text = await format(JSON.stringify(await make()), { parser: "json", printWidth: 110 });
  try {
    await writeFile(path, text, { flag: "wx" });
    console.log(`made  ${name}`);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    console.log(`kept  ${name}: it is there and is not overwritten`);
  }
}
