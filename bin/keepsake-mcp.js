#!/usr/bin/env node
import "../dist/bundle/mcp.js";
