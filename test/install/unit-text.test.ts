import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openViewText, programsInUnit, unitText } from "../../src/install/unit-text.ts";
import { MARK } from "../../src/install/service-manager.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import { codeOf } from "../support/codes.ts";

const MAX_EXPOSURE = "25";
const AWKWARD = String.raw`/var/tmp/we ird"q'b\back%s$x ünï;#`;
const hasAnalyzer = spawnSync("systemd-analyze", ["--version"]).status === 0;

const PLACES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["all in its usual place", { HOME: "/home/mira" }],
  ["a home of its own with every awkward sign", { HOME: "/root", KEEPSAKE_HOME: AWKWARD }],
  [
    "folders of XDG, and a socket elsewhere",
    { HOME: "/h", XDG_DATA_HOME: "/d/ä b", XDG_STATE_HOME: "/s/100%", KEEPSAKE_SOCKET: "/var/x/k.sock" },
  ],
];

function unitFor(environment: Readonly<Record<string, string>>, more = {}): string {
  const places = resolvePlaces(environment, "linux");
  return unitText({ places, node: "/usr/bin/node", daemon: "/opt/k s/bin/keepsaked.js", ...more });
}

function valuesOf(text: string, name: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
}

describe("the unit", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ks-unit-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(!hasAnalyzer).each(PLACES)(
    "is what systemd reads as it is meant, and exposes little: %s",
    (_, environment) => {
      const path = join(folder, "keepsake.service");
      const daemon = join(folder, "k s", "keepsaked.js");
      writeFileSync(path, unitFor(environment, { node: process.execPath, daemon }));
      const options = { encoding: "utf8", env: { ...process.env, XDG_RUNTIME_DIR: folder } } as const;
      const verified = spawnSync("systemd-analyze", ["--user", "verify", path], options);
      expect([verified.status, verified.stderr]).toEqual([0, ""]);
      const args = ["security", "--user", "--offline=yes", `--threshold=${MAX_EXPOSURE}`, "--no-pager", path];
      expect(spawnSync("systemd-analyze", args, options)).toMatchObject({ status: 0 });
    },
  );

  it.skipIf(!hasAnalyzer)(
    "exposes more with the drop-in for a kernel without user namespaces, which systemd reads",
    () => {
      const path = join(folder, "keepsake.service");
      writeFileSync(path, unitFor({ HOME: "/h" }, { node: process.execPath }));
      mkdirSync(`${path}.d`);
      writeFileSync(join(`${path}.d`, "open-view.conf"), openViewText());
      const env = { ...process.env, XDG_RUNTIME_DIR: folder };
      expect(spawnSync("systemd-analyze", ["--user", "verify", path], { env, encoding: "utf8" }).stderr).toBe(
        "",
      );
      const exposure = (most: string) =>
        spawnSync("systemd-analyze", ["security", "--user", "--offline=yes", `--threshold=${most}`, path], {
          env,
        }).status;
      expect([exposure(MAX_EXPOSURE), exposure("65")]).toEqual([1, 0]);
    },
  );

  it("carries the person's own places and takes the manager's away", () => {
    const plain = unitFor({ HOME: "/home/mira" });
    expect(valuesOf(plain, "Environment")).toEqual([]);
    expect(valuesOf(plain, "UnsetEnvironment")[0]?.split(" ")).toEqual(
      expect.arrayContaining(["NODE_OPTIONS", "LD_PRELOAD", "KEEPSAKE_HOME", "XDG_DATA_HOME"]),
    );
    expect(valuesOf(plain, "ReadWritePaths")).toEqual([
      '"/home/mira/.local/share/keepsake" "/home/mira/.config/keepsake" "/home/mira/.local/state/keepsake" "/home/mira/.local/share/keepsake-run"',
    ]);
    const own = unitFor({ HOME: "/root", KEEPSAKE_HOME: "/k", KEEPSAKE_SOCKET: "/var/s/k.sock" });
    expect(valuesOf(own, "Environment")).toEqual(['"KEEPSAKE_HOME=/k"', '"KEEPSAKE_SOCKET=/var/s/k.sock"']);
    expect(valuesOf(own, "UnsetEnvironment")[0]).not.toContain("KEEPSAKE_HOME");
    expect(valuesOf(own, "ReadWritePaths")).toEqual(['"/k/vault" "/k/config" "/k/state" "/k/run" "/var/s"']);
  });

  it("is not started again by what another start does not mend, and bears the mark", () => {
    const text = unitFor({ HOME: "/h" });
    expect(valuesOf(text, "Restart")).toEqual(["on-failure"]);
    expect(valuesOf(text, "RestartPreventExitStatus")).toEqual(["2 3"]);
    expect([text, openViewText()].every((each) => each.startsWith(`# ${MARK}\n`))).toBe(true);
  });

  it("takes every closing line back in the drop-in", () => {
    const names = (text: string) => [...text.matchAll(/^(\w+)=/gm)].map(([, name = ""]) => name);
    const closing = names(unitFor({ HOME: "/h" }).split("# This much takes user namespaces.\n")[1] ?? "");
    expect(closing.slice(0, -1)).toEqual(names(openViewText()));
    expect(names(openViewText())).toEqual(expect.arrayContaining(["PrivateUsers", "ReadWritePaths"]));
  });

  it("refuses a path that cannot stand in it, and a Node.js that systemd would not start", () => {
    for (const environment of [{ HOME: "/h", KEEPSAKE_HOME: "/a\nExecStart=/bin/sh" }, { HOME: "/h\u0085x" }])
      expect(codeOf(() => unitFor(environment))).toBe("INVALID_CONFIG");
    for (const node of [`/opt/"n"/node`, String.raw`/opt/n\ode`, "/opt/it's/node"])
      expect(codeOf(() => unitFor({ HOME: "/h" }, { node }))).toBe("INVALID_CONFIG");
  });

  test.prop([fc.string({ unit: "grapheme" }), fc.string({ unit: "binary-ascii" })])(
    "says which programs it starts, whatever they are called",
    (first, second) => {
      const clean = (text: string) => text.replaceAll(/\p{Cc}/gu, "-");
      const node = `/n/${clean(first).replaceAll(/["'\\]/g, "-")}`;
      const daemon = `/d/${clean(second)}`;
      expect(programsInUnit(unitFor({ HOME: "/h" }, { node, daemon }))).toEqual([node, daemon]);
    },
  );

  it("says nothing of programs that it does not know how to read", () => {
    expect(programsInUnit("[Service]\nExecStart=/usr/bin/node x\n")).toEqual([]);
  });
});
