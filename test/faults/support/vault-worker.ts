/**
 * A program that changes a vault without end and says on its standard output what it asked for (small letters) and what
 * was acknowledged (capital letters), so that whoever kills it knows what must be there.
 *
 *     w|W number [id of what it supersedes]   a memory      d|D number   its removal
 *     s|S label                               a slot        x|X label    its removal
 *     p|P number                              a passphrase  R code       a refused change
 *     b|E kind milliseconds                   a change of that kind begins, has ended
 *
 * Arguments: directory, number of the passphrase, first number of a memory, comma-separated kinds, [writes to do]; it ends
 * once these are done. Two kinds are mutants: `lie` acknowledges writes before they are durable, `deaf` has a store that
 * does not say when a write failed. With `wait` it says `ready` and its process id, and begins once its input ends.
 */
import { writeSync } from "node:fs";
import { hasCode } from "../../../src/base/errors.ts";
import { newRecordId } from "../../../src/base/record-id.ts";
import { isKind, KINDS } from "./change-kinds.ts";
import type { Changes, Kind } from "./change-kinds.ts";
import { deafOpener } from "./deaf-store.ts";
import { openAt, plaintextOf } from "./vault-at.ts";

const [directory = "", passphraseText = "0", firstText = "0", kinds = "write", mostText = "1000000"] =
  process.argv.slice(2);
const asked = kinds.split(",");
const first = Number(firstText);
/** Of the writers; the other kinds count from there. */
const most = first + Number(mostText);
const isLying = asked.includes("lie");

const say = (...words: readonly (string | number)[]) => writeSync(1, `${words.join(" ")}\n`);
const opener = asked.includes("deaf") ? deafOpener() : undefined;
const { door, vault } = await openAt(directory, Number(passphraseText), opener);
if (asked.includes("wait")) {
  say("ready", process.pid);
  await new Promise((resolve) => process.stdin.resume().once("end", resolve));
}
let next = most;
let isDone = false;
const changes: Changes = {
  door,
  vault,
  passphrase: Number(passphraseText),
  say,
  attempt,
  nextNumber: () => (next += 1),
};
const isBesideWrites = asked.every((kind) => !isKind(kind) || KINDS[kind].isBesideWrites);
const writing = Promise.all(isBesideWrites ? [writer(first, 2), writer(first + 1, 2)] : []);
const repeating = asked.filter(isKind).map((kind) => repeat(kind));
await writing;
isDone = isBesideWrites;
await Promise.all(repeating);
await door.close();

async function repeat(kind: Kind): Promise<void> {
  const change = await KINDS[kind].prepare(changes);
  while (!isDone) {
    say("b", kind, 0);
    const started = performance.now();
    await change();
    say("E", kind, Math.round(performance.now() - started));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function writer(from: number, step: number): Promise<void> {
  const own: { readonly number: number; readonly id: string }[] = [];
  for (let number = from; number < most; number += step) {
    const id = newRecordId();
    say("w", number);
    if (isLying) say("W", number);
    const plaintext = plaintextOf(number);
    if (!(await attempt(() => vault.write([{ type: "put", keyspace: "memory", id, plaintext }])))) continue;
    if (!isLying) say("W", number);
    own.push({ number, id });
    if (number % 5 !== 0) continue;
    const [forgotten] = own.splice(0, 1);
    if (forgotten === undefined) continue;
    say("d", forgotten.number);
    vault.markForgotten();
    const change = { type: "delete", keyspace: "memory", id: forgotten.id } as const;
    if (await attempt(() => vault.write([change]))) say("D", forgotten.number);
  }
}

/** @returns whether it was acknowledged; a refusal is said, anything else ends the program */
async function attempt(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (!hasCode(error)) throw error;
    say("R", error.code);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return false;
  }
}
