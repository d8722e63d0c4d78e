/** `npm run docs`: writes the pages that are made from tables. The tests compare them with fresh output. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { renderCliPage } from "./docs/cli-page.ts";
import { renderErrorsPage } from "./docs/errors-page.ts";
import { renderLayersInto } from "./docs/layers-table.ts";
import { renderProtocolPage } from "./docs/protocol-page.ts";
import { renderLinksInto } from "./install-links.ts";

const docs = fileURLToPath(new URL("../docs", import.meta.url));

const readme = join(docs, "..", "README.md");
writeFileSync(readme, renderLinksInto(readFileSync(readme, "utf8")));
console.log("README.md");
for (const [name, page] of [
  ["protocol.md", renderProtocolPage()],
  ["errors.md", renderErrorsPage()],
  ["cli.md", await renderCliPage()],
  ["architecture.md", renderLayersInto(readFileSync(join(docs, "architecture.md"), "utf8"))],
] as const) {
  writeFileSync(join(docs, name), page);
  console.log(`docs/${name}`);
}
