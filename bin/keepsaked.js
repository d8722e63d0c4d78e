#!/usr/bin/env node
await import("../dist/daemon/daemon-main.js").catch(async (error) =>
  (await import("./not-built.js")).explainMissing(error),
);
