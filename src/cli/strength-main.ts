/**
 * Entry of the process that works out how strong a new passphrase is, apart from the command line: zxcvbn takes a string, which
 * nobody can wipe, so the process that makes one ends at once. From standard input the passphrase, to standard output the
 * power of ten of the guesses that it takes.
 */
import { readSync } from "node:fs";
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary as common } from "@zxcvbn-ts/language-common";
import { dictionary as english } from "@zxcvbn-ts/language-en";
import { hardenProcess } from "../platform/harden.ts";

/** What is looked at: the time grows with the square, and what has more is strong, or a repetition. */
const MAX_CHARACTERS = 40;
const BYTES_PER_CHARACTER = 4;
const STANDARD_INPUT = 0;

hardenProcess();
const held = Buffer.alloc(MAX_CHARACTERS * BYTES_PER_CHARACTER);
let length = 0;
for (let read = -1; read !== 0 && length < held.length; length += read) {
  read = readSync(STANDARD_INPUT, held, length, held.length - length, null);
}
const passphrase = held.toString("utf8", 0, length).slice(0, MAX_CHARACTERS);
held.fill(0);
const { guessesLog10 } = new ZxcvbnFactory({
  graphs: adjacencyGraphs,
  // Surnames and the words of an encyclopedia would take as long to load as all of this, and tell few more.
  dictionary: {
    ...common,
    "commonWords-en": english["commonWords-en"],
    "firstnames-en": english["firstnames-en"],
  },
}).check(passphrase);
process.stdout.write(`${guessesLog10.toFixed(2)}\n`);
