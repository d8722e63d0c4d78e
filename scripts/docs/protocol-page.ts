/** `docs/protocol.md`: everything another program needs to speak to the daemon, from the tables it is made of. */
import type { ErrorCode } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import {
  BYTE_RATE,
  MIN_FRAME_BYTES,
  PACE,
  RATES,
  REFUSAL_RATE,
  REQUEST_RATE,
} from "../../src/policy/rate-limits.ts";
import type { Rate } from "../../src/policy/token-buckets.ts";
import { FRAME_TYPES } from "../../src/protocol/frame.ts";
import {
  helloParams,
  helloProofParams,
  helloProofResult,
  helloResult,
} from "../../src/protocol/handshake.ts";
import { HELLO_METHOD, HELLO_PROOF_METHOD, PROTOCOL_VERSIONS } from "../../src/protocol/hello-proofs.ts";
import type { MethodDefinition, ClientScope } from "../../src/protocol/method.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { NAMED_TYPES, renderType } from "./render-type.ts";

const GENERATED = "<!-- Made by `npm run docs` from the method table. Do not edit. -->";

const GROUPS: Readonly<Record<string, string>> = {
  memory: "Memories",
  vault: "The vault",
  key: "Ways to open it",
  client: "Clients",
  data: "Many memories at once",
  audit: "The audit",
};

/** Codes that any request can be answered with. */
const COMMON_ERRORS = [
  "INVALID_PARAMS",
  "UNKNOWN_METHOD",
  "SCOPE_DENIED",
  "PROJECT_DENIED",
  "RATE_LIMITED",
  "TIMEOUT",
  "CANCELLED",
  "RESULT_TOO_LARGE",
  "INTERNAL",
] as const satisfies readonly ErrorCode[];

export function renderProtocolPage(): string {
  return `${[
    GENERATED,
    "# The socket protocol",
    "The daemon listens on one UNIX socket, mode 0600, and nowhere else. Everything keepsake does is a request on it; the CLI and the MCP server are clients like any other. `memory.capture` is there for hosts: keepsake ships no hook that calls it yet.",
    framing(),
    hello(),
    requests(),
    order(),
    rates(),
    caps(),
    scopes(),
    types(),
    ...methodGroups(),
  ].join("\n\n")}\n`;
}

function framing(): string {
  return `## Frames

    length (4 bytes, big-endian) | type (1 byte) | body (length bytes)

${table(
  ["type", "body", "at most"],
  [
    [
      String(FRAME_TYPES.json),
      `UTF-8 JSON, nested at most ${LIMITS.jsonDepth} deep, with at most ${LIMITS.jsonValues} values from a client`,
      bytes(LIMITS.frameBytes),
    ],
    [String(FRAME_TYPES.secret), "the raw bytes of a secret", bytes(LIMITS.secretFrameBytes)],
    [String(FRAME_TYPES.stream), "a chunk of a stream; an empty one ends it", bytes(LIMITS.frameBytes)],
  ],
)}

The cap is checked from the header. Before the hello is done only JSON frames of at most ${bytes(LIMITS.helloFrameBytes)} are read.`;
}

function hello(): string {
  return `## Hello

First on every connection, within ${seconds(LIMITS.helloMs)}. Both sides prove that they hold the client's token (32 bytes, in base64 as \`token\` in \`clients/<id>.json\`), which never crosses the socket; the daemon proves itself first, so that a program squatting on the socket gets nothing but a client's name.

\`${HELLO_METHOD}\` (versions now spoken: ${PROTOCOL_VERSIONS.join(", ")})

${code("params", renderType(helloParams))}

${code("result", renderType(helloResult))}

\`${HELLO_PROOF_METHOD}\`

${code("params", renderType(helloProofParams))}

${code("result", renderType(helloProofResult))}

    daemon's proof = HMAC-SHA256(token, parts("keepsake hello daemon", transcript))
    client's proof = HMAC-SHA256(token, parts("keepsake hello client", transcript, daemon's proof))
    transcript     = the offered versions (4 bytes each), the chosen version (4 bytes), the client's id,
                     the client's nonce, the daemon's nonce
    parts(…)       = each part behind its length; lengths and versions are 4 bytes, big-endian; the fields of the
                     transcript are parts of their own, the versions offered one part together

A name that no client has is answered like any other, with a proof under a random token, and fails with \`HELLO_FAILED\`.`;
}

