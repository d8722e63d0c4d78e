import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ListeningSocket } from "../../src/daemon/listening-socket.ts";
import { isAnswering, listenPrivately } from "../../src/daemon/listening-socket.ts";

const unsafe = expect.objectContaining({ code: "UNSAFE_PATH" });
const ignore = () => undefined;

let home: string;
let path: string;
const open: ListeningSocket[] = [];
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "ksl-")));
  path = join(home, "s.sock");
});
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
  await rm(home, { recursive: true, force: true });
});

const listen = async (onConnection: (socket: Socket) => void = ignore, at = path) => {
  const socket = await listenPrivately(at, { onConnection, onFailure: ignore });
  open.push(socket);
  return socket;
};

/** A socket file whose process is gone. */
async function leaveStale(): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.stdout.write("x"))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
}

describe("listenPrivately", () => {
  it("makes folder and socket private and leaves nothing else in the folder", async () => {
    await listen(ignore, join(home, "run", "s.sock"));
    expect((await stat(join(home, "run"))).mode & 0o7777).toBe(0o700);
    expect((await lstat(join(home, "run", "s.sock"))).mode & 0o7777).toBe(0o600);
    expect(await readdir(join(home, "run"))).toEqual(["s.sock"]);
  });

  it("puts the umask back", async () => {
    const before = process.umask(0o027);
    try {
      await listen();
      expect(process.umask()).toBe(0o027);
    } finally {
      process.umask(before);
    }
  });

  it("hands over connections paused, with every byte still unread", async () => {
    const accepted = new Promise<Socket>((resolve) => {
      void listen(resolve).then(() => connect(path).end("unread"));
    });
    const socket = await accepted;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    expect([socket.isPaused(), socket.bytesRead]).toEqual([true, 0]);
    socket.resume();
    const [bytes] = (await once(socket, "data")) as [Buffer];
    expect(bytes.toString()).toBe("unread");
    socket.destroy();
  });

  it("replaces a stale socket", async () => {
    await leaveStale();
    expect(await isAnswering(path)).toBe(false);
    await listen();
    expect(await isAnswering(path)).toBe(true);
  });

  it("never displaces a program that answers", async () => {
    const other = createServer().listen(path);
    await once(other, "listening");
    const before = (await lstat(path)).ino;
    await expect(listen()).rejects.toEqual(unsafe);
    expect((await lstat(path)).ino).toBe(before);
    expect(await isAnswering(path)).toBe(true);
    other.close();
  });

  it("refuses a file and a link in the socket's place, and leaves them alone", async () => {
    await writeFile(path, "mine");
    await expect(listen()).rejects.toEqual(unsafe);
    await rm(path);
    await symlink(join(home, "nowhere"), path);
    await expect(listen()).rejects.toEqual(unsafe);
    expect(await readdir(home)).toEqual(["s.sock"]);
  });

  it("refuses a folder that others may enter, and one that is a link", async () => {
    await mkdir(join(home, "loose"));
    await chmod(join(home, "loose"), 0o755);
    await expect(listen(ignore, join(home, "loose", "s"))).rejects.toEqual(unsafe);
    expect(await readdir(join(home, "loose"))).toEqual([]);
    await mkdir(join(home, "victim"), { mode: 0o700 });
    await symlink(join(home, "victim"), join(home, "link"));
    await expect(listen(ignore, join(home, "link", "s"))).rejects.toEqual(unsafe);
    expect(await readdir(join(home, "victim"))).toEqual([]);
  });

  it("refuses a path of 120 bytes instead of listening somewhere else", async () => {
    const long = join(home, "x".repeat(119 - home.length));
    expect(Buffer.byteLength(long)).toBe(120);
    await expect(listen(ignore, long)).rejects.toEqual(expect.objectContaining({ code: "PATH_TOO_LONG" }));
    expect(await readdir(home)).toEqual([]);
  });

  it("listens on a path of exactly 103 bytes", async () => {
    const longest = join(home, "x".repeat(102 - home.length));
    expect(Buffer.byteLength(longest)).toBe(103);
    await listen(ignore, longest);
    expect(await isAnswering(longest)).toBe(true);
  });

  it("removes its socket when it closes, and accepts nothing more", async () => {
    const socket = await listen();
    await socket.close();
    expect(await readdir(home)).toEqual([]);
    expect(await isAnswering(path)).toBe(false);
  });

  it("does not remove the socket of a newer daemon when it closes", async () => {
    const old = await listen();
    await rm(path);
    const newer = await listenPrivately(path, { onConnection: ignore, onFailure: ignore });
    await old.close();
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    expect(await isAnswering(path)).toBe(true);
    await newer.close();
  });
});
