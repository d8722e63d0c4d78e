/** A home of its own for set-up: hosts, their files, and what they hold. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { resolvePlaces } from "../../src/platform/places.ts";
import { applyPlan } from "../../src/setup/apply.ts";
import { SETUP_HOSTS } from "../../src/setup/hosts/host-table.ts";
import type { SetupHost } from "../../src/setup/hosts/setup-host.ts";
import { planHost } from "../../src/setup/plan.ts";
import type { HostPlan, Setup } from "../../src/setup/plan.ts";
import { planRemoval, removePlanned } from "../../src/setup/remove.ts";
import type { RemovalKind } from "../../src/setup/remove.ts";

export class SetupHome {
  readonly folder = mkdtempSync(join(tmpdir(), "keepsake-setup-"));
  readonly home = join(this.folder, "home");
  readonly setup: Setup;

  constructor(more: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.home);
    const environment = { HOME: this.home, ...more };
    this.setup = {
      places: resolvePlaces(environment, "linux"),
      programs: { node: process.execPath, program: join(process.cwd(), "bin", "keepsake.js") },
      around: { environment, platform: "linux" },
    };
  }

  host(id: string): SetupHost {
    const host = SETUP_HOSTS.find((each) => each.id === id);
    if (host === undefined) throw new Error(id);
    return host;
  }

  /** The paths of a host's files. */
  paths(id: string): readonly string[] {
    return this.host(id)
      .documents(this.setup.around, "/launcher")
      .map(({ path }) => path);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  plan(id: string): Promise<HostPlan> {
    return planHost(this.setup, this.host(id));
  }

  async apply(id: string): Promise<readonly string[]> {
    return applyPlan(this.setup, await this.plan(id));
  }

  async remove(id: string): Promise<readonly RemovalKind[]> {
    const plan = await planRemoval(this.setup, this.host(id));
    await removePlanned(this.setup, plan);
    return plan.steps.map(({ does }) => does);
  }

  /** Everything below the home but what is keepsake's own: path, mode, and content or where a link leads. */
  everything(): readonly string[] {
    const own = [this.setup.places.config, this.setup.places.state];
    return readdirSync(this.home, { recursive: true, encoding: "utf8" })
      .map((name) => join(this.home, name))
      .filter((path) => !own.some((folder) => path.startsWith(folder) || folder.startsWith(path)))
      .toSorted()
      .map((path) => {
        const found = lstatSync(path);
        const mode = `${path} ${(found.mode & 0o7777).toString(8)}`;
        if (found.isSymbolicLink()) return `${mode} -> ${readlinkSync(path)}`;
        return found.isFile() ? `${mode} ${readFileSync(path).toString("base64")}` : mode;
      });
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