function requests(): string {
  return `## Requests

    client   {id, method, params}                          a request; its secret and stream frames follow directly
             {id, cancel: true}                            give request id up; also ends its stream
    daemon   {id, result}                                  the answer
             {id, result, secret: true}                    the answer; one secret frame follows directly
             {id, error: {code, message, hint?, data?}}    the refusal
             {id: null, error: …}                          concerns the whole connection, which ends behind it
             {id, progress: {stage, done, total}}          before the answer of a long method; total 0: unknown

\`id\` is a positive integer that no other request in flight on the connection has. Requests may overlap and are answered in any order. Secret and stream frames carry no id: they belong to the request right before them, so nothing may come in between but, during a stream, the cancel. Whoever wants to go on asking while a stream is on its way opens a second connection.

Secret frames come first, as many as the method names for these params, then the stream. When a request is refused, its secret and stream frames are dropped, at most ${bytes(LIMITS.streamDroppedBytes)} of them, until the next request.

A cancelled request is answered as well: with \`CANCELLED\`, or with its result when it was done already. Messages and hints never contain a value that was stored or sent; what is not in the error table becomes \`INTERNAL\` with a trace id that is also in the log.`;
}

function order(): string {
  return `## The way of a request

frame → rate of bytes → envelope → hello → rate of requests → method known? → rate of its kind → scope → state (missing, sealed, open) → params → idempotency → confirmation → handler → result's shape → result's size

The first that refuses ends it. Any request can be answered with ${COMMON_ERRORS.map((name) => `\`${name}\``).join(", ")}; those that need an open vault also with \`VAULT_SEALED\` and \`VAULT_MISSING\`. All codes: [errors.md](errors.md).`;
}

function rates(): string {
  const row = (what: string, { perMinute, burst }: Rate, show: (count: number) => string) => [
    what,
    show(perMinute),
    show(burst),
  ];
  return `## Rates

Of each client, over all its connections. They do not bind the client \`cli\`.

${table(
  ["what", "a minute", "at once"],
  [
    row(`bytes of frames, each at least ${MIN_FRAME_BYTES} bytes`, BYTE_RATE, bytes),
    row("requests and cancels of any kind, refused ones too", REQUEST_RATE, String),
    ...Object.entries(RATES).map(([scope, rate]) => row(`requests of scope \`${scope}\``, rate, String)),
    row("refusals, whatever the reason", REFUSAL_RATE, String),
  ],
)}

Over a rate the answer is \`RATE_LIMITED\` with \`retryAfterMs\` in its data; what was refused does not count. A batch of captured turns is one request: ${RATES.write?.burst ?? 0} of them, each in a frame of ${bytes(LIMITS.frameBytes)}, may come at once.

- A frame of more than ${bytes(LIMITS.helloFrameBytes)} that is over the rate of bytes is not read. Its refusal carries the request's id if the frame begins with \`{"id":N,\`; otherwise it carries \`id: null\` and the connection ends. Smaller frames, secrets and streams are read all the same, but the connection is not read on until they are paid for.
- No faster than ${bytes(PACE.perMinute / 60)} a second are the frames of a client read, so that large ones leave others their turn. Nothing is refused for that: the socket fills up.
- A client with too many refusals (three a second for a minute, or ${REFUSAL_RATE.burst} at once) is told so with \`RATE_LIMITED\` and \`id: null\`, and the connection ends. So does each of its hellos until \`retryAfterMs\` is over. Errors that end a connection count as refusals too; failed hellos count for nobody.
- A cancel over the rate of requests is heard, then the connection ends.`;
}

function caps(): string {
  return `## Caps

Over one of them: one error with \`id: null\`, then the connection ends, unless another answer is named.

${table(
  ["what", "at most"],
  [
    ["connections of all clients but `cli`", String(LIMITS.connections)],
    [
      "connections of one client; those of `cli` are kept for it, beside the others'",
      String(LIMITS.connectionsPerClient),
    ],
    [
      "connections that have not finished the hello (a newcomer takes the place of the oldest that is silent, or else of the oldest)",
      String(LIMITS.connectionsBeforeHello),
    ],
    [
      "connections that wait for the engine, as while it is replaced (a newcomer is told `TOO_MANY_CONNECTIONS`)",
      String(LIMITS.connectionsUnclaimed),
    ],
    ["requests in flight on a connection", String(LIMITS.requestsInFlight)],
    ["time for the hello", seconds(LIMITS.helloMs)],
    [
      "time for a frame that has begun, and for the secret frames of a request",
      seconds(LIMITS.partialFrameMs),
    ],
    ["time for a request that is not long (answered with `TIMEOUT`)", seconds(LIMITS.requestMs)],
    ["time without a request", seconds(LIMITS.connectionIdleMs)],
    ["time a full socket may stay unread (the connection is destroyed)", seconds(LIMITS.unreadMs)],
    ["bytes that may wait for the client (the connection is destroyed)", bytes(LIMITS.unreadBytes)],
    ["an answer (answered with `RESULT_TOO_LARGE`)", bytes(LIMITS.resultBytes)],
  ],
)}`;
}

