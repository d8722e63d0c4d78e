/** A home folder with a service manager that is played: it answers as the real one was seen to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ran, RunCommand, ServiceManager, ServiceSetup } from "../../src/install/service-manager.ts";
import { serviceManager } from "../../src/install/service-managers.ts";
import { resolvePlaces } from "../../src/platform/places.ts";

export const MISSING: Ran = { exit: undefined, isMissing: true, out: "" };
export const answered = (out = "", exit = 0): Ran => ({ exit, isMissing: false, out });

/** @param play - what a program answers; undefined: there is no such program */
export class ServiceHome {
  readonly folder = mkdtempSync(join(tmpdir(), "ks-service-"));
  readonly setup: ServiceSetup;
  readonly manager: ServiceManager;
  /** Every program that was run, with its arguments. */
  readonly ran: string[] = [];

  constructor(
    play: (line: string) => Ran | undefined,
    {
      platform = "linux",
      ...setting
    }: {
      readonly platform?: NodeJS.Platform;
      readonly environment?: Readonly<Record<string, string>>;
      readonly node?: string;
      readonly daemon?: string;
    } = {},
  ) {
    const environment = { HOME: this.folder, ...setting.environment };
    const run: RunCommand = async (file, args) => {
      const line = [file, ...args].join(" ");
      this.ran.push(line);
      return play(line) ?? MISSING;
    };
    this.setup = {
      places: resolvePlaces(environment, platform),
      around: { environment, platform },
      node: setting.node ?? process.execPath,
      daemon: setting.daemon ?? join(process.cwd(), "bin", "keepsaked.js"),
      uid: 501,
      run,
    };
    this.manager = serviceManager(this.setup);
  }

  /** Of the main file. */
  get path(): string {
    return this.manager.files("closed")[0]?.path ?? "";
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
