import { chmodSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { pinentryFor } from "../../src/client/window/find-pinentry.ts";
import type { KeepsakeError } from "../../src/base/errors.ts";
import type { Settings } from "../../src/platform/configuration.ts";
import { keychainHint, pinentryHint, withPinentry } from "../../src/cli/asking/unlock-settings.ts";
import { askPinentry } from "../../src/cli/asking/pinentry.ts";
import { createQuestions } from "../../src/cli/asking/questions.ts";
import { QuietTerminal } from "../../src/cli/asking/questions.ts";
import { normalised, readSecretFrom } from "../../src/cli/asking/secret-bytes.ts";
import { readSecretLine } from "../../src/cli/asking/secret-line.ts";
import { createScreen } from "../../src/cli/output/screen.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keepsake-secrets-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const textOf = (secret: Secret) => Buffer.from(secret.bytes).toString();

describe("a secret typed on a terminal", () => {
  /** A terminal that remembers its modes. */
  function terminal() {
    const modes: boolean[] = [];
    const stream = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
    return { stream, modes };
  }

  async function type(...chunks: readonly (string | Uint8Array)[]) {
    const { stream, modes } = terminal();
    const read = readSecretLine(stream);
    const buffers = chunks.map((chunk) => Buffer.from(chunk as string));
    for (const buffer of buffers) stream.write(buffer);
    return { secret: await read, modes, buffers, stream };
  }

  it.each([
    [["hunter2\r"], "hunter2"],
    [["hun", "ter", "2", "\n"], "hunter2"],
    [["hunterr\u007F2\r"], "hunter2"],
    [["café\u007F\u007Fe2\r"], "cae2"],
    [["\u007F\u007Fok\r"], "ok"],
    [["wrong\u0015right\r"], "right"],
    [["\u001B[200~pasted\u001B[201~\r"], "pasted"],
    [["a\u001B[Db\u001B[1;5Cc\r"], "abc"],
    [["a\u0000\u0001\tb\r"], "ab"],
    [["x\u0004y\r"], "xy"],
    [[Buffer.from([0xff, 0xfe, 0x0d])], Buffer.from([0xff, 0xfe]).toString()],
    [["p".repeat(4_096), "\r"], "p".repeat(4_096)],
  ])("is what stands before Enter: %j", async (chunks, expected) => {
    const { secret, modes } = await type(...chunks);
    expect(textOf(secret)).toBe(expected);
    expect(modes).toEqual([true, false]);
  });

  it("is wiped from the buffers it came in", async () => {
    const { buffers } = await type("hunter2", "hunter2\r");
    for (const buffer of buffers) expect(buffer.toString()).not.toContain("hunter");
  });

  it("leaves what was typed ahead for the next question", async () => {
    const { secret, stream } = await type("first\rsecond\r");
    expect(textOf(secret)).toBe("first");
    expect(textOf(await readSecretLine(stream))).toBe("second");
  });

  it.each([
    ["Ctrl-C", "half\u0003", "INTERRUPTED"],
    ["Ctrl-D on an empty line", "\u0004", "INTERRUPTED"],
    ["more than a secret may be long", "p".repeat(4_097), "USAGE"],
  ])("ends at %s", async (_, typed, code) => {
    const { stream, modes } = terminal();
    const read = readSecretLine(stream);
    stream.write(typed);
    await expect(read).rejects.toMatchObject({ code });
    expect(modes).toEqual([true, false]);
  });

  it("ends when the terminal goes away", async () => {
    const { stream } = terminal();
    const read = readSecretLine(stream);
    stream.end();
    await expect(read).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

describe("a terminal that is quiet until the question", () => {
  it("shows nothing, hands over what was typed ahead and leaves the terminal as it was", async () => {
    const modes: boolean[] = [];
    const stream = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
    let interrupts = 0;
    const quiet = new QuietTerminal(stream, () => (interrupts += 1));
    stream.write("hun");
    stream.write("ter2\r");
    await new Promise((resolve) => setImmediate(resolve));
    quiet.release(true);
    expect(textOf(await readSecretLine(stream))).toBe("hunter2");
    expect(modes).toEqual([true, false, true, false]);
    expect(interrupts).toBe(0);
  });

  it("passes Ctrl-C on, and wipes what nobody asked for", async () => {
    const stream = Object.assign(new PassThrough(), { setRawMode: () => {} });
    let interrupts = 0;
    const quiet = new QuietTerminal(stream, () => (interrupts += 1));
    const typed = Buffer.from("hunter2\u0003");
    stream.write(typed);
    await new Promise((resolve) => setImmediate(resolve));
    quiet.release(false);
    expect(interrupts).toBe(1);
    expect(typed.every((byte) => byte === 0)).toBe(true);
  });
});

describe("questions for secrets", () => {
  it("show nothing of what is typed between them, and leave the terminal as it was", async () => {
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
    const { err } = createScreen({ write: () => true }, { write: () => true }, {});
    const ask = createQuestions(stdin as never, err, {} as never, () => {});
    const first = ask.secret("Current passphrase:");
    stdin.write("hunter2\r");
    expect(textOf(await first)).toBe("hunter2");
    expect(modes.at(-1)).toBe(true);
    stdin.write("hunter3\r");
    await new Promise((resolve) => setImmediate(resolve));
    expect(textOf(await ask.secret("New passphrase:"))).toBe("hunter3");
    ask.close();
    expect(modes.at(-1)).toBe(false);
  });

  it("are shown once nothing of the answer would be", async () => {
    const modes: boolean[] = [];
    const shown: [text: string, isRaw: boolean | undefined][] = [];
    const stdin = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
    const stderr = { write: (text: string) => shown.push([text, modes.at(-1)]) > 0 };
    const { err } = createScreen({ write: () => true }, stderr, {});
    const ask = createQuestions(stdin as never, err, {} as never, () => {});
    for (const question of ["Current passphrase:", "New passphrase:"]) {
      shown.length = 0;
      const answer = ask.secret(question);
      expect(shown).toEqual([[expect.stringContaining(question), true]]);
      stdin.write("hunter2\r");
      await answer;
    }
    ask.close();
  });
});

describe("Esc", () => {
  const asking = () => {
    const stdin = Object.assign(new PassThrough(), { setRawMode: () => {}, isTTY: true });
    const stderr = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true });
    const write = (_text: unknown, done: () => void) => done();
    const { err } = createScreen({ write }, { write }, {});
    return { stdin, stderr, ask: createQuestions(stdin as never, err, stderr as never, () => {}) };
  };
  const shown = () => new Promise((resolve) => setTimeout(resolve, 50));

  it("means no to a question, whatever Enter would mean, and Ctrl-C ends it", async () => {
    for (const initial of [true, false]) {
      const { stdin, stderr, ask } = asking();
      const answer = ask.confirm("Forget it?", initial);
      await shown();
      stdin.write("\u001B");
      expect(await answer).toBe(false);
      const [crossed, no] = String(stderr.read()).split("\u001B[1A\u001B[2K");
      expect(stripVTControlCharacters(crossed ?? "")).toMatch(/Forget it\?\n(?:Yes|No)\n$/);
      expect(stripVTControlCharacters(no ?? "")).toBe("No\n");
    }
    const { stdin, ask } = asking();
    const answer = ask.confirm("Forget it?", false);
    await shown();
    stdin.write("\u0003");
    await expect(answer).rejects.toMatchObject({ code: "INTERRUPTED", message: "interrupted" });
  });

  it("means no where a secret is typed, but not as the beginning of a sequence", async () => {
    const { stdin, ask } = asking();
    const typed = ask.secret("Passphrase:");
    stdin.write("hun");
    stdin.write("\u001B");
    stdin.write("[Dter2\r");
    expect(textOf(await typed)).toBe("hunter2");
    const declined = ask.secret("Passphrase:");
    stdin.write("hun\u001B");
    await expect(declined).rejects.toMatchObject({ code: "INTERRUPTED", message: "nothing was changed" });
  });
});

describe("a question that is longer than a line", () => {
  const question =
    "Forget 2 memories with all versions (notes, of project lantern and of no project, with 1 tag, before 1 Oct 2026 00:00)?";

  const widths = Array.from({ length: 40 }, (_, index) => 41 + index);

  it.each([...widths, 300])("is wrapped once at %i columns", async (columns) => {
    const stdin = Object.assign(new PassThrough(), { setRawMode: () => {}, isTTY: true });
    const stderr = Object.assign(new PassThrough(), { columns, rows: 24, isTTY: true });
    const { err } = createScreen({ write: () => true }, { write: () => true }, {});
    const answer = createQuestions(stdin as never, err, stderr as never, () => {}).confirm(question, false);
    await vi.waitFor(() => expect(stderr.readableLength).toBeGreaterThan(0));
    const frame = stripVTControlCharacters(String(stderr.read()));
    stdin.write("y");
    expect(await answer).toBe(true);
    const lines = (/Forget[^?]*\?/.exec(frame)?.[0] ?? "").split("\n");
    expect(lines.join(" ")).toBe(question);
    const isFull = (line: string, at: number) =>
      `${line} ${lines[at + 1]?.split(" ")[0]}`.length > columns - 3 && line.length <= columns - 3;
    expect(lines.slice(0, -1).every(isFull)).toBe(true);
  });
});

describe("a secret from a descriptor", () => {
  function descriptor(content: Uint8Array | string): number {
    const path = join(folder, "secret");
    writeFileSync(path, content);
    return openSync(path, "r");
  }

  it.each([
    ["as it is", "a b\tc", "a b\tc"],
    ["without its line end", "a\n", "a"],
    ["without its CR LF", "a\r\n", "a"],
    ["with all line ends but the last", "a\n\n", "a\n"],
    ["without a byte order mark", "\uFEFFa\r\n", "a"],
    ["without more than one byte order mark", "\uFEFF\uFEFFa", "\uFEFFa"],
    ["with a byte order mark that is not at its start", "a\uFEFF", "a\uFEFF"],
    ["empty", "", ""],
    ["a carriage return alone", "a\r", "a\r"],
  ])("is taken %s", async (_, content, expected) => {
    expect(textOf(await readSecretFrom(descriptor(content), "--passphrase-fd"))).toBe(expected);
  });

  it("holds at most 4,096 bytes", async () => {
    expect((await readSecretFrom(descriptor(`${"p".repeat(4_096)}\r\n`), "--x")).length).toBe(4_096);
    await expect(readSecretFrom(descriptor("p".repeat(4_097)), "--x")).rejects.toMatchObject({
      code: "USAGE",
    });
    await expect(readSecretFrom(openSync("/dev/zero", "r"), "--x")).rejects.toMatchObject({ code: "USAGE" });
  });

  it("is refused from a terminal, which would show what is typed", async () => {
    await expect(readSecretFrom(openSync("/dev/ptmx", "r+"), "--x")).rejects.toMatchObject({
      code: "USAGE",
      message: "--x names a terminal, which would show what is typed",
    });
  });

  it("is refused from a descriptor that is not open or cannot be read", async () => {
    await expect(readSecretFrom(987, "--x")).rejects.toMatchObject({ code: "USAGE" });
    const writeOnly = openSync(join(folder, "w"), "w");
    await expect(readSecretFrom(writeOnly, "--x")).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("normalisation", () => {
  it("makes one passphrase of all spellings, and leaves ASCII and what is not UTF-8 alone", () => {
    const bytes = (text: string) => new Secret(new Uint8Array(Buffer.from(text)));
    expect(textOf(normalised(bytes("e\u0301")))).toBe("\u00E9");
    const ascii = bytes("plain");
    expect(normalised(ascii)).toBe(ascii);
    const odd = new Secret(Uint8Array.of(0xff, 0x41));
    expect(normalised(odd)).toBe(odd);
  });

  it("wipes what it replaces", () => {
    const typed = new Secret(new Uint8Array(Buffer.from("e\u0301")));
    normalised(typed);
    expect(typed.isWiped).toBe(true);
  });
});

describe("pinentry", () => {
  /** A pinentry that answers GETPIN with these lines and writes down what it was asked. */
  function pinentry(answer: string, greeting = "OK Pleased to meet you"): Record<string, string> {
    const program = join(folder, "pinentry");
    writeFileSync(
      program,
      `#!/bin/bash\nprintf '%s\\n' '${greeting}'\nwhile IFS= read -r line; do\n  printf '%s\\n' "$line" >> '${folder}/asked'\n` +
        `  case $line in\n    GETPIN) printf '${answer}' ;;\n    OPTION*) printf 'ERR 83886254 Unknown option <Pinentry>\\n' ;;\n    *) printf 'OK\\n' ;;\n  esac\ndone\n`,
    );
    chmodSync(program, 0o755);
    return { PATH: `${folder}:${process.env["PATH"]}`, TERM: "xterm", NODE_OPTIONS: "--inspect" };
  }

  const asked = (env: Record<string, string>) => askPinentry(question, join(folder, "pinentry"), env);

  const question = { description: "Enter the passphrase\nof 100 %", prompt: "Passphrase:" };

  it.each([
    ["plain", "D correct horse\\nOK\\n", "correct horse"],
    ["percent-encoded", "D 100%%25 %%0A caf%%C3%%A9\\nOK\\n", "100% \n caf\u00E9"],
    ["on two lines", "D one\\nD two\\nOK\\n", "onetwo"],
    ["behind a comment and a status", "# hi\\nS PROGRESS\\nD x\\nOK closing\\n", "x"],
    ["empty", "OK\\n", ""],
  ])("gives a secret that is %s", async (_, answer, expected) => {
    expect(textOf(await asked(pinentry(answer)))).toBe(expected);
  });

  it.each([
    ["the user cancels", "ERR 83886179 Operation cancelled <Pinentry>\\n", "INTERRUPTED"],
    ["nobody answers in time", "ERR 83886142 Timeout <Pinentry>\\n", "NO_INPUT"],
    ["it cannot show itself", "ERR 83918950 Inappropriate ioctl for device <Pinentry>\\n", "NO_INPUT"],
    ["the secret is too long", `D ${"p".repeat(5_000)}\\nOK\\n`, "USAGE"],
    ["its line never ends", `D ${"p".repeat(20_000)}\\n`, "NO_INPUT"],
  ])("ends with a code when %s", async (_, answer, code) => {
    await expect(asked(pinentry(answer))).rejects.toMatchObject({ code });
  });

  it("is found and kept when unlock.ask is set, forgotten when it is off, and missed in words", async () => {
    const [environment, unlock] = [pinentry("OK"), { keychain: "on" as const }];
    const program = join(folder, "pinentry");
    const set = (await withPinentry({ unlock }, "pinentry", { environment, folder: "/" })) as Settings;
    expect(set).toEqual({ unlock: { keychain: "on", ask: "pinentry", pinentry: program } });
    expect(pinentryHint(set)).toBe(`${program} asks for the passphrase`);
    const off = await withPinentry(set, "off", { environment, folder: "/" });
    expect(off).toEqual({ unlock: { keychain: "on", ask: "off" } });
    const bare = { environment: { PATH: "/nowhere" }, folder: "/" };
    const missed = (await withPinentry(set, "pinentry", bare)) as Settings;
    expect(missed).toEqual({ unlock: { keychain: "on", ask: "pinentry" } });
    expect(pinentryHint(missed)).toMatch(/^there is no pinentry program in PATH yet; install /);
  });

  it("says of unlock.keychain what is missing for it", () => {
    const on = { unlock: { keychain: "on" as const } };
    expect(keychainHint(on, { mayHaveKeychain: false })).toMatch(
      /^this session has no keychain; install libsecret/,
    );
    expect(keychainHint(on, { mayHaveKeychain: true })).toContain("keepsake key add keychain");
    expect(keychainHint({ unlock: { keychain: "off" } }, { mayHaveKeychain: false })).toBeUndefined();
  });

  it.each([
    ["a time-out", "ERR 83886142 Timeout <Pinentry>\\n", true],
    ["a locale that does not fit what was typed", "ERR 83886246 Locale problem <Pinentry>\\n", true],
    ["an end without an answer", "", true],
    ["a terminal that is none", "ERR 83918950 Inappropriate ioctl for device <Pinentry>\\n", undefined],
    ["a window that is too small", "ERR 83886381 Window too small <Pinentry>\\n", undefined],
  ])("tells whether somebody may have seen the dialog: %s", async (_, answer, unanswered) => {
    const error = await asked(pinentry(answer === "" ? "'; exit; printf '" : answer)).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "NO_INPUT" });
    expect((error as KeepsakeError).facts?.["unanswered"]).toBe(unanswered);
  });

  it("ends with a code when the program ends, does not start or is not there", async () => {
    const program = join(folder, "pinentry");
    for (const content of ["#!/bin/bash\nexit 1\n", "#!/nowhere/at/all\n"]) {
      writeFileSync(program, content);
      chmodSync(program, 0o755);
      await expect(asked({ PATH: folder })).rejects.toMatchObject({ code: "NO_INPUT" });
    }
    await expect(pinentryFor({}, relative(process.cwd(), folder), "/")).rejects.toMatchObject({
      code: "NO_INPUT",
      message: "no pinentry program was found in PATH",
    });
  });
});
