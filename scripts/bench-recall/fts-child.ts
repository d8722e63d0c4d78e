/** `fts-child.ts <set> default|best`: evaluates SQLite's FTS5 on a data set and sends the figures to the parent. */
import { readDataSets } from "./conversations.ts";
import type { FtsQuery } from "./peer-searchers.ts";
import { ftsSearcher } from "./peer-searchers.ts";
import { evaluate } from "./searcher.ts";

const [set, query] = process.argv.slice(2);
const data = readDataSets().find(({ name }) => name === set);
if (data === undefined) throw new Error("no such data set");
const { all, byCategory } = await evaluate(data, ftsSearcher(data, query as FtsQuery));
process.send?.({ all, byCategory: [...byCategory] });
process.disconnect();
