/**
 * Every format that is frozen: what it is made from, and what that makes. `npm run vectors` writes those that are missing to
 * `test/vectors/<name>.json`; `formats.test.ts` makes each again and compares. A format that changes gets a new entry.
 */
import type { Json } from "../../src/base/canonical-json.ts";
import { CRYPTO_FORMATS } from "./crypto-formats.ts";
import { KEY_FORMATS } from "./key-formats.ts";
import { VAULT_FORMATS } from "./vault-formats.ts";

export interface VectorFormat {
  /** Name of the file, without `.json`. */
  readonly name: string;
  /** Inputs and outputs, byte strings in hexadecimal or base64. The same each time. */
  readonly make: () => Json | Promise<Json>;
}

export const FORMATS: readonly VectorFormat[] = [...CRYPTO_FORMATS, ...KEY_FORMATS, ...VAULT_FORMATS];
