#!/usr/bin/env node
const entry = process.argv[2] === "mcp" ? "mcp" : "cli";
if (entry === "mcp") process.argv.splice(2, 1);
await import(`../dist/bundle/${entry}.js`).catch(async (error) =>
  (await import("./not-built.js")).explainMissing(error),
);
