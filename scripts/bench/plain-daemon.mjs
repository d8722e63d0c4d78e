/**
 * The built daemon with plain BM25 in place of its ranking, to measure what that one costs over the socket. As with the
 * daemon itself, without arguments this is the front, and `engine` is what the front starts.
 */
import { fileURLToPath } from "node:url";

const built = (module) => import(new URL(`../../dist/${module}`, import.meta.url).href);

const { hardenProcess } = await built("platform/harden.js");
hardenProcess();
const { config } = await import("zod");
config({ jitless: true });
const { childEnvironment } = await built("platform/child-environment.js");
const environment = childEnvironment(process.env);
process.chdir("/");

if (process.argv[2] === "engine") {
  const { runEngine } = await built("daemon/engine.js");
  const { engineParts } = await built("daemon/wiring.js");
  const { createSearchIndexFactory } = await built("search/create-search-index.js");
  const { PLAIN_WEIGHTS } = await built("search/weights.js");
  const { systemClock } = await built("base/clock.js");
  const parts = { ...engineParts, index: createSearchIndexFactory(PLAIN_WEIGHTS, systemClock) };
  process.exit(await runEngine({ environment, parts }));
} else {
  const { runFront } = await built("daemon/front.js");
  const printError = (text) => process.stderr.write(text);
  process.exit(await runFront({ environment, engineScript: fileURLToPath(import.meta.url), printError }));
}
