/**
 * What a host's file says of the exchange that a hook was called in: the prompts that nothing was answered to before the hook, and what
 * was answered since the last of them. Anything else is older than what the hook was told, whatever its words.
 */
import type { ImportEntry } from "../protocol/methods/data-methods.ts";

export interface Awaited {
  readonly role: "user" | "assistant";
  readonly text: string;
}

export class Exchange {
  readonly #before: number;
  #prompts: string[] = [];
  #answer: string[] = [];
  #name = "";

  /** @param before - how many bytes the file had when the hook was called */
  constructor(before: number) {
    this.#before = before;
  }

  /** The file is read from an earlier place again. */
  restart(): void {
    [this.#prompts, this.#answer, this.#name] = [[], [], ""];
  }

  /** @param start - where the entry's line begins */
  take({ role, text, messageId = "" }: ImportEntry, start: number): void {
    const isPart = this.#name !== "" && messageId.startsWith(`${this.#name}#`);
    if (!isPart) this.#name = messageId;
    if (role === "assistant") {
      if (start < this.#before) this.#prompts = [];
      this.#answer.push(text);
    } else {
      this.#answer = [];
      this.#prompts.push(isPart ? (this.#prompts.pop() ?? "") + text : text);
    }
  }

  /** Whether it says so. An answer of several blocks is several messages, and hosts join them in their own way. */
  hasSeen({ role, text }: Awaited): boolean {
    const wanted = withoutSpace(text);
    if (wanted === "") return false;
    if (role === "user") return this.#prompts.some((prompt) => withoutSpace(prompt) === wanted);
    return withoutSpace(this.#answer.join("")).endsWith(wanted);
  }
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/gu, "");
}
