/** Who vouches for entries of the inbox: the token of this machine, read at its first use and wiped at the end. */
import { Secret } from "../../base/secret.ts";

export class InboxAuthor {
  readonly #read: () => Promise<Uint8Array>;
  #token: Promise<Secret> | undefined;

  /** @param read - gives 32 bytes, which are wiped here; asked again after it failed */
  constructor(read: () => Promise<Uint8Array>) {
    this.#read = read;
  }

  /** @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
  async token(): Promise<Secret> {
    this.#token ??= this.#readNow().catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    return this.#token;
  }

  async wipe(): Promise<void> {
    const token = await this.#token?.catch(() => undefined);
    token?.wipe();
  }

  async #readNow(): Promise<Secret> {
    return new Secret(await this.#read());
  }
}
