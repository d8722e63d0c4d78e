/**
 * The one writer to standard output. JSON may hold U+2028 and U+2029 as they are, and JSON-RPC over stdio is one message a
 * line; hosts that split lines as Unicode does (Python's splitlines among them) would break on them. They are escaped here,
 * where every message passes.
 */
import { Writable } from "node:stream";

const SEPARATORS = /[\u0085\u2028\u2029]/g;

/** A stream of JSON texts onto `target`; fails when `target` does. */
export function oneLineOutput(target: Writable): Writable {
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      target.write(chunk.toString().replaceAll(SEPARATORS, escaped), done);
    },
  });
  target.on("error", (error) => output.destroy(error));
  return output;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
