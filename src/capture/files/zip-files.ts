/**
 * Files in a zip, read as streams: nothing is unpacked to a disk. Names and sizes are checked by yauzl while it reads; a zip that
 * would unpack to far more than it is, as one made to fill memory or time does, is refused before an entry of it is opened.
 */
import { crc32 } from "node:zlib";
import { openPromise } from "yauzl";
import type { Entry, ZipFile } from "yauzl";
import { KeepsakeError } from "../../base/errors.ts";

export type ZipEntry = Entry;

export const ZIP_SUFFIX = ".zip";

const MAX_ENTRIES = 200_000;
/** Text packs to a tenth; what says the same all over to a hundredth. */
const MAX_RATIO = 200;
const MAX_UNPACKED_BYTES = 32 * 2 ** 30;
/** This much does no harm, whatever it was packed to. */
const FREE_BYTES = 256 << 20;
const SIGNATURES = [
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 5, 6],
];
/** Folders that macOS adds, with a shadow of every file. */
const SHADOWS = "__MACOSX";

export function isZip(start: Uint8Array): boolean {
  return SIGNATURES.some((signature) => signature.every((byte, index) => start[index] === byte));
}

export function isZipName(path: string): boolean {
  return path.toLowerCase().endsWith(ZIP_SUFFIX);
}

/** The files in it whose name is wanted, in the order of the zip. @throws INVALID_INPUT */
export async function zipEntries(
  path: string,
  isWanted: (name: string) => boolean,
): Promise<readonly ZipEntry[]> {
  const zip = await openZip(path);
  try {
    const entries: ZipEntry[] = [];
    let unpacked = 0;
    if (zip.entryCount > MAX_ENTRIES) throw hugeZipError();
    for await (const entry of zip.eachEntry()) {
      const { fileName, uncompressedSize } = entry;
      const folders = fileName.split("/");
      const isHidden = folders.includes(SHADOWS) || folders.some((name) => name.startsWith("."));
      if (fileName.endsWith("/") || isHidden || !isWanted(fileName)) continue;
      if (entry.isEncrypted()) throw encryptedZipError();
      unpacked += uncompressedSize;
      if (unpacked > MAX_UNPACKED_BYTES || unpacked > Math.max(FREE_BYTES, zip.fileSize * MAX_RATIO))
        throw hugeZipError();
      entries.push(entry);
    }
    return entries;
  } catch (cause) {
    throw cause instanceof KeepsakeError ? cause : damagedZipError(cause);
  } finally {
    zip.close();
  }
}

/** The files of one zip after the other: a zip stays open until another is asked for, since opening costs more than a small file. */
export class ZipReader {
  #open: { readonly path: string; readonly zip: ZipFile } | undefined;

  /** What is in one of the files. @throws INVALID_INPUT when its bytes are not what the zip says */
  async *chunks(path: string, entry: ZipEntry): AsyncGenerator<Uint8Array> {
    try {
      const zip = await this.#opened(path);
      const stream = await zip.openReadStreamPromise(entry);
      let sum = 0;
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          sum = crc32(chunk, sum);
          yield chunk;
        }
      } finally {
        stream.destroy();
      }
      if (sum !== entry.crc32) throw damagedZipError();
    } catch (cause) {
      throw cause instanceof KeepsakeError ? cause : damagedZipError(cause);
    }
  }

  close(): void {
    this.#open?.zip.close();
    this.#open = undefined;
  }

  async #opened(path: string): Promise<ZipFile> {
    if (this.#open?.path === path) return this.#open.zip;
    this.close();
    const zip = await openZip(path);
    this.#open = { path, zip };
    return zip;
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (cause) {
    throw damagedZipError(cause);
  }
}

function damagedZipError(cause?: unknown): KeepsakeError {
  return new KeepsakeError("INVALID_INPUT", "is a zip that is damaged or not all there", {
    hint: "download it again, or unpack what can be unpacked and import that",
    cause,
  });
}

function encryptedZipError(): KeepsakeError {
  return new KeepsakeError("INVALID_INPUT", "is a zip with a password", {
    hint: "unpack it first, and import what was in it",
  });
}

function hugeZipError(): KeepsakeError {
  return new KeepsakeError(
    "INVALID_INPUT",
    `is a zip that unpacks to more than ${MAX_RATIO} times its size, or holds more than ${MAX_ENTRIES} files`,
    { hint: "if you trust it, unpack it first, and import what was in it" },
  );
}
