import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolvePlaces } from "../../src/platform/places.ts";
import { readOnlyPlaces, standInPlaces } from "../../src/platform/read-only-disk.ts";

const folder = mkdtempSync(join(tmpdir(), "ks-ro-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the places of a vault that may not be written to", () => {
  const placesOf = (home: string) => resolvePlaces({ KEEPSAKE_HOME: home }, "linux", "/home/u");

  it("are the usual ones where it may be, and where there is none", async () => {
    const places = placesOf(folder);
    expect(await readOnlyPlaces(places)).toBeUndefined();
    mkdirSync(places.vault, { mode: 0o700 });
    writeFileSync(join(places.vault, "keyring.a"), "");
    expect(await readOnlyPlaces(places)).toBeUndefined();
  });

  it("are one folder for each vault, short enough for a socket, with the configuration where it was", () => {
    const one = standInPlaces(placesOf(`/${"long/".repeat(100)}one`));
    const other = standInPlaces(placesOf(`/${"long/".repeat(100)}other`));
    expect(one.run).not.toBe(other.run);
    expect(standInPlaces(placesOf(`/${"long/".repeat(100)}one`))).toEqual(one);
    expect(one.socket.length).toBeLessThan(80);
    expect(one.config).toBe(placesOf(`/${"long/".repeat(100)}one`).config);
  });
});
