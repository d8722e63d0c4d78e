/** All search engines over one number of turns, each in a process of its own that ends behind it. */
import { runChild } from "../bench/child.ts";
import { nodeVersions } from "../bench/node-versions.ts";
import type { IndexFigures } from "./index-figures.ts";
import type { FtsFigures, MiniSearchFigures } from "./peer-figures.ts";

/** A MiniSearch over more takes minutes and gigabytes, and says nothing new. */
export const MINISEARCH_TURNS_MOST = 100_000;

export interface EngineFigures {
  readonly index: IndexFigures;
  readonly fts5: FtsFigures;
  readonly miniSearch: MiniSearchFigures;
}

export interface SearchFigures extends Omit<EngineFigures, "miniSearch"> {
  /** Not measured above `MINISEARCH_TURNS_MOST`. */
  readonly miniSearch: MiniSearchFigures | undefined;
}

/** SQLite is that of the newest Node there is: its own packages bring it only from elsewhere. @throws Error when one of the processes fails */
export async function measureSearch(turns: number, say: (text: string) => void): Promise<SearchFigures> {
  const engine = <E extends keyof EngineFigures>(name: E, node?: string): Promise<EngineFigures[E]> => {
    say(`${turns}: search in one process, ${name}`);
    return runChild<EngineFigures[E]>("scripts/bench-search/engine-child.ts", [name, String(turns)], node);
  };
  return {
    index: await engine("index"),
    fts5: await engine("fts5", nodeVersions(say).at(-1)?.path),
    miniSearch: turns > MINISEARCH_TURNS_MOST ? undefined : await engine("miniSearch"),
  };
}
