/**
 * The SDK's stdio transport with three things it does not do. What was heard and answered before it was there is heard once more,
 * and not answered again. When standard input ends, calls that are under way are answered
 * before the connection closes (the SDK aborts them); whoever opened the process decides how long that may take. And
 * arguments that are `null`, an empty list or JSON in a string, which the SDK refuses before any tool sees them, are made the
 * object that is meant.
 */
import { Readable } from "node:stream";
import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { isObject, objectOf } from "./given/given-values.ts";
import type { MessageId } from "./opening/first-answers.ts";
import type { Heard } from "./opening/hear-opening.ts";

const LINE_FEED = 10;
const WITH_ARGUMENTS: ReadonlySet<string> = new Set(["tools/call", "prompts/get"]);
const NOTHING_HEARD: Heard = { settled: Buffer.alloc(0), rest: Buffer.alloc(0), answered: new Set() };
/** JSON-RPC's "server error", for what this side asked and nobody can answer any more. */
const INPUT_ENDED = { code: -32_000, message: "the input has ended" };

export class PatientTransport implements Transport {
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  onmessage?: Transport["onmessage"];
  readonly #input: Readable;
  readonly #line: StdioServerTransport;
  /** Requests of the host without an answer, and this side's own. */
  readonly #unanswered = new Set<MessageId>();
  readonly #asked = new Set<MessageId>();
  #whenIdle: (() => void) | undefined;
  readonly #heard: Heard;
  /** What is left to be answered of what was answered before. */
  readonly #repeated: Set<MessageId>;
  #whenRepeated: (() => void) | undefined;

  constructor(input: Readable, output: Writable, heard = NOTHING_HEARD) {
    this.#input = input;
    this.#heard = heard;
    this.#repeated = new Set(heard.answered);
    const held = Readable.from(this.#heldOpen());
    // The transport listens while it is open; an input that is let go fails after that.
    held.on("error", () => undefined);
    this.#line = new StdioServerTransport(held, output);
  }

  async start(): Promise<void> {
    /* oxlint-disable unicorn/prefer-add-event-listener -- the SDK has only these properties */
    this.#line.onmessage = (message) => this.#take(message);
    this.#line.onclose = () => {
      this.#whenIdle?.();
      // An input that is read keeps the process.
      this.#input.destroy();
      this.onclose?.();
    };
    this.#line.onerror = (error) => this.onerror?.(error);
    /* oxlint-enable unicorn/prefer-add-event-listener */
    await this.#line.start();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const answered = "method" in message ? undefined : message.id;
    if ("method" in message && "id" in message) this.#asked.add(message.id);
    const isRepeated = answered !== undefined && this.#repeated.delete(answered);
    if (!isRepeated) await this.#line.send(message);
    if (isRepeated && this.#repeated.size === 0) this.#whenRepeated?.();
    if (answered !== undefined) this.#settle(answered);
  }

  async close(): Promise<void> {
    await this.#line.close();
  }

  /** The input, whose end comes once nothing is under way. */
  async *#heldOpen(): AsyncGenerator<Buffer> {
    let endsLine = true;
    for await (const chunk of this.#allInput()) {
      endsLine = chunk.at(-1) === LINE_FEED;
      yield chunk;
    }
    // A last message without a line end is a message.
    if (!endsLine) yield Buffer.of(LINE_FEED);
    await this.#finish();
  }

  /** What came after the settled lines only once they are settled here as well: an id may come again. */
  async *#allInput(): AsyncGenerator<Buffer> {
    const { settled, rest } = this.#heard;
    if (settled.length > 0) yield settled;
    if (this.#repeated.size > 0)
      await new Promise<void>((resolve) => {
        this.#whenRepeated = resolve;
      });
    if (rest.length > 0) yield rest;
    yield* this.#input as AsyncIterable<Buffer>;
  }

  #take(message: JSONRPCMessage): void {
    if ("method" in message && "id" in message) this.#unanswered.add(message.id);
    if (!("method" in message) && message.id !== undefined) this.#asked.delete(message.id);
    this.onmessage?.(withArguments(message));
    if ("method" in message && message.method === "notifications/cancelled")
      this.#settleCancelled(message.params);
  }

  /** What is cancelled gets no answer. */
  #settleCancelled(params: unknown): void {
    const id = isObject(params) ? params["requestId"] : undefined;
    if (typeof id === "string" || typeof id === "number") this.#settle(id);
  }

  #settle(id: MessageId): void {
    this.#unanswered.delete(id);
    if (this.#unanswered.size === 0) this.#whenIdle?.();
  }

  /** Until nothing is under way; nobody answers this side any more. */
  async #finish(): Promise<void> {
    // What was pushed last is read by then.
    await nextTurn();
    for (const id of this.#asked) this.onmessage?.({ jsonrpc: "2.0", id, error: INPUT_ENDED });
    this.#asked.clear();
    if (this.#unanswered.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }
}

function withArguments(message: JSONRPCMessage): JSONRPCMessage {
  if (!("method" in message) || !WITH_ARGUMENTS.has(message.method) || !isObject(message.params))
    return message;
  const { arguments: given, ...others } = message.params;
  if (given === undefined || isObject(given)) return message;
  const isNone = given === null || given === "" || (Array.isArray(given) && given.length === 0);
  return { ...message, params: { ...others, arguments: isNone ? {} : objectOf(given) } };
}
