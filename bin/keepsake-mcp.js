#!/usr/bin/env node
"use strict";
try {
  require("../dist/bundle/mcp.js");
} catch (error) {
  require("./not-built.js").explainMissing(error);
}
