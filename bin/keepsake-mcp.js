#!/usr/bin/env node
await import("../dist/bundle/mcp.js").catch(async (error) =>
  (await import("./not-built.js")).explainMissing(error),
);
