/** The text of a memory: the words of the command line, or standard input to its end, never more than a memory may hold. */
import { isUtf8 } from "node:buffer";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Context } from "../context.ts";

const NOT_UTF8 = { hint: 'give text in UTF-8; "iconv -t utf-8" makes it' };

/**
 * @param words - of the command line; none, or a single `-`, means standard input
 * @throws INVALID_PARAMS over the cap, INVALID_INPUT when it is not UTF-8, USAGE when it is empty, NO_INPUT
 */
export async function readText(words: readonly string[], context: Context): Promise<string> {
  const isGiven = words.length > 0 && !(words.length === 1 && words[0] === "-");
  const text = isGiven ? words.join(" ") : await readStandardInput(context);
  if (Buffer.byteLength(text) > LIMITS.textBytes) throw tooLongError();
  if (!text.isWellFormed())
    throw new KeepsakeError("INVALID_INPUT", "the text is not well-formed Unicode", NOT_UTF8);
  if (text.trim() === "") throw new KeepsakeError("USAGE", "there is no text to store");
  return text;
}

async function readStandardInput({ input, ask, screen }: Context): Promise<string> {
  if (input.isTerminal && ask === undefined) {
    throw new KeepsakeError("NO_INPUT", "no text was given", {
      hint: "give it as an argument or on standard input",
    });
  }
  if (input.isTerminal)
    screen.err.write(screen.err.style.dim("type the text, then Ctrl-D on an empty line\n"));
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input.bytes()) {
    chunks.push(chunk);
    length += chunk.length;
    // Room for the line end at its end, which is not part of it.
    if (length > LIMITS.textBytes + 2) throw tooLongError();
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw new KeepsakeError("INVALID_INPUT", "standard input is not UTF-8", NOT_UTF8);
  return bytes.toString("utf8").replace(/\r?\n$/, "");
}

function tooLongError(): KeepsakeError {
  return new KeepsakeError("INVALID_PARAMS", `a memory holds at most ${LIMITS.textBytes} bytes of text`, {
    hint: "save it in parts, or as a file by keepsake import",
  });
}
