#!/usr/bin/env node
"use strict";
const [, , word, next] = process.argv;
/** Programs of their own; the options of a hook are those of help. */
const programs = { mcp: "mcp.js", ...(next?.startsWith("-") === false && { hook: "hooks/hook.js" }) };
const entry = Object.hasOwn(programs, word) ? programs[word] : "cli.js";
if (entry !== "cli.js") process.argv.splice(2, 1);
/** Those that are run often, or that somebody waits for. What else was typed never names a file. */
const OFTEN = new Set(["save", "search", "status", "UserPromptSubmit", "Stop", "SessionStart", "SessionEnd"]);
try {
  const [, , command, event] = process.argv;
  const run = [command, event].find((each) => OFTEN.has(each)) ?? "other";
  require("./load-program.js").loadProgram(entry, run);
} catch (error) {
  // A hook never disturbs its host.
  if (entry === programs.hook) process.exit(0);
  require("./not-built.js").explainMissing(error);
}
