import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { completionsFor } from "../../src/cli/completion/candidates.ts";
import { completeWords } from "../../src/cli/complete-words.ts";
import { SHELLS, completionScript } from "../../src/cli/completion/shell-scripts.ts";
import type { Context } from "../../src/cli/context.ts";
import { createScreen } from "../../src/cli/output/screen.ts";
import { COMMON_OPTIONS, FAMILIES, loadCommands } from "../../src/cli/registry.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { keepsake } from "./harness.ts";

const COMMANDS = await loadCommands();
const GRAMMAR = { commands: COMMANDS, families: FAMILIES, commonOptions: COMMON_OPTIONS };
const values = (...words: string[]) => completionsFor(words, GRAMMAR).candidates.map(({ value }) => value);
const lookUp = (...words: string[]) => completionsFor(words, GRAMMAR).lookUp;

describe("what may come next", () => {
  it("is a command, then the second word of a family", () => {
    expect(values("")).toEqual(expect.arrayContaining(["search", "import", "key", "client", "config"]));
    expect(values("s")).toEqual(["save", "search", "sessions", "status", "scrub", "setup", "service"]);
    expect(values("key", "")).toEqual(["list", "add", "remove", "change"]);
    expect(values("key", "nonsense", "")).toEqual([]);
    expect(values("nonsense", "")).toEqual([]);
  });

  it("is an option of the command or one that all have", () => {
    expect(values("search", "--in")).toEqual(["--include-superseded"]);
    expect(values("search", "words", "--no")).toEqual(["--no-project", "--no-input"]);
    expect(values("lock", "--")).toEqual(["--json", "--no-input"]);
    expect(values("search", "--", "--")).toEqual([]);
    expect(values("--no")).toEqual(["--no-input"]);
    expect(values("--no-input", "--no-input", "key", "a")).toEqual(["add"]);
    expect(values("key", "--")).toEqual([]);
  });

  it("is a value where the option or argument has a list of them", () => {
    expect(values("search", "x", "--kind", "")).toEqual(["note", "turn"]);
    expect(values("search", "--kind=t")).toEqual(["--kind=turn"]);
    expect(values("search", "--kind", "=", "t")).toEqual(["turn"]);
    expect(values("search", "--kind", "=")).toEqual(["note", "turn"]);
    expect(values("key", "add", "re")).toEqual(["recovery"]);
    expect(values("completion", "")).toEqual([...SHELLS]);
    expect(values("client", "add", "x", "--scope", "w")).toEqual(["write"]);
    expect(values("config", "set", "lock.")).toEqual(["lock.idle", "lock.max"]);
    expect(values("config", "set", "lock.idle", "")).toEqual(["off"]);
    expect(values("config", "set", "unlock.ask", "p")).toEqual(["pinentry"]);
    expect(values("config", "set", "audit.days", "")).toEqual([]);
    expect(values("config", "set", "toString", "")).toEqual([]);
    expect(values("config", "set", "brief", "--json", "")).toEqual(["off", "short", "full"]);
    expect(values("search", "--limit", "")).toEqual([]);
  });

  it("is looked up for projects, tags, clients, slots and files", () => {
    expect(lookUp("search", "x", "--project", "")).toBe("project");
    expect(completionsFor(["search", "--project=/a"], GRAMMAR)).toMatchObject({
      lookUp: "project",
      prefix: "--project=",
    });
    expect(lookUp("save", "x", "-t", "")).toBe("tag");
    expect(lookUp("client", "revoke", "")).toBe("client");
    expect(lookUp("client", "add", "")).toBeUndefined();
    expect(lookUp("key", "remove", "")).toBe("slot");
    expect(lookUp("import", "")).toBe("file");
    expect(lookUp("import", "a", "--project", "x", "b")).toBe("file");
  });
});

