/**
 * How far the file of each session was read: `<state>/hooks/<mark>`, 0600. The name is an HMAC of session and path under the client's
 * token; in it stand numbers of bytes, and an HMAC of what stands before them: a file that is another one by now is read from
 * its beginning. A mark that is lost costs a second reading, which stores nothing twice.
 */
import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../base/attempt.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import type { Secret } from "../base/secret.ts";
import { fieldsIn, listIn } from "../capture/shapes/fields.ts";
import { ensurePrivateDirectory, readPrivateFile, replacePrivateFile } from "../platform/private-files.ts";
import { bytesBefore, FROM_START } from "./file-lines.ts";
import type { ReadFrom } from "./file-lines.ts";

const MARK_BYTES = 1_024;
const KEPT_MS = 60 * 24 * 3_600_000;
/** How much of a file before the mark must be as it was. */
const COMPARED_BYTES = 4_096;

export class ReadMarks {
  readonly #folder: string;
  readonly #token: Secret;

  /** @param token - the client's; the caller wipes it */
  constructor(stateFolder: string, token: Secret) {
    this.#folder = join(stateFolder, "hooks");
    this.#token = token;
  }

  /** Where the file of a session is read on; its beginning where nothing is known of it, or it is another one by now. */
  async of(session: string, path: string): Promise<ReadFrom> {
    try {
      const bytes = await readPrivateFile(await this.#pathOf(session, path), MARK_BYTES);
      const read: unknown = attempt<unknown>(() => JSON.parse(Buffer.from(bytes ?? []).toString("utf8")));
      const mark = fieldsIn({ read }, "read");
      const [offset, ...again] = [mark["offset"], ...listIn(mark, "again")];
      if (!isPlace(offset) || !again.every(isPlace)) return FROM_START;
      return mark["before"] === (await this.#macBefore(path, offset)) ? { offset, again } : FROM_START;
    } catch {
      return FROM_START;
    }
  }

  async put(session: string, path: string, { offset, again }: ReadFrom): Promise<void> {
    await ensurePrivateDirectory(this.#folder);
    const mark = { offset, again, before: await this.#macBefore(path, offset) };
    await replacePrivateFile(await this.#pathOf(session, path), utf8(JSON.stringify(mark)));
  }

  /** Removes those that were not touched for 60 days. */
  async removeOld(now: number): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && now - found.mtimeMs > KEPT_MS) await unlink(path).catch(() => undefined);
    }
  }

  async #pathOf(session: string, path: string): Promise<string> {
    return join(this.#folder, await this.#mac("session", utf8(JSON.stringify([session, path]))));
  }

  async #macBefore(path: string, offset: number): Promise<string> {
    return this.#mac("file", await bytesBefore(path, offset, COMPARED_BYTES));
  }

  async #mac(of: string, value: Uint8Array): Promise<string> {
    const copy = Buffer.from(this.#token.bytes);
    try {
      const algorithm = { name: "HMAC", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("raw", copy, algorithm, false, ["sign"]);
      const statement = Buffer.concat([Buffer.from(`keepsake hook ${of}\0`), value]);
      const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, statement));
      return toHex(mac.subarray(0, 16));
    } finally {
      copy.fill(0);
    }
  }
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
