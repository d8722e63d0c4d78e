import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spawnEngine } from "../../src/daemon/front.ts";

let folder: string;
let script: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keepsake-engine-"));
  script = join(folder, "engine.mjs");
  writeFileSync(
    script,
    `const outcome = (attempt) => {
       try { return attempt(); } catch (error) { return error.name; }
     };
     process.send([
       outcome(() => new Function("return \\"ran\\"")()),
       outcome(() => (0, eval)("\\"ran\\"")),
       process.argv.slice(2),
     ]);
     process.disconnect();`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("an engine", () => {
  it("cannot turn text into code; without the front's flag the same script can", async () => {
    expect(await told(spawnEngine({ environment: {}, engineScript: script }))).toEqual([
      "EvalError",
      "EvalError",
      ["engine"],
    ]);
    expect(await told(fork(script, ["engine"], { execArgv: [] }))).toEqual(["ran", "ran", ["engine"]]);
  });
});

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, "message")) as [unknown];
  await once(child, "exit");
  return message;
}
