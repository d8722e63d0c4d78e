/**
 * Sections that are no longer in their file: of files that came whole, and of files that did not come though their folder did.
 * Nothing is forgotten here; the person is asked. Left out are memories that a section of another file still is, and those
 * that were given another text by hand.
 */
import type { GoneSections } from "../../protocol/methods/data-methods.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { Memories } from "../memories/memories.ts";
import type { SourceBook } from "./source-book.ts";
import type { StoredSource } from "./stored-source.ts";

/** What the answer has room for, in characters; and how many, since an id takes 29 of them. */
const MAX_CHARACTERS = 512 << 10;

export interface GivenFiles {
  readonly files: ReadonlySet<string>;
  readonly folders: readonly string[];
}

/** @param format - the source of memories that imports wrote */
export async function goneSections(
  memories: Memories,
  book: SourceBook,
  { files, folders }: GivenFiles,
  format: string,
): Promise<{ readonly gone: readonly GoneSections[]; readonly goneLeft: number }> {
  const index = await memories.complete();
  const isFree = memories.freeIds();
  const isGoneFile = ({ source }: StoredSource) =>
    !files.has(source) && folders.some((folder) => isBelow(source, folder));
  const isKeptFile = new Set([...book].filter((stored) => !isGoneFile(stored)).map(({ source }) => source));
  const seen = new Set<RecordId>();
  const gone: GoneSections[] = [];
  let [characters, goneLeft] = [0, 0];
  for (const stored of book) {
    const isFile = isGoneFile(stored);
    if (!isFile && !files.has(stored.source)) continue;
    const ids: RecordId[] = [];
    for (const { memory } of isFile ? [...stored.sections, ...stored.gone] : stored.gone) {
      const newest = index.versions(memory).at(-1) ?? memory;
      const isHeld = index
        .versions(memory)
        .some((id) => book.isHeldBy(id, (source) => isKeptFile.has(source)));
      if (isFree(memory) || seen.has(newest) || isHeld) continue;
      seen.add(newest);
      const said = await memories.readSound(newest);
      if (said?.source === format) ids.push(newest);
    }
    const size = stored.source.length + ids.length * 29;
    if (characters + size > MAX_CHARACTERS) goneLeft += ids.length;
    else if (ids.length > 0) gone.push({ source: stored.source, isFile, ids });
    characters += size;
  }
  return { gone, goneLeft };
}

function isBelow(source: string, folder: string): boolean {
  return source.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
