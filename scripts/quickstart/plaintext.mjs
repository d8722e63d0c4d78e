/** Looks for words in the bytes of files. */
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const WORD = /\p{L}{5,}/gu;

/** The distinct words of five letters and more in what was said in a transcript. */
export function wordsOfTranscript(text) {
  const words = new Set();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const { type, message } = JSON.parse(line);
    if (type !== "user" && type !== "assistant") continue;
    const content =
      typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
    for (const block of content) {
      for (const [word] of (block.text ?? "").matchAll(WORD)) words.add(word);
    }
  }
  return [...words];
}

/** Every regular file below a folder, with its bytes. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile())
    .map((path) => ({ path: path.slice(folder.length + 1), content: readFileSync(path) }));
}

/** Each word that stands in a file, as it is written or in lower case, once a file. */
export function searchBytes(files, words) {
  return files.flatMap(({ path, content }) =>
    words
      .filter((word) => content.includes(word) || content.includes(word.toLowerCase()))
      .map((word) => ({ word, path })),
  );
}
