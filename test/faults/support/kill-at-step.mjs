/**
 * Loaded into a program before it begins (`node --import`): ends it as `kill -9` does at the step whose number `KILL_AT_STEP` holds. Steps are
 * the moments before and behind each call by which a hook reaches anything outside of itself: the socket, what it writes to disk, a second
 * process, its end.
 */
import childProcess from "node:child_process";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const killed = Number(process.env.KILL_AT_STEP);
let steps = 0;

function step() {
  steps += 1;
  if (steps === killed) process.kill(process.pid, "SIGKILL");
}

function around(holder, name, isStep = () => true) {
  const real = holder[name];
  holder[name] = function (...args) {
    if (!isStep(...args)) return real.apply(this, args);
    step();
    const result = real.apply(this, args);
    if (typeof result?.then === "function") return result.finally(step);
    step();
    return result;
  };
}

const isWriting = (_path, flags) => flags !== undefined && flags !== "r" && flags !== 0;
for (const name of ["connect", "write", "end"]) around(net.Socket.prototype, name);
around(net.Socket.prototype, "emit", (event) => event === "data");
for (const name of ["rename", "link", "unlink", "mkdir"]) around(files, name);
around(files, "open", isWriting);
around(childProcess, "spawn");
around(process, "exit");
syncBuiltinESMExports();
