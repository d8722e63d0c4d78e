/**
 * The token file of a client, `clients/<id>.json`, 0600. The daemon writes it, the client's program reads it:
 *
 *   {version: 1, id, token: base64 of 32 bytes, scopes, projects?, created}
 */
import { fromBase64, fromUtf8, toBase64, utf8 } from "../base/bytes.ts";
import { CLIENT_ID_PATTERN } from "../base/client-id.ts";
import { KeepsakeError } from "../base/errors.ts";
import { readPrivateFile } from "./private-files.ts";

const TOKEN_FILE_BYTES = 256 << 10;

/** `fromBase64` refuses the other spellings of 32 bytes. */
const TOKEN = /^[A-Za-z0-9+/]{43}=$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export interface TokenFile {
  readonly id: string;
  /** 32 bytes; whoever read or made it wipes it. */
  readonly token: Uint8Array;
  readonly scopes: readonly string[];
  readonly projects: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/**
 * Reads and checks a token file.
 *
 * @param path - `clients/<id>.json`; the id inside must be the one in the name
 * @returns undefined when there is none
 * @throws UNSAFE_PATH when the file is not private or does not hold a token
 */
export async function readTokenFile(path: string): Promise<TokenFile | undefined> {
  const bytes = await readPrivateFile(path, TOKEN_FILE_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const { id, token, scopes, projects, created } = checked(JSON.parse(fromUtf8(bytes)));
    if (!path.endsWith(`/${id}.json`)) throw new TypeError("the id is another one than in the name");
    return { id, token: fromBase64(token), scopes, projects, created: Date.parse(created) };
  } catch {
    throw new KeepsakeError("UNSAFE_PATH", `${path} does not hold the token of a client`);
  } finally {
    bytes.fill(0);
  }
}

/** By hand: hooks read this file and have no time to load schemas. @throws TypeError */
function checked(value: unknown) {
  const { version, id, token, scopes, projects, created, ...others } = value as Record<string, unknown>;
  const isSound =
    version === 1 &&
    isLike(id, CLIENT_ID_PATTERN) &&
    isLike(token, TOKEN) &&
    isLike(created, TIME) &&
    isList(scopes) &&
    (projects === undefined || isList(projects)) &&
    Object.keys(others).length === 0;
  if (!isSound || Number.isNaN(Date.parse(created))) throw new TypeError("not a token file");
  return { id, token, scopes, projects, created };
}

function isLike(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

/** One text at least. */
function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");
}

/** The bytes of a token file. */
export function encodeTokenFile({ id, token, scopes, projects, created }: TokenFile): Uint8Array {
  const content = {
    version: 1,
    id,
    token: toBase64(token),
    scopes,
    ...(projects !== undefined && { projects }),
    created: new Date(created).toISOString(),
  };
  return utf8(`${JSON.stringify(content, null, 2)}\n`);
}
