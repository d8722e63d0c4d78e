/** Links that give a host the MCP server in one click, for people who have installed keepsake; `npm run docs` writes them into the README. */

const NAME = "keepsake";
/** The client `mcp`, as the README has it made. */
const SERVER = { command: "keepsake-mcp", args: [] as readonly string[] };

interface InstallLink {
  readonly host: string;
  readonly url: string;
}

export function installLinks(): readonly InstallLink[] {
  const cursor = new URL("https://cursor.com/install-mcp");
  cursor.searchParams.set("name", NAME);
  cursor.searchParams.set("config", Buffer.from(JSON.stringify(SERVER)).toString("base64"));
  const code = new URL("https://vscode.dev/redirect/mcp/install");
  code.searchParams.set("name", NAME);
  code.searchParams.set("config", JSON.stringify({ type: "stdio", ...SERVER }));
  return [
    { host: "Cursor", url: cursor.href },
    { host: "VS Code", url: code.href },
  ];
}

/** The README with its links made anew. @throws Error when it lost the marks around them */
export function renderLinksInto(readme: string): string {
  const [opening, closing] = ["<!-- links:begin -->", "<!-- links:end -->"];
  const begin = readme.indexOf(opening);
  const end = readme.indexOf(closing);
  if (begin === -1 || end < begin) throw new Error("README.md has no marks for the links");
  const links = installLinks().map(({ host, url }) => `[Add to ${host}](${url})`);
  return `${readme.slice(0, begin)}${opening}\n\n${links.join(" · ")}\n\n${readme.slice(end)}`;
}
