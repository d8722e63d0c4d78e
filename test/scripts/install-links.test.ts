/** What people click on holds the configuration that works by hand. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderLinksInto } from "../../scripts/install-links.ts";
import { manifestOf } from "../../scripts/make-mcpb.mjs";
import { jsonDocument } from "../../src/setup/documents/json-document.ts";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");
const product = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as Record<string, unknown>;

function linkTo(host: string): URL {
  const [, url = ""] = new RegExp(String.raw`\[Add to ${host}\]\(([^)]+)\)`).exec(readme) ?? [];
  return new URL(url);
}

it("has the links of the script in the README", () => {
  expect(readme).toBe(renderLinksInto(readme));
  expect(() => renderLinksInto("no links")).toThrow("no marks");
});

it("decodes to a server that this package has as a program", () => {
  const cursor = linkTo("Cursor");
  expect([cursor.host, cursor.searchParams.get("name")]).toEqual(["cursor.com", "keepsake"]);
  const config = Buffer.from(cursor.searchParams.get("config") ?? "", "base64").toString();
  expect(JSON.parse(config)).toEqual({ command: "keepsake-mcp", args: [] });
  const code = linkTo("VS Code");
  expect(JSON.parse(code.searchParams.get("config") ?? "")).toEqual({
    type: "stdio",
    command: "keepsake-mcp",
    args: [],
  });
  expect(Object.keys(product["bin"] as object)).toContain("keepsake-mcp");
});

it("holds a configuration that set-up would recognise as somebody's own", () => {
  const document = jsonDocument({
    path: "/mcp.json",
    dialect: "strict",
    entries: [{ keys: ["mcpServers", "keepsake"], value: { command: "/launcher" }, is: "member" }],
    mark: "/launcher",
  });
  const linked = JSON.stringify({ mcpServers: { keepsake: { command: "keepsake-mcp", args: [] } } });
  expect(document.find(linked)).not.toBe(document.wanted);
});

it("describes the same package to the registry and to Claude Desktop", () => {
  const server = JSON.parse(readFileSync(new URL("server.json", root), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly packages: readonly { readonly identifier: string; readonly version: string }[];
  };
  expect(server).toMatchObject({
    name: product["mcpName"],
    version: product["version"],
    description: product["description"],
    packages: [{ identifier: product["name"], version: product["version"] }],
  });
  expect(server.description.length).toBeLessThanOrEqual(100);
  const manifest = manifestOf(String(product["version"]), String(product["description"]));
  expect(manifest).toMatchObject({ manifest_version: "0.4", version: product["version"] });
});
