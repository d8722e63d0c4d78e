/** Fixtures of what a host wrote, without this machine in them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PUBLIC_HOME = "/home/mira";
/** Longer texts of the host keep their beginning and their end, since these tell their shape. */
const HOST_WORDS = 160;

/**
 * Writes `<name>.jsonl` and `<name>.turns.json`.
 *
 * @param {{ folder: string, name: string, path: string, home: string, said: readonly (readonly [string, string])[] }} fixture
 * @param {(line: object, text: string) => string | undefined} idOf - the id of a line that says a text in the role given
 */
export function writeFixture({ folder, name, path, home, said }, idOf) {
  const ours = said.map(([, text]) => text);
  const lines = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => publicValue(JSON.parse(line), { home, ours }));
  writeFileSync(join(folder, `${name}.jsonl`), `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  const taken = new Set();
  const turns = said.map(([role, text]) => {
    const found = lines.flatMap((line) => idOf(line, role, text) ?? []).find((id) => !taken.has(id));
    if (found === undefined) throw new Error(`no line of ${name} says: ${text}`);
    taken.add(found);
    return { id: found, role, text };
  });
  writeFileSync(join(folder, `${name}.turns.json`), `${JSON.stringify(turns, undefined, 2)}\n`);
  process.stdout.write(`${name}: ${lines.length} lines, ${turns.length} turns\n`);
}

/** Without this machine's paths, whole or as a host writes them in the name of a folder, and without long texts of the host. */
export function publicValue(value, { home, ours }) {
  const clean = (inner) => publicValue(inner, { home, ours });
  if (typeof value === "string") {
    const text = value
      .replaceAll(home, PUBLIC_HOME)
      .replaceAll(inOneWord(home), inOneWord(PUBLIC_HOME))
      .replaceAll(/\/tmp\/claude-\d+/g, "/tmp/claude-1000");
    if (text.length <= HOST_WORDS || ours.some((own) => text.includes(own))) return text;
    return `${text.slice(0, HOST_WORDS / 2)} [… the host's own words …] ${text.slice(-HOST_WORDS / 4)}`;
  }
  if (Array.isArray(value)) return value.slice(0, 8).map(clean);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [clean(name), clean(inner)]));
}

function inOneWord(path) {
  return path.replaceAll(/[^A-Za-z0-9]/g, "-");
}
