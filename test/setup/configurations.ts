/** Configurations as people have them, in each format. */
interface Configuration {
  readonly what: string;
  readonly content: string | Uint8Array;
  /** It is refused, and nothing is changed. */
  readonly isRefused?: true;
}

const CRLF = (text: string) => text.replaceAll("\n", "\r\n");

const STRICT: readonly Configuration[] = [
  { what: "an empty file", content: "" },
  { what: "white space alone", content: " \n\n" },
  { what: "an empty object", content: "{}" },
  { what: "an empty object over two lines", content: "{\n}\n" },
  { what: "other settings, two spaces", content: '{\n  "theme": "dark",\n  "list": [1, 2]\n}\n' },
  { what: "other settings, four spaces, no last line end", content: '{\n    "theme": "dark"\n}' },
  { what: "tabs and odd spacing", content: '{\n\t"theme"  :"dark" ,\n\t\t"n":  1e3\n  }\n\n' },
  { what: "line ends of Windows", content: CRLF('{\n  "theme": "dark",\n  "x": {}\n}\n') },
  { what: "a byte order mark", content: '\u{FEFF}{\n  "theme": "dark"\n}\n' },
  { what: "one line", content: '{"theme":"dark","x":[true,null]}' },
  { what: "words of many scripts", content: '{\n  "имя": "日本 👩‍🚀",\n  "e": "\\ud83d\\ude00"\n}\n' },
  { what: "a broken file", content: '{\n  "theme": "dark",\n', isRefused: true },
  { what: "an array", content: "[]\n", isRefused: true },
  { what: "bytes that are no text", content: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), isRefused: true },
  { what: "a text in UTF-16", content: Buffer.from("\u{FEFF}{}", "utf16le"), isRefused: true },
];

const COMMENTED = '{\n  // mine\n  "theme": "dark" // for the evening\n  /* the end */\n}\n';

/** @param keys - where servers stand. */
function withServers(key: string): readonly Configuration[] {
  return [
    {
      what: "other servers",
      content: `{\n  "${key}": {\n    "files": { "command": "npx", "args": ["-y", "files"] }\n  },\n  "z": 1\n}\n`,
    },
    { what: "no servers yet", content: `{\n  "${key}": {}\n}\n` },
    { what: "another server on one line", content: `{ "${key}": { "files": { "command": "a" } } }` },
    { what: "no object of servers", content: `{ "${key}": [] }`, isRefused: true },
    { what: "servers twice", content: `{ "${key}": {}, "${key}": {} }`, isRefused: true },
    {
      what: "somebody else's server of our name",
      content: `{ "${key}": { "keepsake": { "command": "/elsewhere" } } }`,
      isRefused: true,
    },
  ];
}

const WITH_COMMENTS: readonly Configuration[] = [
  { what: "comments", content: COMMENTED },
  { what: "comments and CR LF", content: CRLF(COMMENTED) },
  { what: "a comma at the end", content: '{\n  "theme": "dark",\n}\n' },
  { what: "a comma at the end and a comment", content: '{ "theme": "dark", // x\n}' },
  { what: "a comment in an empty object", content: "{ /* nothing yet */ }\n" },
  { what: "a comment alone", content: "// nothing yet" },
];

const HOOKS: readonly Configuration[] = [
  {
    what: "hooks of the person's own",
    content:
      '{\n  "version": 1,\n  "hooks": {\n    "sessionEnd": [{ "command": "./mine.sh" }],\n    "SessionEnd": []\n  }\n}\n',
  },
  {
    what: "no list of hooks",
    content: '{ "hooks": { "sessionEnd": {}, "SessionEnd": {} } }',
    isRefused: true,
  },
];

const SERVER = '[mcp_servers.files]\ncommand = "npx"\nargs = ["-y", "files"]\n';

const TOML: readonly Configuration[] = [
  { what: "an empty file", content: "" },
  {
    what: "settings and comments",
    content: '# mine\nmodel = "gpt" # the best\n\n[projects."/a"]\ntrust_level = "trusted"\n',
  },
  { what: "no last line end", content: 'model = "gpt"' },
  { what: "line ends of Windows", content: CRLF(`model = "gpt"\n\n${SERVER}`) },
  { what: "a byte order mark", content: `\u{FEFF}model = "gpt"\n` },
  { what: "other servers", content: SERVER },
  { what: "an empty table of servers", content: "[mcp_servers]\n\n[tui]\nx = 1979-05-27T07:32:00Z\n" },
  { what: "servers by dotted keys", content: 'mcp_servers.files.command = "npx"\n' },
  {
    what: "big numbers and many lines",
    content: 'n = 9223372036854775807\ns = """\n[mcp_servers.keepsake]\n"""\n',
  },
  { what: "servers in braces", content: 'mcp_servers = { files = { command = "npx" } }\n', isRefused: true },
  {
    what: "somebody else's server of our name",
    content: '[mcp_servers.keepsake]\ncommand = "x"\n',
    isRefused: true,
  },
  { what: "a broken file", content: "model = \n", isRefused: true },
  { what: "a table twice", content: "[a]\n[a]\n", isRefused: true },
];

interface ConfiguredFile {
  readonly host: string;
  /** Which of the host's files. */
  readonly place: number;
  readonly configurations: readonly Configuration[];
}

const REFUSED_COMMENTS = WITH_COMMENTS.map((each) => ({ ...each, isRefused: true as const }));

export const CONFIGURED_FILES: readonly ConfiguredFile[] = [
  {
    host: "claude-desktop",
    place: 0,
    configurations: [...STRICT, ...withServers("mcpServers"), ...REFUSED_COMMENTS],
  },
  { host: "cursor", place: 0, configurations: [...STRICT, ...withServers("mcpServers"), ...WITH_COMMENTS] },
  { host: "cursor", place: 1, configurations: [...STRICT, ...WITH_COMMENTS, ...HOOKS] },
  { host: "vscode", place: 0, configurations: [...STRICT, ...withServers("servers"), ...WITH_COMMENTS] },
  {
    host: "copilot",
    place: 0,
    configurations: [...STRICT, ...withServers("mcpServers"), ...REFUSED_COMMENTS],
  },
  { host: "opencode", place: 0, configurations: [...STRICT, ...withServers("mcp"), ...WITH_COMMENTS] },
  { host: "codex", place: 0, configurations: TOML },
  { host: "codex", place: 1, configurations: [...STRICT, ...REFUSED_COMMENTS, ...HOOKS] },
];
