/**
 * The layers of `src`: what each folder may import, and what it holds.
 * The linter's rules (`.dependency-cruiser.mjs`) and the table in `docs/architecture.md` are both made from here.
 *
 * @type {Readonly<Record<string, { readonly imports: readonly string[]; readonly holds: string }>>}
 */
export const LAYERS = {
  base: { imports: [], holds: "error table, bytes, secret buffers, clock, logger" },
  platform: {
    imports: ["base"],
    holds: "every path keepsake touches, private directories, process hardening",
  },
  protocol: { imports: ["base"], holds: "the method table, frames, envelope, handshake, validation" },
  crypto: {
    imports: ["base"],
    holds: "AES-256-GCM, Argon2id, HKDF, HPKE. The only importer of `node:crypto` and `argon2`",
  },
  keys: { imports: ["base", "platform", "crypto"], holds: "keyring file, slots, keychain, recovery key" },
  store: {
    imports: ["base", "platform"],
    holds: "ordered sealed bytes. The only importer of `level`. Never sees plaintext",
  },
  vault: {
    imports: ["base", "platform", "crypto", "keys", "store"],
    holds: "records, head, generations, rotation, purge, inbox, salvage",
  },
  search: { imports: ["base"], holds: "tokenizer, inverted index, ranking. Pure: no I/O, no crypto" },
  policy: { imports: ["base", "protocol"], holds: "scopes, rate limits, confirmation, idempotency" },
  service: {
    imports: ["base", "protocol", "keys", "vault", "search", "policy"],
    holds: "one handler per method",
  },
  server: {
    imports: ["base", "platform", "protocol", "policy", "service"],
    holds: "sockets, dispatch, connection limits",
  },
  client: {
    imports: ["base", "platform", "protocol"],
    holds: "the one typed client, and starting the daemon",
  },
  capture: { imports: ["base", "protocol", "client"], holds: "transcripts and import formats" },
  mcp: {
    imports: ["base", "protocol", "client"],
    holds: "MCP tools, resources, prompts. The only importer of the MCP SDK",
  },
  cli: {
    imports: ["base", "platform", "protocol", "client", "capture"],
    holds: "commands, prompts, output. The only importer of `commander`",
  },
  daemon: {
    imports: [
      "base",
      "platform",
      "protocol",
      "crypto",
      "keys",
      "store",
      "vault",
      "search",
      "policy",
      "service",
      "server",
    ],
    holds: "front, engine, wiring, configuration",
  },
};

/**
 * Packages and built-in modules that only the folders of `only` may import; nobody when it is empty.
 *
 * @type {readonly { readonly packages?: readonly string[]; readonly builtins?: readonly string[]; readonly only: readonly string[] }[]}
 */
export const OWNED_MODULES = [
  { builtins: ["crypto"], only: ["crypto"] },
  { packages: ["argon2", "@hpke/core"], only: ["crypto"] },
  { packages: ["level", "classic-level"], only: ["store"] },
  { packages: ["@modelcontextprotocol/server"], only: ["mcp"] },
  { packages: ["commander", "@clack/prompts", "@bomb.sh/tab", "cli-progress"], only: ["cli"] },
  { packages: ["keytar", "@github/keytar"], only: ["keys"] },
  { builtins: ["http", "https", "http2", "tls", "dgram", "dns", "dns/promises"], only: [] },
  { builtins: ["inspector", "inspector/promises", "vm", "v8", "repl"], only: [] },
];
