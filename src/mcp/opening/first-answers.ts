/**
 * Answers the plain requests with which hosts open a session, in both protocol eras, from what is known of them. Whatever is not
 * exactly one of those is not answered here: it and all after it are for the server itself, which then hears the session from
 * its beginning.
 */
import { attempt } from "../../base/attempt.ts";
import type { AnswersOfVersion, KnownAnswers } from "./known-answers.ts";

export type MessageId = string | number;
type Values = Readonly<Record<string, unknown>>;

const MESSAGE_KEYS = ["jsonrpc", "id", "method", "params"];
const CLIENT_KEYS = ["name", "version", "title", "description", "websiteUrl"];
const META = "io.modelcontextprotocol/";
const META_KEYS = [`${META}protocolVersion`, `${META}clientInfo`, `${META}clientCapabilities`];
/** Objects in objects are right in each of them. */
const CAPABILITIES = ["roots", "sampling", "elicitation", "tasks", "experimental", "extensions"];
/** In these an object holds any JSON. */
const OPEN_CAPABILITIES: ReadonlySet<string> = new Set(["experimental", "extensions"]);

export class FirstAnswers {
  readonly #known: KnownAnswers;
  /** The requests that were answered. */
  readonly answered = new Set<MessageId>();
  /** What the session speaks, once that is settled: a discovery leaves it open. */
  #session: { readonly isModern: boolean; readonly answers: AnswersOfVersion } | undefined;

  constructor(known: KnownAnswers) {
    this.#known = known;
  }

  /** The answer's line without its end; "" for what gets none; undefined for what the server itself has to hear. */
  answerTo(line: string): string | undefined {
    const message = attempt(() => JSON.parse(line) as unknown);
    if (!isObject(message) || !hasOnly(message, MESSAGE_KEYS) || message["jsonrpc"] !== "2.0")
      return undefined;
    const { method, params, id } = message;
    if (method === "notifications/initialized") {
      const isExpected = this.#session?.isModern === false && !("id" in message) && isEmpty(params);
      return isExpected ? "" : undefined;
    }
    if (typeof method !== "string" || !isId(id) || this.answered.has(id)) return undefined;
    const asked = method === "initialize" ? this.#initialized(params) : this.#asked(params);
    const known = asked && own(asked.answers, method);
    if (known === undefined) return undefined;
    if (method !== "server/discover") this.#session = asked;
    this.answered.add(id);
    return known.join(JSON.stringify(id));
  }

  #initialized(params: unknown) {
    if (this.#session !== undefined || !isObject(params)) return undefined;
    if (!hasOnly(params, ["protocolVersion", "capabilities", "clientInfo"])) return undefined;
    const { protocolVersion, capabilities, clientInfo } = params;
    if (!isClient(clientInfo) || !areCapabilities(capabilities)) return undefined;
    return spoken(false, own(this.#known.legacy, protocolVersion));
  }

  #asked(params: unknown) {
    if (this.#session?.isModern === false) return isEmpty(params) ? this.#session : undefined;
    const meta = isObject(params) && hasOnly(params, ["_meta"]) ? params["_meta"] : undefined;
    if (!isObject(meta) || !hasOnly(meta, META_KEYS)) return undefined;
    const [version, client, capabilities] = META_KEYS.map((key) => meta[key]);
    if (!isClient(client) || !areCapabilities(capabilities)) return undefined;
    return spoken(true, own(this.#known.modern, version));
  }
}

function spoken(isModern: boolean, answers: AnswersOfVersion | undefined) {
  return answers && { isModern, answers };
}

function isId(value: unknown): value is MessageId {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function isClient(value: unknown): boolean {
  if (!isObject(value) || !hasOnly(value, CLIENT_KEYS) || !("name" in value) || !("version" in value))
    return false;
  return Object.values(value).every((each) => typeof each === "string");
}

function areCapabilities(value: unknown): boolean {
  if (!isObject(value) || !hasOnly(value, CAPABILITIES)) return false;
  return Object.entries(value).every(([name, held]) => {
    if (!isObject(held)) return false;
    if (OPEN_CAPABILITIES.has(name)) return Object.values(held).every(isObject);
    if (name !== "roots") return isOfObjects(held);
    return hasOnly(held, ["listChanged"]) && Object.values(held).every((each) => typeof each === "boolean");
  });
}

function isOfObjects(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isOfObjects);
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Left out, or an object that holds nothing. */
function isEmpty(params: unknown): boolean {
  return params === undefined || (isObject(params) && hasOnly(params, []));
}

function hasOnly(value: Values, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

function own<Value>(values: Readonly<Record<string, Value>>, key: unknown): Value | undefined {
  return typeof key === "string" && Object.hasOwn(values, key) ? values[key] : undefined;
}
