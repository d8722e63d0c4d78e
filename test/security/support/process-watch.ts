/** Looks at every process of a home again and again, so that short-lived ones are seen too. */
import { readFileSync, readlinkSync } from "node:fs";
import { environOf, everyProcess } from "../../support/throw-away-home.ts";
import type { Needle } from "./canaries.ts";
import { found } from "./canaries.ts";

const EVERY_MS = 15;

export class ProcessWatch {
  readonly #home: string;
  readonly #needles: readonly Needle[];
  readonly #hits = new Set<string>();
  readonly #commands = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  /** @param home - the home's folder: processes are known by their `HOME` */
  constructor(home: string, needles: readonly Needle[]) {
    this.#home = home;
    this.#needles = needles;
    this.#timer = setInterval(() => {
      for (const pid of everyProcess()) this.#look(pid);
    }, EVERY_MS);
  }

  /** @returns what was seen: programs, and every place where a needle stood */
  stop(): { readonly commands: readonly string[]; readonly hits: readonly string[] } {
    clearInterval(this.#timer);
    return { commands: [...this.#commands], hits: [...this.#hits] };
  }

  #look(pid: number): void {
    if (!environOf(pid).includes(`HOME=${this.#home}`)) return;
    const cmdline = read(pid, "cmdline");
    const seen = (["environ", "comm", "cwd"] as const).map((part) => [part, read(pid, part)] as const);
    const name = read(pid, "comm").toString("utf8").trim();
    // Between two programs of one process, or while it ends, its parts do not belong together.
    if (cmdline.length === 0 || !read(pid, "cmdline").equals(cmdline)) return;
    this.#commands.add(cmdline.toString("utf8").replaceAll("\0", " ").trim());
    for (const [part, bytes] of [["cmdline", cmdline] as const, ...seen]) {
      // What a person types stands in the command line of that one command, and its folder is theirs.
      const isTyped = (part === "cmdline" || part === "cwd") && isTypedCommand(cmdline);
      for (const needle of found(bytes, this.#needles)) {
        const isSecret = /^(passphrase|token|recovery)/.test(needle);
        if (!isTyped || isSecret) this.#hits.add(`${part} of ${name}: ${needle}`);
      }
    }
  }
}

function isTypedCommand(cmdline: Buffer): boolean {
  return /bin\/keepsake(-mcp)?\.js$/.test(cmdline.toString("utf8").split("\0")[1] ?? "");
}

function read(pid: number, part: "cmdline" | "environ" | "comm" | "cwd"): Buffer {
  try {
    const path = `/proc/${pid}/${part}`;
    return part === "cwd" ? Buffer.from(readlinkSync(path)) : readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
