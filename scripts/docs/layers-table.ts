/** The tables of layers and of their rooms in `docs/architecture.md`, made from the rules of the linter. */
import { LAYERS } from "../layers.mjs";

/** The page with its tables made anew. @throws Error when the page lost the marks around one */
export function renderLayersInto(page: string): string {
  return replaceBetween(replaceBetween(page, "layers", layersTable()), "rooms", roomsTable());
}

function layersTable(): string {
  const rows = Object.entries(LAYERS).map(([folder, { imports, holds, alone = {} }]) => {
    const more = Object.entries(alone).map(([name, others]) => `; \`${name}\` also ${others.join(", ")}`);
    const mayImport = imports.length === 0 ? "nothing of ours" : `${imports.join(", ")}${more.join("")}`;
    return `| \`${folder}\` | ${mayImport} | ${holds} |`;
  });
  return ["| folder | may import | holds |", "| --- | --- | --- |", ...rows].join("\n");
}

function roomsTable(): string {
  const rows = Object.entries(LAYERS).flatMap(([folder, { rooms = {} }]) =>
    Object.entries(rooms).map(([room, holds]) => `| \`${folder}/${room}\` | ${holds} |`),
  );
  return ["| room | holds |", "| --- | --- |", ...rows].join("\n");
}

function replaceBetween(page: string, name: string, table: string): string {
  const [opening, closing] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const begin = page.indexOf(opening);
  const end = page.indexOf(closing);
  if (begin === -1 || end < begin) {
    throw new Error(`docs/architecture.md has no marks for the table of ${name}`);
  }
  return `${page.slice(0, begin)}${opening}\n\n${table}\n\n${page.slice(end)}`;
}
