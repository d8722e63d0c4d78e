import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  findInstalled,
  refuseForeign,
  removeService,
  writeService,
} from "../../src/install/service-files.ts";
import { codeOf, expectCode } from "../support/codes.ts";
import { ServiceHome } from "./service-home.ts";

let home: ServiceHome;
afterEach(() => home.delete());

const PLATFORMS: readonly (readonly [NodeJS.Platform, string])[] = [
  ["linux", ".config/systemd/user/keepsake.service"],
  ["darwin", "Library/LaunchAgents/io.github.keepsake.keepsake.plist"],
];

describe("the files of the service", () => {
  it.each(PLATFORMS)("are written, found again and removed: %s", async (platform, path) => {
    home = new ServiceHome(() => undefined, { platform });
    const { manager, setup } = home;
    const whole = join(home.folder, path);
    expect(await findInstalled(manager)).toMatchObject({ state: "absent", path: whole, missing: [] });
    await writeService(setup, manager, "closed");
    expect(await findInstalled(manager)).toMatchObject({ state: "current", foreign: [], missing: [] });
    for (const folder of [setup.places.vault, setup.places.config, setup.places.state, setup.places.run])
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    await removeService(manager);
    expect(readdirSync(dirname(whole))).toEqual([]);
  });

  it("gain the drop-in where the kernel forbids user namespaces, and lose it where it no longer does", async () => {
    home = new ServiceHome(() => undefined);
    const { manager, setup } = home;
    const dropIn = `${home.path}.d`;
    await writeService(setup, manager, "open");
    expect(readdirSync(dropIn)).toEqual(["open-view.conf"]);
    expect(await findInstalled(manager)).toMatchObject({ state: "current", view: "open" });
    expect(await findInstalled(manager, "closed")).toMatchObject({ state: "outdated", view: "open" });
    await writeService(setup, manager, "closed");
    expect(await findInstalled(manager)).toMatchObject({ state: "current", view: "closed" });
    writeFileSync(join(dropIn, "mine.conf"), "[Service]\nNice=5\n");
    await removeService(manager);
    expect([existsSync(home.path), readdirSync(dropIn)]).toEqual([false, ["mine.conf"]]);
  });

  it("are refused where somebody else wrote them, the drop-in as well as the unit", async () => {
    home = new ServiceHome(() => undefined);
    const { manager, setup } = home;
    mkdirSync(dirname(home.path), { recursive: true });
    writeFileSync(home.path, "[Service]\nExecStart=/bin/true\n");
    const found = await findInstalled(manager);
    expect([found.state, codeOf(() => refuseForeign(found))]).toEqual(["foreign", "INVALID_CONFIG"]);
    await expectCode(writeService(setup, manager, "closed"), "INVALID_CONFIG");
    expect(readFileSync(home.path, "utf8")).toBe("[Service]\nExecStart=/bin/true\n");
    expect(existsSync(setup.places.vault)).toBe(false);
    writeFileSync(home.path, manager.files("open")[0]?.text ?? "");
    mkdirSync(`${home.path}.d`);
    writeFileSync(join(`${home.path}.d`, "open-view.conf"), "[Service]\nNice=5\n");
    expect((await findInstalled(manager)).foreign).toEqual([join(`${home.path}.d`, "open-view.conf")]);
    await expectCode(writeService(setup, manager, "open"), "INVALID_CONFIG");
  });

  it("are outdated by another Node.js, and say which one is gone", async () => {
    const gone = "/root/.nvm/versions/node/v20.0.0/bin/node";
    home = new ServiceHome(() => undefined, { node: gone });
    await writeService(home.setup, home.manager, "closed");
    expect(await findInstalled(home.manager)).toMatchObject({ state: "current", missing: [gone] });
    const now = new ServiceHome(() => undefined, { environment: { HOME: home.folder } });
    try {
      expect(await findInstalled(now.manager)).toMatchObject({ state: "outdated", missing: [gone] });
    } finally {
      now.delete();
    }
  });

  it("are written where a link leads, which stays one", async () => {
    home = new ServiceHome(() => undefined);
    const dotfiles = join(home.folder, "dotfiles.service");
    mkdirSync(dirname(home.path), { recursive: true });
    writeFileSync(
      dotfiles,
      home.manager.files("closed")[0]?.text?.replace("TasksMax=64", "TasksMax=63") ?? "",
    );
    symlinkSync(dotfiles, home.path);
    expect((await findInstalled(home.manager)).state).toBe("outdated");
    await writeService(home.setup, home.manager, "closed");
    expect(readFileSync(dotfiles, "utf8")).toContain("TasksMax=64");
  });
});
