import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  briefOf,
  captureOf,
  ConfigurationFile,
  hookSwitch,
  lockTimes,
} from "../../src/platform/configuration.ts";

const invalid = expect.objectContaining({ code: "INVALID_CONFIG" });

let folder: string;
let configuration: ConfigurationFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-config-"));
  configuration = new ConfigurationFile(folder);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const write = (content: string) => writeFile(configuration.path, content, { mode: 0o600 });

describe("lockTimes", () => {
  it("are 30 minutes idle and 12 hours at most when nothing is set", () => {
    const defaults = { idleMs: 30 * 60_000, maxMs: 12 * 3_600_000 };
    expect(lockTimes({})).toEqual(defaults);
    expect(lockTimes({ lock: {} })).toEqual(defaults);
  });

  it("read seconds, minutes, hours, days and off", () => {
    expect(lockTimes({ lock: { idle: "45s", max: "4h" } })).toEqual({ idleMs: 45_000, maxMs: 14_400_000 });
    expect(lockTimes({ lock: { idle: "90m", max: "2d" } })).toEqual({
      idleMs: 5_400_000,
      maxMs: 172_800_000,
    });
    expect(lockTimes({ lock: { idle: "off", max: "off" } })).toEqual({ idleMs: undefined, maxMs: undefined });
  });
});

describe("ConfigurationFile", () => {
  it("is empty when there is no file", async () => {
    expect(await configuration.read()).toEqual({});
  });

  it("gives back what was put in place, 0600", async () => {
    await configuration.replace({ lock: { idle: "4h" } });
    expect(await configuration.read()).toEqual({ lock: { idle: "4h" } });
    expect((await stat(configuration.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["config.json"]);
  });

  it.each([
    "0m",
    "-1m",
    "1.5h",
    "30",
    "30 m",
    " 30m",
    "30M",
    "1e3s",
    "366d",
    "9999999s",
    "never",
    "",
    "OFF",
    "30m\n",
  ])("refuses the duration %j, in the file and from the user", async (idle) => {
    await expect(configuration.replace({ lock: { idle } })).rejects.toEqual(invalid);
    expect(await readdir(folder)).toEqual([]);
    await write(JSON.stringify({ lock: { idle } }));
    await expect(configuration.read()).rejects.toEqual(invalid);
  });

  it("keeps what hooks do, and takes no host or word that it does not know", async () => {
    const settings = {
      brief: "short",
      hooks: { promptRecall: "on" },
      capture: { codex: "off", "claude-code": "on" },
    } as const;
    await configuration.replace(settings);
    const read = await configuration.read();
    expect(read).toEqual(settings);
    expect([briefOf(read), briefOf({})]).toEqual(["short", "full"]);
    expect([hookSwitch(read, "promptRecall"), hookSwitch(read, "subagents")]).toEqual(["on", "off"]);
    expect([captureOf(read, "codex"), captureOf(read, "gemini")]).toEqual(["off", "on"]);
    for (const wrong of [
      { brief: "long" },
      { brief: true },
      { hooks: { promptRecall: true } },
      { hooks: { promptrecall: "on" } },
      { capture: { windsurf: "off" } },
      { capture: "off" },
    ]) {
      await expect(configuration.replace(wrong)).rejects.toEqual(invalid);
    }
    expect(await configuration.read()).toEqual(settings);
  });

  it("accepts 365 days", async () => {
    await configuration.replace({ lock: { max: "365d" } });
    expect(lockTimes(await configuration.read()).maxMs).toBe(365 * 86_400_000);
  });

  it.each([
    ["", "nothing"],
    ["{", "half an object"],
    ["null", "null"],
    ["[]", "a list"],
    [`{"lock": null}`, "a null part"],
    [`{"lock": {"idle": 30}}`, "a number for a duration"],
    [`{"lock": {"idel": "30m"}}`, "a misspelt setting, which would silently keep the default"],
    [`{"locks": {}}`, "an unknown part"],
    [`{"__proto__": {"lock": {}}}`, "a prototype"],
  ])("refuses %j: %s", async (content) => {
    await write(content);
    await expect(configuration.read()).rejects.toEqual(invalid);
  });

  it("refuses a file that others may read or write, and one that is a link", async () => {
    await write(`{}`);
    await chmod(configuration.path, 0o644);
    await expect(configuration.read()).rejects.toEqual(invalid);
    await rm(configuration.path);
    await write(`{}`);
    await symlink(configuration.path, join(folder, "link"));
    await rm(configuration.path);
    await symlink(join(folder, "target"), configuration.path);
    await expect(configuration.read()).rejects.toEqual(invalid);
  });

  it("names the part that is wrong, never its value", async () => {
    await write(`{"lock": {"idle": "canary-value"}}`);
    await expect(configuration.read()).rejects.toThrow(`${configuration.path} is not valid in: lock.idle`);
  });

  it("keeps the old file when the new settings are not valid", async () => {
    await configuration.replace({ lock: { idle: "5m" } });
    await expect(configuration.replace({ lock: { idle: "5m", other: 1 } })).rejects.toEqual(invalid);
    expect(JSON.parse(await readFile(configuration.path, "utf8"))).toEqual({ lock: { idle: "5m" } });
  });
});
