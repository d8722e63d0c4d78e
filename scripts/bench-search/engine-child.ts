/** `engine-child.ts index|fts5|miniSearch <turns>`: measures one search engine and sends its figures to the parent. */
import { measureIndex } from "./index-figures.ts";
import { measureFts5, measureMiniSearch } from "./peer-figures.ts";
import type { EngineFigures } from "./search-figures.ts";

const MEASURES: { readonly [E in keyof EngineFigures]: (turns: number) => unknown } = {
  index: measureIndex,
  fts5: measureFts5,
  miniSearch: measureMiniSearch,
};

const [engine = "", turns] = process.argv.slice(2);
if (!(engine in MEASURES)) throw new Error("no such engine");
process.send?.(await MEASURES[engine as keyof EngineFigures](Number(turns)));
process.disconnect();
