/**
 * The proofs of the hello (see `handshake.ts`), without the schemas of its messages: hooks have no time to load those.
 */
import { concatBytes, encodeParts, fromBase64, toBase64, uint32, utf8 } from "../base/bytes.ts";
import type { Secret } from "../base/secret.ts";

/** Newest first. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];
export const HELLO_METHOD = "hello";
export const HELLO_PROOF_METHOD = "hello.proof";
export const NONCE_BYTES = 32;

/** 32 bytes in canonical base64. */
export const BYTES_32 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** Every field of the first two messages, as they crossed the wire. */
export interface Transcript {
  readonly versions: readonly number[];
  readonly version: number;
  readonly client: string;
  /** 32 bytes in base64, like every nonce and proof here. */
  readonly clientNonce: string;
  readonly daemonNonce: string;
}

export function newNonce(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

/** @param token - 32 bytes; the caller wipes it */
export async function proveDaemon(token: Secret, transcript: Transcript): Promise<string> {
  return prove(token, daemonStatement(transcript));
}

export async function isDaemonProof(token: Secret, transcript: Transcript, proof: string): Promise<boolean> {
  return isProof(token, daemonStatement(transcript), proof);
}

/** @param daemonProof - the proof of the same hello, which binds this one to it */
export async function proveClient(
  token: Secret,
  transcript: Transcript,
  daemonProof: string,
): Promise<string> {
  return prove(token, clientStatement(transcript, daemonProof));
}

export async function isClientProof(
  token: Secret,
  transcript: Transcript,
  daemonProof: string,
  proof: string,
): Promise<boolean> {
  return isProof(token, clientStatement(transcript, daemonProof), proof);
}

function daemonStatement(transcript: Transcript): Uint8Array {
  return encodeParts(utf8("keepsake hello daemon"), ...transcriptParts(transcript));
}

function clientStatement(transcript: Transcript, daemonProof: string): Uint8Array {
  return encodeParts(utf8("keepsake hello client"), ...transcriptParts(transcript), fromBase64(daemonProof));
}

function transcriptParts(transcript: Transcript): Uint8Array[] {
  return [
    concatBytes(...transcript.versions.map((each) => uint32(each))),
    uint32(transcript.version),
    utf8(transcript.client),
    fromBase64(transcript.clientNonce),
    fromBase64(transcript.daemonNonce),
  ];
}

async function prove(token: Secret, statement: Uint8Array): Promise<string> {
  const key = await importToken(token, "sign");
  return toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, Buffer.from(statement))));
}

async function isProof(token: Secret, statement: Uint8Array, proof: string): Promise<boolean> {
  const key = await importToken(token, "verify");
  return crypto.subtle.verify("HMAC", key, Buffer.from(fromBase64(proof)), Buffer.from(statement));
}

async function importToken(
  token: Secret,
  usage: "sign" | "verify",
): ReturnType<typeof crypto.subtle.importKey> {
  const copy = Buffer.from(token.bytes);
  try {
    return await crypto.subtle.importKey("raw", copy, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
  } finally {
    copy.fill(0);
  }
}
