import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolvePlaces } from "../../src/platform/places.ts";
import type { Places } from "../../src/platform/places.ts";
import { findUnsafePlace } from "../../src/platform/unsafe-places.ts";

let home: string;
let places: Places;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "keepsake-places-"));
  places = resolvePlaces({ KEEPSAKE_HOME: home });
});

afterEach(() => rm(home, { recursive: true, force: true }));

async function makeAll(): Promise<void> {
  for (const folder of [places.vault, places.state, places.run, places.config, places.clients]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await mkdir(join(places.vault, "store.1"), { mode: 0o700 });
  for (const path of [places.log, join(places.vault, "anchor"), join(places.config, "config.json")]) {
    await writeFile(path, "{}", { mode: 0o600 });
  }
}

describe("the search for an unsafe place", () => {
  it("finds nothing where nothing is, nor where all is private", async () => {
    expect(await findUnsafePlace(places)).toBeUndefined();
    await makeAll();
    expect(await findUnsafePlace(places)).toBeUndefined();
  });

  it.each([
    ["a link in place of the log", () => replaceByLink(places.log), () => places.log],
    [
      "a link in place of the count of failures",
      () => replaceByLink(join(places.vault, "unlock.failures")),
      () => join(places.vault, "unlock.failures"),
    ],
    ["a loose folder", () => chmod(places.vault, 0o755), () => places.vault],
    [
      "a loose configuration",
      () => chmod(join(places.config, "config.json"), 0o644),
      () => join(places.config, "config.json"),
    ],
    [
      "a file with two names",
      () => link(join(places.vault, "anchor"), join(home, "other")),
      () => join(places.vault, "anchor"),
    ],
  ])("names %s", async (_, make, path) => {
    await makeAll();
    await make();
    const error = await findUnsafePlace(places);
    expect(error?.code).toBe("UNSAFE_PATH");
    expect(error?.message.startsWith(`${path()} `)).toBe(true);
  });
});

async function replaceByLink(path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink("/etc/hostname", path);
}
