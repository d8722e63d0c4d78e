/** What typed arrays hold in this process, once the garbage is collected. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

export function arrayBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
