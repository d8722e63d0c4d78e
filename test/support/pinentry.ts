/**
 * A pinentry of the tests' own: a program that speaks Assuan, answers as its folder says and writes down what it was asked. It
 * stands first in the PATH of whoever is to find it. It does not end with its input.
 */
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What it does at GETPIN, each time the next one and the last one for good. */
export type Answer = { readonly gives: string } | "cancels" | "times out" | "hangs" | "cannot show itself";

export class TestPinentry {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    this.forget();
    const program = join(folder, "pinentry");
    // What it needs is written into it: it inherits only what a dialog may.
    writeFileSync(program, `#!${process.execPath}\n${PROGRAM.replace("FOLDER", JSON.stringify(folder))}`);
    chmodSync(program, 0o755);
  }

  /** Of the dialogs so far. */
  forget(): void {
    rmSync(join(this.folder, "asked"), { recursive: true, force: true });
    mkdirSync(join(this.folder, "asked"), { recursive: true });
  }

  /** For whoever is to find it. */
  path(rest = process.env["PATH"] ?? ""): string {
    return `${this.folder}:${rest}`;
  }

  answers(...answers: readonly Answer[]): void {
    writeFileSync(join(this.folder, "answers.json"), JSON.stringify(answers));
  }

  /** A line a dialog, of all that were started: what it was sent, and which others were there at the time. */
  dialogs(): readonly Dialog[] {
    const asked = join(this.folder, "asked");
    return readdirSync(asked)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(asked, name), "utf8")) as Dialog)
      .toSorted((a, b) => a.at - b.at);
  }

  /** Windows that showed themselves. */
  windows(): number {
    return this.dialogs().length;
  }
}

export interface Dialog {
  readonly at: number;
  readonly pid: number;
  readonly lines: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Dialogs that were open when it asked, with it. */
  readonly open: number;
}

const PROGRAM = `
const { writeFileSync, readFileSync, readdirSync, rmSync, existsSync } = require("node:fs");
const { createInterface } = require("node:readline");
const folder = FOLDER;
const asked = folder + "/asked";
const own = asked + "/" + process.pid;
const lines = [];
const say = (text) => process.stdout.write(text + "\\n");
function leave() { rmSync(own + ".open", { force: true }); process.exit(0); }
process.on("SIGTERM", leave);
function answer() {
  writeFileSync(own + ".open", "");
  const names = readdirSync(asked);
  const at = names.filter((name) => name.endsWith(".json")).length;
  const open = names.filter((name) => name.endsWith(".open") && existsSync("/proc/" + name.slice(0, -5))).length;
  writeFileSync(own + ".json", JSON.stringify({ at: Date.now(), pid: process.pid, lines, environment: process.env, open }));
  const answers = JSON.parse(readFileSync(folder + "/answers.json", "utf8"));
  const next = answers[Math.min(at, answers.length - 1)];
  setTimeout(() => {
    if (next === "hangs") return;
    rmSync(own + ".open", { force: true });
    if (next === "cancels") say("ERR 83886179 Operation cancelled <Pinentry>");
    else if (next === "times out") say("ERR 83886142 Timeout <Pinentry>");
    else if (next === "cannot show itself") say("ERR 83918950 Inappropriate ioctl for device <Pinentry>");
    else { say("D " + encodeURIComponent(next.gives)); say("OK"); }
  }, 300);
}
say("OK Pleased to meet you");
createInterface({ input: process.stdin }).on("line", (line) => {
  lines.push(line);
  if (line === "GETPIN") answer();
  else if (line === "BYE") { say("OK closing connection"); leave(); }
  else say("OK");
});
// Like a real one it does not look at its input while it waits for the person.
setInterval(() => {}, 1000);
`;
