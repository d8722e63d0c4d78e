/**
 * The token file of a client, `clients/<id>.json`, 0600. The daemon writes it, the client's program reads it:
 *
 *   {version: 1, id, token: base64 of 32 bytes, scopes, projects?, created}
 */
import * as z from "zod";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../base/bytes.ts";
import { CLIENT_ID_PATTERN } from "../base/client-id.ts";
import { KeepsakeError } from "../base/errors.ts";
import { readPrivateFile } from "./private-files.ts";

const TOKEN_FILE_BYTES = 256 << 10;

const tokenFile = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(CLIENT_ID_PATTERN),
  /** 32 bytes; `fromBase64` refuses the other spellings. */
  token: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  scopes: z.array(z.string()).min(1),
  /** Absent: every project. */
  projects: z.array(z.string()).min(1).optional(),
  created: z.iso.datetime({ offset: true }),
});

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
    const { id, token, scopes, projects, created } = tokenFile.parse(JSON.parse(fromUtf8(bytes)));
    if (!path.endsWith(`/${id}.json`)) throw new TypeError("the id is another one than in the name");
    return { id, token: fromBase64(token), scopes, projects, created: Date.parse(created) };
  } catch {
    throw new KeepsakeError("UNSAFE_PATH", `${path} does not hold the token of a client`);
  } finally {
    bytes.fill(0);
  }
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
