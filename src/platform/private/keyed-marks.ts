/** Keyed marks of names, and the names a folder has. Each is made once. */
import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { utf8 } from "../../base/bytes.ts";
import type { PrivateKind } from "./private-list.ts";

export class KeyedMarks {
  readonly #keyText: string;
  readonly #known = new Map<string, Promise<string>>();
  readonly #folders = new Map<string, Promise<readonly string[]>>();
  #key: ReturnType<typeof crypto.subtle.importKey> | undefined;

  /** @param key - base64 of 32 bytes */
  constructor(key: string) {
    this.#keyText = key;
  }

  of(kind: PrivateKind, name: string): Promise<string> {
    const known = this.#known.get(`${kind}\0${name}`) ?? this.#sign(kind, name);
    this.#known.set(`${kind}\0${name}`, known);
    return known;
  }

  /** The folder and all above it, as it was named and as it really is. */
  foldersTo(folder: string): Promise<readonly string[]> {
    const known = this.#folders.get(folder) ?? folderAndAbove(folder);
    this.#folders.set(folder, known);
    return known;
  }

  async #sign(kind: PrivateKind, name: string): Promise<string> {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const bytes = Buffer.from(this.#keyText, "base64");
    this.#key ??= crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
    const mark = await crypto.subtle.sign("HMAC", await this.#key, utf8(`${kind}\0${name}`));
    return Buffer.from(mark).toString("hex");
  }
}

async function folderAndAbove(folder: string): Promise<readonly string[]> {
  const whole = resolve(folder);
  const real = await realpath(whole).catch(() => whole);
  const names = new Set<string>();
  for (const start of [whole, real]) {
    for (let current = start; ; current = dirname(current)) {
      names.add(current);
      if (current === dirname(current)) break;
    }
  }
  return [...names];
}
