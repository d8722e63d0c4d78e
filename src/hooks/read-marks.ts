/**
 * How far the file of each session was read: `<state>/hooks/<mark>`, 0600, with a number of bytes in it. The name is an HMAC of the
 * session under the client's token. A mark that is lost costs a second reading, which stores nothing twice.
 */
import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../base/attempt.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import type { Secret } from "../base/secret.ts";
import { fieldsIn } from "../capture/shapes/fields.ts";
import { ensurePrivateDirectory, readPrivateFile, replacePrivateFile } from "../platform/private-files.ts";

const MARK_BYTES = 64;
const KEPT_MS = 60 * 24 * 3_600_000;

export class ReadMarks {
  readonly #folder: string;
  readonly #token: Secret;

  /** @param token - the client's; the caller wipes it */
  constructor(stateFolder: string, token: Secret) {
    this.#folder = join(stateFolder, "hooks");
    this.#token = token;
  }

  /** Bytes of the session's file that need not be read again; 0 where nothing is known. */
  async of(session: string): Promise<number> {
    try {
      const bytes = await readPrivateFile(await this.#pathOf(session), MARK_BYTES);
      const read: unknown = attempt<unknown>(() => JSON.parse(Buffer.from(bytes ?? []).toString("utf8")));
      const { offset } = fieldsIn({ read }, "read");
      return typeof offset === "number" && Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
    } catch {
      return 0;
    }
  }

  async put(session: string, offset: number): Promise<void> {
    await ensurePrivateDirectory(this.#folder);
    await replacePrivateFile(await this.#pathOf(session), utf8(JSON.stringify({ offset })));
  }

  /** Removes those that were not touched for 60 days. */
  async removeOld(now: number): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && now - found.mtimeMs > KEPT_MS) await unlink(path).catch(() => undefined);
    }
  }

  async #pathOf(session: string): Promise<string> {
    const copy = Buffer.from(this.#token.bytes);
    try {
      const algorithm = { name: "HMAC", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("raw", copy, algorithm, false, ["sign"]);
      const statement = Buffer.from(`keepsake hook session\0${session}`);
      const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, statement));
      return join(this.#folder, toHex(mac.subarray(0, 16)));
    } finally {
      copy.fill(0);
    }
  }
}
