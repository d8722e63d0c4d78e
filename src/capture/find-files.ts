/** The files that the paths of a command line mean: each file itself, and of a folder every transcript and note below it. */
import { open, stat } from "node:fs/promises";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { PEEK_BYTES, detectFormat, hasSuffix, isText, isToldByContent, namedAs } from "./detect-format.ts";
import { filesBehind } from "./files/files-below.ts";
import { FORMATS } from "./formats.ts";
import type { ImportFormat } from "./formats.ts";
import type { FoundFile } from "./found-file.ts";
import { ZIP_SUFFIX, ZipReader, isZip, isZipName, zipEntries } from "./files/zip-files.ts";

const REACHABLE = "name files or folders that are there and that you may read";

/**
 * In the order given, files of a folder by name. Symbolic links are followed, but none to a folder it lies in; every folder is
 * gone through once and every file is there once, however many ways lead to it. What a link leads to outside the folder says so.
 *
 * @param as - the format of every file, whatever it looks like; a folder's files only where their names fit it
 * @param isHostsOwn - whether Markdown at a path is nobody's notes; of a file that is named, nobody asks
 * @param onEmpty - told of a folder without any; it is an error where nobody is
 * @throws INVALID_INPUT for a path that is not there, not readable or neither file nor folder; it is named by its place in
 * the list, since a file's name may itself say too much
 */
export async function findFiles(
  paths: readonly string[],
  as?: ImportFormat,
  onEmpty: (error: KeepsakeError) => void = raise,
  isHostsOwn: (real: string) => boolean = () => false,
): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const seen = new Set<string>();
  for (const [index, path] of paths.entries()) {
    const place = `file ${index + 1} of ${paths.length}`;
    const { isFolder, files } = await naming(
      place,
      index,
      filesBehind(path, (name) => mayBeIn(name, as)),
    );
    for (const { path: file, real, isOutside = false } of files) {
      if (seen.has(real)) continue;
      seen.add(real);
      const behind = await naming(place, index, look(file, { given: index, isNamed: !isFolder }, as));
      const isOwn = as === undefined && isFolder && isHostsOwn(real);
      for (const each of behind) {
        const isPassedOver = isOwn && each.format === "markdown";
        found.push({
          ...each,
          ...(isPassedOver && { format: undefined, isHostsOwn: true }),
          ...(isOutside && { isOutside }),
        });
      }
    }
    if (isFolder && files.length === 0)
      onEmpty(
        new KeepsakeError("INVALID_INPUT", `${place} holds no ${suffixesOf(as)} file`, {
          hint: "name the files themselves",
          facts: { given: index },
        }),
      );
  }
  return found;
}

function raise(error: KeepsakeError): never {
  throw error;
}

/** @throws INVALID_INPUT with the place in front, and its number as a fact */
async function naming<R>(place: string, given: number, looking: Promise<R>): Promise<R> {
  try {
    return await looking;
  } catch (cause) {
    throw new KeepsakeError("INVALID_INPUT", `${place} ${reasonOf(cause)}`, {
      hint: (cause instanceof KeepsakeError ? cause.hint : undefined) ?? REACHABLE,
      facts: { given },
      cause,
    });
  }
}

function rowsOf(as: ImportFormat | undefined) {
  return FORMATS.filter(({ name }) => as === undefined || name === as);
}

function mayBeIn(name: string, as: ImportFormat | undefined): boolean {
  const rows = rowsOf(as);
  return (rows.some(isToldByContent) && isZipName(name)) || rows.some((row) => hasSuffix(name, row));
}

/** The suffixes of a folder's files that are looked at, as a choice. */
function suffixesOf(as: ImportFormat | undefined): string {
  const rows = rowsOf(as);
  const suffixes = new Set(
    rows.flatMap((row) => row.suffixes.slice(0, isToldByContent(row) ? undefined : 1)),
  );
  if (rows.some(isToldByContent)) suffixes.add(ZIP_SUFFIX);
  return [...suffixes].join(", ").replace(/, ([^,]+)$/, " or $1");
}

async function look(
  path: string,
  how: Pick<FoundFile, "given" | "isNamed">,
  as: ImportFormat | undefined,
): Promise<readonly FoundFile[]> {
  // Opening a pipe or a device could wait for ever.
  const found = await stat(path);
  if (!found.isFile()) throw new KeepsakeError("INVALID_INPUT", "is not a regular file", { hint: REACHABLE });
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(PEEK_BYTES, found.size)));
    const start = buffer.subarray(0, bytesRead);
    const looked = { path, bytes: found.size, modified: found.mtimeMs, born: found.birthtimeMs, ...how };
    const inside = isZip(start) ? await lookInside(looked, as) : undefined;
    if (inside?.files.some(({ format }) => format !== undefined) === true) return inside.files;
    const { holdsUnread = false } = inside ?? {};
    return [
      { ...looked, format: formatOf(start, found.size, path, as), ...(holdsUnread && { holdsUnread }) },
    ];
  } finally {
    await file.close();
  }
}

function formatOf(
  start: Uint8Array,
  bytes: number,
  path: string,
  as: ImportFormat | undefined,
): ImportFormat | undefined {
  const isWhole = bytes <= PEEK_BYTES;
  if (as === undefined) return detectFormat(start, isWhole, namedAs(path));
  return isText(start, isWhole) ? as : undefined;
}

interface Inside {
  readonly files: readonly FoundFile[];
  /** It holds what is read of a folder and not of a zip: Markdown, or another zip. */
  readonly holdsUnread: boolean;
}

/** The files of a zip that a folder would hold, but for Markdown: what is uploaded to a service is nobody's notes. */
async function lookInside(zip: Omit<FoundFile, "format">, as: ImportFormat | undefined): Promise<Inside> {
  const rows = rowsOf(as).filter(isToldByContent);
  const files: FoundFile[] = [];
  let holdsUnread = false;
  const reader = new ZipReader();
  try {
    for (const entry of await zipEntries(zip.path, (name) => mayBeIn(name, as))) {
      const { fileName, uncompressedSize: bytes } = entry;
      const isRead = rows.some((row) => hasSuffix(fileName, row));
      const start = isRead && (await firstBytes(reader.chunks(zip.path, entry), PEEK_BYTES));
      const format = start === false ? undefined : formatOf(start, bytes, fileName, as);
      holdsUnread ||= !isRead;
      if (format !== undefined) files.push({ ...zip, entry, bytes, format });
      else if (isRead || isZipName(fileName)) files.push({ ...zip, entry, bytes, format, isNamed: false });
    }
  } catch (error) {
    // A folder may hold zips that have nothing to do with keepsake.
    if (zip.isNamed) throw error;
    return { files: [], holdsUnread: false };
  } finally {
    reader.close();
  }
  return { files, holdsUnread };
}

async function firstBytes(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    read.push(chunk);
    bytes += chunk.length;
    if (bytes >= most) break;
  }
  return Buffer.concat(read).subarray(0, most);
}

function reasonOf(cause: unknown): string {
  if (cause instanceof KeepsakeError) return cause.message;
  switch (systemErrorCode(cause)) {
    case "ENOENT":
      return "does not exist";
    case "EACCES":
    case "EPERM":
      return "cannot be read: permission denied";
    case undefined:
      return "cannot be read";
    default:
      return `cannot be read: ${systemErrorCode(cause)}`;
  }
}
