/**
 * What a file held when it was last imported: a sealed record for each file, by which a section that was edited, moved, renamed
 * or removed is known when the file comes again. It says which memory each section became and what it said, as HMACs; of
 * plaintext only the file's path.
 */
import * as z from "zod";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import { recordId, sourceName, tagList } from "../../protocol/schemas.ts";
import type { OpenVault, RecordId } from "../../vault/vault.ts";
import { decodeVersioned } from "../memory-codec.ts";

const SOURCE_VERSION = 1;

const storedSection = z.strictObject({
  /** HMAC of the path of headings and of which one of that path it is. */
  key: recordId,
  /** The version that was imported last. */
  memory: recordId,
  /** HMAC of text and tags as they stood in the file then. */
  content: recordId,
});
export type StoredSection = z.infer<typeof storedSection>;

const storedSource = z.strictObject({
  source: sourceName,
  /** Those of its front matter. */
  tags: tagList,
  sections: z.array(storedSection),
  /** Of sections that are no longer in the file and not forgotten yet. */
  gone: z.array(storedSection),
});
export type StoredSource = z.infer<typeof storedSource>;

export function encodeSource(stored: StoredSource): Uint8Array {
  return concatBytes(Uint8Array.of(SOURCE_VERSION), utf8(JSON.stringify(stored)));
}

/** @throws RECORD_DAMAGED */
export function decodeSource(plaintext: Uint8Array): StoredSource {
  return decodeVersioned(storedSource, SOURCE_VERSION, plaintext);
}

export function sourceId(vault: Pick<OpenVault, "deriveId">, source: string): RecordId {
  return vault.deriveId(utf8("source"), utf8(source));
}

/** @param nth - from 1: which of the sections of that path in the file */
export function sectionKey(
  vault: Pick<OpenVault, "deriveId">,
  headings: readonly string[],
  nth: number,
): RecordId {
  return vault.deriveId(utf8("heading"), utf8(String(nth)), ...headings.map(utf8));
}

export function sectionContent(
  vault: Pick<OpenVault, "deriveId">,
  text: string,
  tags: readonly string[],
): RecordId {
  return vault.deriveId(utf8("section"), utf8(text), ...tags.map(utf8));
}
