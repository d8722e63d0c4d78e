/**
 * Words that exist nowhere else, one for each kind of content, and the search for them in whatever bytes: as UTF-8, as
 * UTF-16, in hexadecimal and in base64 at every offset.
 */
import { randomInt } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** No vowels: folding and stemming leave it as it is. */
const LETTERS = "bcdfghjkmnpqrtvwxz";
const LENGTH = 18;

export interface Needle {
  /** What it stands for: `text`, `tag`, … and how it is written. */
  readonly name: string;
  readonly bytes: Buffer;
}

export function drawCanary(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

/** Every way a canary may be written. */
export function needlesFor(canaries: Readonly<Record<string, string>>): readonly Needle[] {
  return Object.entries(canaries).flatMap(([kind, canary]) => {
    const utf8 = Buffer.from(canary, "utf8");
    const forms: Record<string, Buffer> = {
      "utf-8": utf8,
      "upper case": Buffer.from(canary.toUpperCase(), "utf8"),
      "utf-16": Buffer.from(canary, "utf16le"),
      hex: Buffer.from(utf8.toString("hex"), "latin1"),
      ...Object.fromEntries([0, 1, 2].map((offset) => [`base64 at ${offset}`, base64At(utf8, offset)])),
    };
    return Object.entries(forms).map(([form, bytes]) => ({ name: `${kind} in ${form}`, bytes }));
  });
}

/** The characters of base64 that do not depend on what stands before and after. */
function base64At(bytes: Buffer, offset: number): Buffer {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64url");
  return Buffer.from(encoded.slice(offset === 0 ? 0 : offset + 1, -2), "latin1");
}

/** Names of the needles that stand in `bytes`. */
export function found(bytes: Uint8Array, needles: readonly Needle[]): readonly string[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return needles.filter((needle) => haystack.includes(needle.bytes)).map(({ name }) => name);
}

/** `path: needle` for every file below a folder whose content or name holds one; how many bytes were searched. */
export function searchFiles(
  folder: string,
  needles: readonly Needle[],
): { readonly hits: readonly string[]; readonly files: number; readonly bytes: number } {
  const hits: string[] = [];
  const searched = { files: 0, bytes: 0 };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    hits.push(...found(Buffer.from(path), needles).map((name) => `${path} (its name): ${name}`));
    if (!entry.isFile()) continue;
    let content: Buffer;
    try {
      content = readFileSync(path);
    } catch {
      continue; // LevelDB replaced it meanwhile.
    }
    searched.files++;
    searched.bytes += content.length;
    hits.push(...found(content, needles).map((name) => `${path}: ${name}`));
  }
  return { hits, ...searched };
}
