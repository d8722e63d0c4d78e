/**
 * The layers of `src`: what each folder may import, what it holds, and its rooms from the ground up: sub-folders, and files
 * that these stand on or lead to. A room may not import one that is listed after it.
 * The linter's rules (`.dependency-cruiser.mjs`) and the tables in `docs/architecture.md` are made from here.
 *
 * `alone` names files that may import more than their layer.
 *
 * @typedef {{ readonly imports: readonly string[]; readonly holds: string; readonly rooms?: Readonly<Record<string, string>>; readonly alone?: Readonly<Record<string, readonly string[]>> }} Layer
 * @type {Readonly<Record<string, Layer>>}
 */
export const LAYERS = {
  base: {
    imports: [],
    holds: "error table, bytes, secret buffers, clock, logger",
    rooms: { turns: "everything that waits: queues, locks, group commit, paced writes" },
  },
  platform: {
    imports: ["base"],
    holds: "every path keepsake touches, private directories, process hardening, standard output",
    rooms: { privacy: "the list of places that the person keeps private" },
  },
  protocol: {
    imports: ["base"],
    holds: "the method table, frames, envelope, handshake, validation",
    rooms: {
      "method.ts": "what a method is",
      "schemas.ts": "values that several methods take",
      methods: "the method table, a file for each kind of method",
    },
  },
  crypto: {
    imports: ["base"],
    holds: "AES-256-GCM, Argon2id, HKDF, HPKE. The only importer of `node:crypto` and `argon2`",
  },
  keys: { imports: ["base", "platform", "crypto"], holds: "keyring file, slots, keychain, recovery key" },
  store: {
    imports: ["base", "platform"],
    holds: "ordered sealed bytes. The only importer of `level`. Never sees plaintext",
    rooms: {
      "record-store.ts": "the interface",
      "store-error.ts": "what the database throws, as errors of keepsake",
      leveldb: "reading LevelDB's own files",
    },
  },
  vault: {
    imports: ["base", "platform", "crypto", "keys", "store"],
    holds: "records, head, generations, rotation, purge, inbox, salvage",
    rooms: {
      written: "every byte layout and nothing else",
      "vault.ts": "what the rest of keepsake knows of the vault",
      "vault-deps.ts": "what is passed into a vault from outside",
      slots: "what opens the vault, and how that changes",
      folder: "the vault's folder and the store in it",
      live: "the state of an open vault, its reader and writer",
      checkpoint: "pages of the index, written and loaded",
      proof: "whether all of it is there: stock, verification, scrub, recovery of writes",
      generation: "the way to the next generation: purge, rotation, repair",
      "live-vault.ts": "an open vault",
      "create-vault.ts": "from a passphrase to a new vault",
      "open-live-vault.ts": "from an opened keyring to an open vault",
      "sealed-inbox.ts": "the inbox while the vault is sealed",
      "sealed-vault.ts": "the folder while the vault is sealed",
      "vault-door.ts": "the door of a vault's folder",
      "create-vault-door.ts": "puts the door together",
    },
  },
  search: {
    imports: ["base"],
    holds: "tokenizer, inverted index, ranking. Pure: no I/O, no crypto",
    rooms: {
      "search-index.ts": "what the service knows of the index",
      "weights.ts": "every number of the ranking",
      arrays: "columns and tables of numbers",
      terms: "from text to terms",
      cue: "what a cue asks",
      postings: "which rows hold a term, and where",
      catalogue: "the memories as rows, and which of them are in scope",
      holdings: "catalogue, terms and postings of one index, kept in step and compacted",
      ranking: "from a cue to the best rows",
      snippets: "the passages of a text that answer a cue",
      checkpoint: "the index as bytes",
    },
  },
  redaction: {
    imports: ["base"],
    holds: "secrets in a text, and the text without them. Pure: no I/O",
    rooms: {
      "looks.ts": "what a secret looks like, and what only stands for one",
      rules: "tables of rules, kept ones and our own, by what a secret stands in",
    },
  },
  policy: { imports: ["base", "protocol"], holds: "scopes, rate limits, confirmation, idempotency" },
  service: {
    imports: ["base", "protocol", "keys", "vault", "search", "policy", "redaction"],
    holds: "one handler per method",
    rooms: {
      "memory-codec.ts": "a memory as it is sealed, shown and indexed",
      "tombstones.ts": "what was forgotten, and is refused when it comes again",
      "forgotten-words.ts": "the same by its words, for imports, where its project has another name since",
      "other-names.ts": "which message a name stands for that is not its own",
      "secrets.ts": "takes secrets out of what comes to be stored",
      "service.ts": "what a handler and the server know of the service",
      audit: "who asked for what: the chain of entries, and calls on their way to it",
      index: "keeps the search index in step with the vault",
      memories: "records and index changed together, and what of them a client may see",
      brief: "what a session should know, as lines within a budget",
      sections: "files that change: which section of one that comes again is which note",
      "open-session.ts": "what exists while the vault is open",
      handlers: "one for each method",
    },
  },
  server: {
    imports: ["base", "platform", "protocol", "policy", "service"],
    holds: "sockets, dispatch, connection limits",
  },
  client: {
    imports: ["base", "platform", "protocol"],
    holds: "the one typed client, and starting the daemon",
    rooms: {
      projects: "which project a folder is, and what it was called",
      window: "the one window that asks for the passphrase on behalf of a program",
    },
  },
  capture: {
    imports: ["base", "protocol", "client"],
    holds: "transcripts and import formats",
    rooms: {
      files: "folders, zips and streams of files, and the project that a file lies in",
      text: "what may be stored of a text, and in which parts",
      "reading.ts": "what a reader of a format is given, and what it gives",
      shapes: "what readers share: JSON of unknown shape, lines, blocks, entries",
      transcript: "Claude Code transcripts",
      markdown: "Markdown files, a note a section",
      hosts: "files that other hosts write while they run",
      exports: "what people take home from other services and memory programs",
      "readers.ts": "the reader of each format",
    },
  },
  hooks: {
    imports: ["base", "platform", "protocol", "client", "capture"],
    holds: "what hosts call while they run: `keepsake hook`. Lean: it loads no schemas",
    // Loaded when no daemon can be reached, and not before.
    alone: { "seal-alone.ts": ["crypto", "keys", "vault", "policy", "redaction"] },
  },
  setup: {
    imports: ["base", "platform", "protocol", "client"],
    holds: "how each host is given keepsake, and how that is taken back",
    rooms: {
      text: "changes of a JSON or TOML text that can be undone",
      documents: "a host's file, whatever its format",
      "host-files.ts": "files of hosts, read and replaced whole",
      "record.ts": "what is kept of the files that were changed",
      "launcher.ts": "the one program that every host's registration names",
      hosts: "the hosts, a row each",
      "plan.ts": "what stands there, and what would be written",
    },
  },
  install: {
    imports: ["base", "platform", "protocol", "client", "setup"],
    holds: "the daemon as a service of systemd or launchd",
    rooms: {
      "service-manager.ts": "what a service manager does",
      "unit-text.ts": "the unit of systemd",
      "agent-text.ts": "the agent of launchd",
      "service-managers.ts": "the manager of each platform",
      "take-over.ts": "from whatever daemon runs to the service's",
    },
  },
  doctor: {
    imports: ["base", "platform", "protocol", "client", "setup", "install"],
    holds: "what can be wrong between a host and the vault, and what mends it",
    rooms: {
      "finding.ts": "what a check finds",
      "patient.ts": "what is examined",
      starting: "programs started as a host starts them, and ended in time",
      "host-patient.ts": "a host that is set up",
      checks: "one file a check",
      "check-table.ts": "every check",
    },
  },
  mcp: {
    imports: ["base", "platform", "protocol", "client"],
    holds: "MCP tools, resources, prompts. The only importer of the MCP SDK",
    rooms: {
      given: "the arguments of a tool as models give them, to those it means",
      opening: "how a session opens, answered before the server is loaded",
      tools: "one file a tool",
    },
  },
  cli: {
    imports: ["base", "platform", "protocol", "client", "capture", "setup", "install", "doctor"],
    holds: "commands, prompts, output. The only importer of `commander`",
    rooms: {
      "context.ts": "what a command can reach; interfaces alone",
      framework: "what a command is, and how a command line becomes one",
      output: "how results and errors are shown",
      options: "the options that several commands share",
      asking: "questions, confirmations and secrets",
      completion: "what may come next on a command line",
      commands: "one file a command",
    },
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
      "redaction",
      "policy",
      "service",
      "server",
    ],
    holds: "front, engine, wiring, configuration",
    rooms: {
      "listening-socket.ts": "a socket that is private from birth",
      locks: "which process has the vault, and how it is ended",
    },
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

/** Folders of equals: a file for each command, tool or format, so that they may hold as many as there are. */
export const FOLDERS_OF_EQUALS = ["src/cli/commands", "src/mcp/tools"];
