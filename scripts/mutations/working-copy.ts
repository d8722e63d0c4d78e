/** A copy of the project in which sources may be changed: the tree itself is never touched. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutation } from "../../test/security/support/mutation-files.ts";
import { mutate } from "../../test/security/support/mutation-files.ts";

/** Ignored by git and every check, and on the same disk as `node_modules`, through which a build is moved into place. */
const COPIES = ".stryker-tmp";
const COPIED = [
  "bin",
  "docs",
  "scripts",
  "src",
  "test",
  "CHANGELOG.md",
  "README.md",
  "SECURITY.md",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "vitest.config.ts",
];
/** Read, never written to, by builds and tests. */
const LINKED = ["node_modules"];

export class WorkingCopy {
  readonly folder: string;

  constructor(root: string) {
    mkdirSync(join(root, COPIES), { recursive: true });
    this.folder = mkdtempSync(join(root, COPIES, "map-"));
    for (const name of COPIED) cpSync(join(root, name), join(this.folder, name), { recursive: true });
    for (const name of LINKED) symlinkSync(join(root, name), join(this.folder, name));
  }

  /** Makes the change for as long as `work` takes. */
  async whileMutated<T>(mutation: Mutation, work: () => Promise<T>): Promise<T> {
    const path = join(this.folder, mutation.file);
    const source = readFileSync(path, "utf8");
    writeFileSync(path, mutate(mutation, source));
    try {
      return await work();
    } finally {
      writeFileSync(path, source);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
