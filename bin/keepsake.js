#!/usr/bin/env node
"use strict";
const [, , word, next] = process.argv;
/** Programs of their own; the options of a hook are those of help. */
const programs = { mcp: "mcp", ...(next?.startsWith("-") === false && { hook: "hooks/hook" }) };
const entry = Object.hasOwn(programs, word) ? programs[word] : "cli";
if (entry !== "cli") process.argv.splice(2, 1);
try {
  require(`../dist/bundle/${entry}.js`);
} catch (error) {
  // A hook never disturbs its host.
  if (entry === programs.hook) process.exit(0);
  require("./not-built.js").explainMissing(error);
}
