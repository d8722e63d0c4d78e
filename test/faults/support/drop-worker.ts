/**
 * A program to kill: `hook` seals turns alone, `daemon` takes in what was dropped while locked, then opens the vault and drains.
 *
 * Arguments: which of the two, the home's folder, message ids with commas between them (`hook` alone).
 */
import { sealAlone } from "../../../src/hooks/seal-alone.ts";
import { resolvePlaces } from "../../../src/platform/places.ts";
import { captureOf, HOOK_CLIENT } from "../../hooks/support.ts";
import { drainOnce, doorOf, unlocked } from "./drop-home.ts";

const [which = "", root = "", ids = ""] = process.argv.slice(2);
const places = resolvePlaces({ KEEPSAKE_HOME: root });

if (which === "hook") {
  await sealAlone(places, captureOf(...ids.split(",")), HOOK_CLIENT);
} else {
  const door = await doorOf(places);
  await unlocked(door);
  await drainOnce(door);
  await door.close();
}
