/** What typed arrays hold in this process, once the garbage is collected. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MAX_COLLECTIONS = 10;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Buffers are freed beside the program, so it is asked until nothing more goes. */
export function arrayBytes(): number {
  let held = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MAX_COLLECTIONS; round++) {
    collectGarbage();
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers >= held) break;
    held = arrayBuffers;
  }
  return held;
}