describe("keepsake complete", () => {
  const HOSTILE = "$(touch /tmp/keepsake-completed)";

  async function complete(
    words: readonly string[],
    connect: Context["connect"],
  ): Promise<readonly [number, string]> {
    let out = "";
    const write = (text: string | Uint8Array) => (out += String(text));
    const context = { screen: createScreen({ write }, { write }, {}), connect } as unknown as Context;
    return [await completeWords(["--", ...words], context), out];
  }

  const projects = ["/home/mira/code/lantern", "/home/mira/code/two words", "evil\u001B[2J", HOSTILE];
  const answering = () =>
    Promise.resolve({
      call: () =>
        Promise.resolve({
          projects: [...projects, null].map((project) => ({
            project,
            count: 2,
            lastAt: "2026-11-12T00:00:00Z",
          })),
          tags: [{ tag: "panel", count: 7 }],
          clients: [{ id: "claude-code" }, { id: "cli" }],
          slots: [{ id: "k3v9x2ma", kind: "recovery" }],
        }),
    } as unknown as KeepsakeClient);

  it("completes names from the open vault, and only what is plain text", async () => {
    expect(await complete(["save", "-t", "p"], answering)).toEqual([0, "panel\t7\n"]);
    expect(await complete(["search", "--project=/home/mira/code/l"], answering)).toEqual([
      0,
      "--project=/home/mira/code/lantern\t2\n",
    ]);
    expect(await complete(["client", "revoke", "cla"], answering)).toEqual([0, "claude-code\t\n"]);
    expect(await complete(["client", "revoke", "cli"], answering)).toEqual([0, ""]);
    expect(await complete(["key", "remove", ""], answering)).toEqual([0, "k3v9x2ma\trecovery\n"]);
    const [, all] = await complete(["search", "--project", ""], answering);
    expect(all).not.toContain("evil");
  });

  it("never fails and never starts a daemon", async () => {
    const asked: string[] = [];
    const stopped: Context["connect"] = (how) => {
      asked.push(how);
      return Promise.reject(new KeepsakeError("DAEMON_UNREACHABLE"));
    };
    expect(await complete(["search", "--project", ""], stopped)).toEqual([0, ""]);
    expect(asked).toEqual(["running"]);
    expect(await complete([], stopped)).toEqual([0, expect.stringContaining("search\t")]);
    expect(await complete(["import", ""], stopped)).toEqual([0, ":files\n"]);
  });
});

describe("completion scripts", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "keepsake-completion-"));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What bash would offer, with a keepsake that answers these lines. */
  function offered(answer: string, ...words: readonly string[]): readonly string[] {
    writeFileSync(join(folder, "answer"), answer);
    const program = join(folder, "keepsake");
    writeFileSync(program, `#!/bin/bash\nprintf '%s\\n' "$@" > '${folder}/asked'\ncat '${folder}/answer'\n`);
    chmodSync(program, 0o755);
    const script = `${completionScript("bash")}
      COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
      _keepsake 2>/dev/null
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, status } = spawnSync("bash", ["-c", script, "bash", "keepsake", ...words], {
      cwd: folder,
      env: { PATH: `${folder}:${process.env["PATH"]}` },
      encoding: "utf8",
    });
    expect(status).toBe(0);
    return stdout.split("\n").slice(0, -1);
  }

  it("offers in bash what keepsake answers, quoted where it must be", () => {
    expect(offered("lantern\t2\ntwo words\t1\n", "search", "--project", "")).toEqual([
      "lantern",
      "two\\ words",
    ]);
  });

  it("offers file names in bash when keepsake says so", () => {
    writeFileSync(join(folder, "some notes.md"), "");
    expect(offered(":files\n", "import", "some")).toEqual(["some notes.md"]);
  });

  it("never evaluates stored names or what stands on the command line", () => {
    const marker = join(folder, "was-evaluated");
    const evil = `$(touch ${marker})`;
    const tick = `\`touch ${marker}\``;
    offered(`${evil}\t1\n${tick}\t1\n`, "search", evil, "--project", tick);
    expect(existsSync(marker)).toBe(false);
  });

  it("are printed for every shell, and for no other", async () => {
    for (const shell of SHELLS) {
      const { exit, out } = await keepsake(["completion", shell]);
      expect([exit, out]).toEqual([0, completionScript(shell)]);
    }
    expect((await keepsake(["completion", "powershell"])).exit).toBe(2);
  });

  it("are accepted by every shell that is installed", () => {
    const refused = SHELLS.filter((shell) => {
      const path = join(folder, shell);
      writeFileSync(path, completionScript(shell));
      const { error, status } = spawnSync(shell, ["-n", path]);
      return error === undefined && status !== 0;
    });
    expect(refused).toEqual([]);
  });
});