function scopes(): string {
  const methodsOf = (scope: ClientScope | undefined) =>
    METHOD_NAMES.filter((name) => METHODS[name].scope === scope)
      .map((name) => `\`${name}\``)
      .join(" ");
  return `## Scopes

${table(
  ["scope", "methods"],
  [...SCOPES.map((scope) => [`\`${scope}\``, methodsOf(scope)]), ["none needed", methodsOf(undefined)]],
)}`;
}

function types(): string {
  const simple = NAMED_TYPES.filter(([schema]) => !renderType(schema, "", true).startsWith("{"));
  const objects = NAMED_TYPES.filter(([schema]) => renderType(schema, "", true).startsWith("{"));
  return `## Types

${table(
  ["name", "what it is"],
  simple.map(([, name, meaning]) => [`\`${name}\``, meaning]),
)}

${objects.map(([schema, name, meaning]) => `\`${name}\`: ${meaning}\n\n${code(name, renderType(schema, "", true))}`).join("\n\n")}

\`project\` in a filter: a name means that project and memories of no project, \`null\` only memories of no project; \`"*"\` or nothing means everything the client may see. \`?\` marks what may be left out, \`=\` what then holds. Unknown fields are refused everywhere.`;
}

function methodGroups(): string[] {
  const groups = [...new Set(METHOD_NAMES.map((name) => name.split(".")[0] ?? ""))];
  return groups.map((group) => {
    const methods = METHOD_NAMES.filter((name) => name.startsWith(`${group}.`));
    return [
      `## ${GROUPS[group] ?? group}`,
      ...methods.map((name) => methodSection(name, METHODS[name])),
    ].join("\n\n");
  });
}

function methodSection(name: string, definition: MethodDefinition): string {
  const { summary, params, result, errors } = definition;
  const codes = errors.length === 0 ? "" : `\n\nErrors: ${errors.map((error) => `\`${error}\``).join(", ")}`;
  return `### ${name}

${summary} ${traits(definition).join("; ")}.

${code("params", renderType(params))}

${code("result", renderType(result))}${codes}`;
}

function traits(definition: MethodDefinition): string[] {
  const { scope, sealed, idempotent, long, stream, tool } = definition;
  const secrets = secretNames(definition);
  return [
    scope === undefined ? "Needs no scope" : `Scope \`${scope}\``,
    sealed ? "works sealed" : "needs an open vault",
    ...(definition.destructive === true ? ["destructive"] : []),
    ...(idempotent === "key" ? ["takes an idempotency key"] : []),
    ...(idempotent === "natural" ? ["the same call again changes nothing more"] : []),
    ...(long === true ? ["long: sends progress and has no deadline"] : []),
    ...(definition.passive === true ? ["does not count as activity"] : []),
    ...(secrets.length > 0 ? [`secret frames, as the params need them: ${secrets.join(", ")}`] : []),
    ...(stream === "in" ? ["a stream follows the request"] : []),
    ...(definition.secretResult === undefined ? [] : ["a secret frame may follow the result"]),
    ...(tool === undefined ? [] : [`MCP tool \`${tool.name}\``]),
  ];
}

/** The names of every secret the method may ask for; they depend on single params only. */
function secretNames({ secrets, params }: MethodDefinition): string[] {
  if (secrets === undefined) return [];
  const shapes = [{}, { with: "passphrase" }, { kind: "passphrase" }, { master: true }];
  const names = shapes.flatMap((shape) => {
    const parsed = params.safeParse(shape);
    return parsed.success ? secrets(parsed.data) : [];
  });
  return [...new Set(names)];
}

function code(label: string, text: string): string {
  return `\`\`\`text\n${label} ${text}\n\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map((row) => line(row))].join("\n");
}

function bytes(count: number): string {
  if (count >= 1 << 20) return `${count / (1 << 20)} MiB`;
  return count >= 1 << 10 ? `${count / (1 << 10)} KiB` : `${count} bytes`;
}

function seconds(ms: number): string {
  return ms >= 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}
