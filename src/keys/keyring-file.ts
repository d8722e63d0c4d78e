/**
 * The two copies of the keyring, `keyring.a` and `keyring.b`.
 *
 * A change is written to b, then to a, each replaced atomically: it holds from the moment b is durable. Of two whole
 * copies the one with the higher epoch counts. Copies that are damaged, missing or older are named and put right from the
 * other one only after its MAC was checked: a forged copy must not be spread.
 */
import { join } from "node:path";
import { equalBytes } from "../base/bytes.ts";
import { hasCode, KeepsakeError } from "../base/errors.ts";
import type { StoredKeyring } from "./keyring-format.ts";
import { decodeKeyring, MAX_KEYRING_BYTES } from "./keyring-format.ts";
import type { PrivateFiles } from "../platform/private-file-access.ts";
import { privateFiles } from "../platform/private-files.ts";

export type KeyringCopy = "a" | "b";

export interface FoundKeyring {
  /** The copy that counts; its MAC is not checked yet. */
  readonly stored: StoredKeyring;
  /** Copies that are damaged, missing or older. */
  readonly toRepair: readonly KeyringCopy[];
}

type CopyState =
  | { readonly copy: KeyringCopy; readonly kind: "whole"; readonly stored: StoredKeyring }
  | { readonly copy: KeyringCopy; readonly kind: "missing" | "damaged" }
  | { readonly copy: KeyringCopy; readonly kind: "unreadable"; readonly cause: unknown };

export class KeyringFile {
  readonly #folder: string;
  readonly #files: PrivateFiles;

  /** @param folder - the vault's folder; checked by whoever makes it */
  constructor(folder: string, files: PrivateFiles = privateFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  /**
   * The keyring as it is on disk, undefined when there is no copy at all.
   *
   * @throws KEYRING_DAMAGED when no copy is whole
   * @throws KEYRING_TAMPERED when two whole copies cannot both come from keepsake
   * @throws UNSAFE_PATH, UNSUPPORTED_VERSION
   */
  async read(): Promise<FoundKeyring | undefined> {
    const states = [await this.#readCopy("a"), await this.#readCopy("b")];
    if (states.every(({ kind }) => kind === "missing")) return undefined;
    const whole = states.filter((state) => state.kind === "whole");
    const [first, second] = whole.toSorted((x, y) => y.stored.content.epoch - x.stored.content.epoch);
    if (first === undefined) throw noWholeCopy(states);
    if (second !== undefined) checkRelated(first.stored, second.stored);
    return {
      stored: first.stored,
      toRepair: states
        .filter((state) => state.kind !== "whole" || !equalBytes(state.stored.bytes, first.stored.bytes))
        .map(({ copy }) => copy),
    };
  }

  /**
   * Puts right the copies that `read` found wanting. Call it once the MAC of `found.stored` was checked.
   *
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED; the copy that counts is never touched
   */
  async repair(found: FoundKeyring): Promise<void> {
    for (const copy of found.toRepair) await this.#files.replace(this.#path(copy), found.stored.bytes);
  }

  /**
   * Replaces the keyring. Once b is durable the change holds, whatever happens to a: the next `read` names a as one to
   * repair.
   *
   * @param previous - the bytes in effect until now, undefined for the first keyring; b gets them back when it cannot be
   *   replaced, so that a refused change does not come into effect later
   * @returns whether a was replaced as well
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED. Where the disk refuses even the restoring, only `read` tells which
   *   keyring is in effect
   */
  async replace(next: Uint8Array, previous: Uint8Array | undefined): Promise<{ readonly mirrored: boolean }> {
    if (decodeKeyring(next) === undefined) throw new TypeError("refusing to write an unreadable keyring");
    await this.#refuseUnsafe("a");
    try {
      await this.#files.replace(this.#path("b"), next);
    } catch (error) {
      await this.#undo(next, previous).catch(() => undefined);
      throw error;
    }
    try {
      await this.#files.replace(this.#path("a"), next);
      return { mirrored: true };
    } catch {
      return { mirrored: false };
    }
  }

  /** Before b is written, since nothing may be refused after that. A copy that is damaged or unreadable is no obstacle. */
  async #refuseUnsafe(copy: KeyringCopy): Promise<void> {
    try {
      await this.#files.read(this.#path(copy), MAX_KEYRING_BYTES);
    } catch (error) {
      if (hasCode(error, "UNSAFE_PATH")) throw error;
    }
  }

  async #undo(next: Uint8Array, previous: Uint8Array | undefined): Promise<void> {
    const present = await this.#files.read(this.#path("b"), MAX_KEYRING_BYTES);
    if (present === undefined || previous === undefined || !equalBytes(present, next)) return;
    await this.#files.replace(this.#path("b"), previous);
  }

  async #readCopy(copy: KeyringCopy): Promise<CopyState> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#files.read(this.#path(copy), MAX_KEYRING_BYTES);
    } catch (cause) {
      if (hasCode(cause, "UNSAFE_PATH")) throw cause;
      return { copy, kind: "unreadable", cause };
    }
    if (bytes === undefined) return { copy, kind: "missing" };
    const stored = decodeKeyring(bytes);
    return stored === undefined ? { copy, kind: "damaged" } : { copy, kind: "whole", stored };
  }

  #path(copy: KeyringCopy): string {
    return join(this.#folder, `keyring.${copy}`);
  }
}

/** One vault, and one spelling for one epoch: keepsake never writes anything else. */
function checkRelated(newer: StoredKeyring, older: StoredKeyring): void {
  const isSameVault = equalBytes(newer.content.vaultId, older.content.vaultId);
  const isSameEpoch = newer.content.epoch === older.content.epoch;
  if (!isSameVault || (isSameEpoch && !equalBytes(newer.bytes, older.bytes))) {
    throw new KeepsakeError("KEYRING_TAMPERED", "the two copies of the keyring contradict each other");
  }
}

/** A copy that the system could not read may be whole: its error is the answer then, not the loss of the keyring. */
function noWholeCopy(states: readonly CopyState[]): unknown {
  const unreadable = states.find((state) => state.kind === "unreadable");
  if (unreadable !== undefined) return unreadable.cause;
  const told = states.map(({ copy, kind }) => `keyring.${copy} is ${kind}`).join(" and ");
  return new KeepsakeError("KEYRING_DAMAGED", `neither copy of the keyring is readable: ${told}`);
}
