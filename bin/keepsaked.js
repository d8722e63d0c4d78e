#!/usr/bin/env node
"use strict";
import("../dist/daemon/daemon-main.js").catch((error) => require("./not-built.js").explainMissing(error));
