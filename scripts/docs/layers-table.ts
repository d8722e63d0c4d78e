/** The table of layers in `docs/architecture.md`, made from the rules of the linter. */
import { LAYERS } from "../layers.mjs";

const BEGIN = "<!-- layers:begin -->";
const END = "<!-- layers:end -->";

/** The page with its table made anew. @throws Error when the page lost the marks around it */
export function renderLayersInto(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error("docs/architecture.md has no marks for the table of layers");
  const rows = Object.entries(LAYERS).map(([folder, { imports, holds }]) => {
    const mayImport = imports.length === 0 ? "nothing of ours" : imports.join(", ");
    return `| \`${folder}\` | ${mayImport} | ${holds} |`;
  });
  const table = ["| folder | may import | holds |", "| --- | --- | --- |", ...rows].join("\n");
  return `${page.slice(0, begin)}${BEGIN}\n\n${table}\n\n${page.slice(end)}`;
}
