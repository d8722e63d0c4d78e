/** What a client may do, in words: "may read, save and forget in project lantern". */
import { counted, grouped } from "../../base/shown-values.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { ClientScope } from "../../protocol/method.ts";
import type { Result } from "../../protocol/method-table.ts";

type Client = Pick<Result<"client.list">["clients"][number], "scopes" | "projects">;
type Activity = NonNullable<Result<"client.list">["clients"][number]["activity"]>;

const MAX_NAMED_PROJECTS = 3;

/** What each scope lets a client do to memories; `write` lets it do what `capture` does. */
const VERBS: readonly (readonly [ClientScope, string])[] = [
  ["read", "read"],
  ["write", "save"],
  ["capture", "hand over conversations"],
  ["forget", "forget"],
];
const CALLS: readonly (readonly [ClientScope, one: string, many: string])[] = [
  ["read", "read", "reads"],
  ["write", "save", "saves"],
  ["capture", "capture", "captures"],
  ["forget", "forget", "forgets"],
  ["control", "unlock", "unlocks"],
  ["admin", "administration", "administrations"],
];

export function grantWords({ scopes, projects }: Client): string {
  const verbs = VERBS.filter(
    ([scope]) => scopes.includes(scope) && !(scope === "capture" && scopes.includes("write")),
  ).map(([, verb]) => verb);
  const where = projectWords(projects);
  const onMemories =
    verbs.length === 1 && verbs[0] === "read" ? `read ${where}` : `${listed(verbs)} in ${where}`;
  const others = [
    ...(scopes.includes("control") ? ["unlock the vault"] : []),
    ...(scopes.includes("admin") ? ["administer it, with clients and keys"] : []),
  ];
  return `may ${[...(verbs.length > 0 ? [onMemories] : []), ...others].join("; may ")}`;
}

/** `12 reads, 1 save, 3 requests refused`; empty when it asked for nothing. */
export function callWords({ calls, refused }: Activity): string {
  const done = CALLS.flatMap(([scope, one, many]) => {
    const count = calls[scope] ?? 0;
    return count === 0 ? [] : [`${grouped(count)} ${count === 1 ? one : many}`];
  });
  return [...done, ...(refused > 0 ? [`${counted(refused, "request")} refused`] : [])].join(", ");
}

function projectWords(projects: readonly string[] | undefined): string {
  if (projects === undefined) return "every project";
  const named = projects.slice(0, MAX_NAMED_PROJECTS).map(visibleLine);
  const left = projects.length - named.length;
  const all = left > 0 ? [...named, `${grouped(left)} more`] : named;
  return `${projects.length === 1 ? "project" : "projects"} ${listed(all)}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
