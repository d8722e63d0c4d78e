import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolvePlaces } from "../../src/platform/places.ts";
import type { Places } from "../../src/platform/places.ts";
import { findPathFault, findUnsafePlace } from "../../src/platform/unsafe-places.ts";

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
    [
      "a file in the socket's place",
      () => writeFile(places.socket, "", { mode: 0o600 }),
      () => places.socket,
    ],
  ])("names %s", async (_, make, path) => {
    await makeAll();
    await make();
    const error = await findUnsafePlace(places);
    expect(error?.code).toBe("UNSAFE_PATH");
    expect(error?.message.startsWith(`${path()} `)).toBe(true);
  });
});

describe("a path that leads nowhere", () => {
  const errorWith = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    ["a circle of links", "ELOOP", () => symlink(join(home, "a"), join(home, "a"))],
    ["a link to nothing", "ENOENT", () => symlink(join(home, "none"), join(home, "a"))],
    ["a file on the way", "ENOTDIR", () => writeFile(join(home, "a"), "")],
    ["a name that is too long", "ENAMETOOLONG", () => Promise.resolve(), "n".repeat(300)],
  ])("is named with what it follows from: %s", async (_, errno, make, name = "a") => {
    await make();
    const at = resolvePlaces({ KEEPSAKE_HOME: join(home, name), KEEPSAKE_SOCKET: join(home, "s") });
    const error = await findUnsafePlace(at);
    expect([error?.code, error?.message]).toEqual(["UNSAFE_PATH", expect.stringContaining(`(${errno}`)]);
    expect(error?.message).toContain(join(home, name));
    expect(error?.hint).toContain("look at KEEPSAKE_HOME, which must");
  });

  it("is the socket's own where the folders are in order", async () => {
    await makeAll();
    const error = await findPathFault(places, errorWith("ELOOP"));
    expect(error).toMatchObject({ code: "UNSAFE_PATH", hint: expect.stringContaining("KEEPSAKE_HOME") });
    expect(error?.message.startsWith(`${places.socket} cannot be used (ELOOP`)).toBe(true);
    for (const errno of ["ENOENT", "ECONNREFUSED", "EAGAIN"]) {
      expect(await findPathFault(places, errorWith(errno))).toBeUndefined();
    }
    expect(await findPathFault(places, undefined)).toBeUndefined();
  });

  it("is put down to no setting where none was made", async () => {
    const { setBy: _, ...usual } = resolvePlaces({ KEEPSAKE_HOME: join(home, "n".repeat(300)) });
    expect((await findUnsafePlace(usual))?.hint).toContain("keepsake never changes what it finds");
  });

  it.skipIf(process.getuid?.() === 0)("is one that may not be written", async () => {
    await chmod(home, 0o500);
    const error = await findUnsafePlace(resolvePlaces({ KEEPSAKE_HOME: join(home, "a") }));
    await chmod(home, 0o700);
    expect(error?.message).toBe(`${home} cannot be used (EACCES)`);
  });
});

async function replaceByLink(path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink("/etc/hostname", path);
}
