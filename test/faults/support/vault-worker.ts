/**
 * A program that changes a vault without end and says on its standard output what it asked for (small letters) and what
 * was acknowledged (capital letters), so that whoever kills it knows what must be there.
 *
 *     w|W id number   a record        d|D id   its removal      p|P number   the passphrase
 *     G               a purge ended   R code   a refused write  S            started
 *
 * Arguments: directory, number of the passphrase, first number, comma-separated modes, [writes to do].
 */
import { writeSync } from "node:fs";
import { utf8 } from "../../../src/base/bytes.ts";
import { hasCode } from "../../../src/base/errors.ts";
import { newRecordId } from "../../../src/base/record-id.ts";
import { passphrase, work } from "../../vault/support/vault-home.ts";
import { numberedPassphrase, openAt, textOf } from "./vault-at.ts";

const [directory = "", passphraseText = "0", firstText = "0", modes = "write", mostText = "1000000"] =
  process.argv.slice(2);
const does = new Set(modes.split(","));
const isLying = does.has("lie");
let passphraseNumber = Number(passphraseText);

const say = (line: string) => writeSync(1, `${line}\n`);
const { door, vault } = await openAt(directory, passphraseNumber);
say("S");

await Promise.all([
  writer(Number(firstText), 2),
  writer(Number(firstText) + 1, 2),
  does.has("purge") ? purger() : undefined,
  does.has("rekey") ? rekeyer() : undefined,
]);
await door.close();

async function writer(first: number, step: number): Promise<void> {
  const own: string[] = [];
  const most = Number(firstText) + Number(mostText);
  for (let number = first; number < most; number += step) {
    const id = newRecordId();
    say(`w ${id} ${number}`);
    if (isLying) say(`W ${id} ${number}`);
    const plaintext = utf8(textOf(id, number));
    if (!(await attempt(() => vault.write([{ type: "put", keyspace: "memory", id, plaintext }])))) continue;
    if (!isLying) say(`W ${id} ${number}`);
    own.push(id);
    if (number % 5 !== 0) continue;
    const forgotten = own.splice(0, 1)[0] ?? id;
    say(`d ${forgotten}`);
    vault.markForgotten();
    const isGone = await attempt(() => vault.write([{ type: "delete", keyspace: "memory", id: forgotten }]));
    if (isGone) say(`D ${forgotten}`);
  }
}

async function purger(): Promise<void> {
  for (;;) {
    await attempt(() => vault.purge(work()));
    say("G");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function rekeyer(): Promise<void> {
  for (;;) {
    const next = passphraseNumber + 1;
    say(`p ${next}`);
    const current = passphrase(numberedPassphrase(passphraseNumber));
    const isChanged = await attempt(() =>
      door.changePassphrase(current, passphrase(numberedPassphrase(next)), work()),
    );
    if (isChanged) {
      passphraseNumber = next;
      say(`P ${next}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** @returns whether it was acknowledged; a refusal is said, anything else ends the program */
async function attempt(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (!hasCode(error)) throw error;
    say(`R ${error.code}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return false;
  }
}
