/** The hosts that set-up knows, a row each. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jsonDocument } from "../documents/json-document.ts";
import { ownDocument, ownJson } from "../documents/own-document.ts";
import { tomlDocument } from "../documents/toml-document.ts";
import type { HostDocument } from "../documents/host-document.ts";
import type { Dialect, JsonEntry } from "../text/json-text.ts";
import { claudePlugin } from "./claude-plugin.ts";
import { copilotHooks, groupedHooks, hookCommand, hookMark } from "./hook-entries.ts";
import type { SetupHost, Surroundings } from "./setup-host.ts";
import { OUR_NAME, PLUGIN_VERSION, inHome, mcpArguments, namedFolder, settingsFolder } from "./setup-host.ts";

const claudeHome = (around: Surroundings) => namedFolder(around, "CLAUDE_CONFIG_DIR", ".claude");
const codexHome = (around: Surroundings) => namedFolder(around, "CODEX_HOME", ".codex");
const copilotHome = (around: Surroundings) => namedFolder(around, "COPILOT_HOME", ".copilot");
const openCodeHome = (around: Surroundings) =>
  join(namedFolder(around, "XDG_CONFIG_HOME", ".config"), "opencode");
const none = () => [];

export const SETUP_HOSTS: readonly SetupHost[] = [
  {
    id: "claude-code",
    title: "Claude Code",
    program: "claude",
    home: claudeHome,
    events: ["SessionStart", "UserPromptSubmit", "Stop", "SubagentStop", "PostCompact", "SessionEnd"],
    documents(around, launcher) {
      return claudePlugin(join(claudeHome(around), "skills", OUR_NAME), launcher, this);
    },
    conversations: (around) => [join(claudeHome(around), "projects")],
    next: ["start Claude Code anew: it loads the plugin then"],
  },
  {
    id: "claude-desktop",
    title: "Claude Desktop",
    home: (around) => settingsFolder(around, "Claude"),
    events: [],
    documents(around, launcher) {
      const path = join(this.home(around), "claude_desktop_config.json");
      return [serverFile(path, "strict", launcher, this, ["mcpServers", OUR_NAME])];
    },
    conversations: none,
    next: ["quit Claude Desktop and start it anew"],
  },
  {
    id: "codex",
    title: "Codex",
    program: "codex",
    home: codexHome,
    events: ["SessionStart", "UserPromptSubmit", "Stop", "SubagentStop", "SessionEnd"],
    documents(around, launcher) {
      const { id } = this;
      const home = codexHome(around);
      const server = { name: OUR_NAME, command: launcher, args: mcpArguments(id) };
      return [
        tomlDocument(join(home, "config.toml"), server),
        hookFile(join(home, "hooks.json"), "strict", launcher, groupedHooks(launcher, this)),
      ];
    },
    conversations: (around) => [join(codexHome(around), "sessions"), join(codexHome(around), "memories")],
    next: ["start Codex anew"],
    trust: "open /hooks in Codex and trust the hooks of keepsake: until then Codex runs none of them",
    passes: ["HOME", "PATH", "LANG", "PWD", "SHELL", "TERM"],
  },
  {
    id: "cursor",
    title: "Cursor",
    program: "cursor",
    home: (around) => inHome(around, ".cursor"),
    events: ["sessionStart", "beforeSubmitPrompt", "afterAgentResponse", "sessionEnd"],
    documents(around, launcher) {
      const home = this.home(around);
      const hooks = this.events.map((event) => [event, [{ command: hookCommand(launcher, this, event) }]]);
      return [
        serverFile(join(home, "mcp.json"), "comments", launcher, this, ["mcpServers", OUR_NAME]),
        hookFile(join(home, "hooks.json"), "comments", launcher, Object.fromEntries(hooks), VERSION_ONE),
      ];
    },
    conversations: (around) => [inHome(around, ".cursor", "projects")],
    next: ["start Cursor anew, and switch the server keepsake on in its settings if it is off"],
  },
  {
    id: "vscode",
    title: "VS Code",
    program: "code",
    home: (around) => settingsFolder(around, "Code"),
    events: [],
    documents(around, launcher) {
      const path = join(this.home(around), "User", "mcp.json");
      return [serverFile(path, "comments", launcher, this, ["servers", OUR_NAME], { type: "stdio" })];
    },
    conversations: none,
    next: ["VS Code asks whether to trust the server when it first starts it"],
  },
  {
    id: "gemini",
    title: "Gemini CLI",
    program: "gemini",
    home: (around) => inHome(around, ".gemini"),
    events: ["SessionStart", "BeforeAgent", "AfterAgent", "SessionEnd"],
    documents(around, launcher) {
      const folder = inHome(around, ".gemini", "extensions", OUR_NAME);
      const server = { command: launcher, args: mcpArguments(this.id) };
      const manifest = { name: OUR_NAME, version: PLUGIN_VERSION, mcpServers: { [OUR_NAME]: server } };
      return [
        ownDocument(join(folder, "gemini-extension.json"), ownJson(manifest), OUR_NAME),
        ownDocument(
          join(folder, "hooks", "hooks.json"),
          ownJson({ hooks: groupedHooks(launcher, this, 1_000) }),
        ),
      ];
    },
    conversations: (around) => [inHome(around, ".gemini", "tmp")],
    next: ["start Gemini CLI anew; in folders that it does not trust its servers are off"],
  },
  {
    id: "copilot",
    title: "Copilot CLI",
    program: "copilot",
    home: copilotHome,
    events: ["sessionStart", "userPromptSubmitted", "agentStop", "sessionEnd"],
    documents(around, launcher) {
      const home = copilotHome(around);
      const hooks = { version: 1, hooks: copilotHooks(launcher, this) };
      const traits = { type: "local", tools: ["*"] };
      return [
        serverFile(join(home, "mcp-config.json"), "strict", launcher, this, ["mcpServers", OUR_NAME], traits),
        ownDocument(join(home, "hooks", `${OUR_NAME}.json`), ownJson(hooks)),
      ];
    },
    conversations: (around) => [join(copilotHome(around), "session-state")],
    next: ["start Copilot CLI anew"],
  },
  {
    id: "opencode",
    title: "opencode",
    program: "opencode",
    home: openCodeHome,
    events: [],
    documents(around, launcher) {
      const [plain = "", commented = ""] = ["json", "jsonc"].map((suffix) =>
        join(openCodeHome(around), `opencode.${suffix}`),
      );
      const path = existsSync(commented) && !existsSync(plain) ? commented : plain;
      const value = { type: "local", command: [launcher, ...mcpArguments(this.id)], enabled: true };
      const keys = ["mcp", OUR_NAME];
      const entries: readonly JsonEntry[] = [{ keys, value, is: "member" }];
      return [jsonDocument({ path, dialect: "comments", entries, mark: launcher, serverKeys: keys })];
    },
    conversations: none,
    next: ["start opencode anew"],
  },
];

const VERSION_ONE: JsonEntry = { keys: ["version"], value: 1, is: "default" };

function serverFile(
  path: string,
  dialect: Dialect,
  launcher: string,
  { id }: Pick<SetupHost, "id">,
  keys: readonly string[],
  traits: Readonly<Record<string, unknown>> = {},
): HostDocument {
  const value = { ...traits, command: launcher, args: mcpArguments(id) };
  return jsonDocument({
    path,
    dialect,
    entries: [{ keys, value, is: "member" }],
    mark: launcher,
    serverKeys: keys,
  });
}

function hookFile(
  path: string,
  dialect: Dialect,
  launcher: string,
  hooks: Readonly<Record<string, readonly unknown[]>>,
  ...more: readonly JsonEntry[]
): HostDocument {
  const entries = Object.entries(hooks).flatMap(([event, elements]) =>
    elements.map((value): JsonEntry => ({ keys: ["hooks", event], value, is: "element" })),
  );
  return jsonDocument({ path, dialect, entries: [...more, ...entries], mark: hookMark(launcher) });
}
