"use strict";

/** As `require` and `import` call it. */
const MISSING = new Set(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]);

/**
 * Tells a copy without its build or its packages from a fault in keepsake. The programs load this only when they could not
 * load themselves.
 *
 * @throws what was given when it is anything else
 */
exports.explainMissing = (error) => {
  if (!MISSING.has(error?.code)) throw error;
  process.stderr.write(
    "keepsake: error: this copy of keepsake is not built, or its packages are not installed\n" +
      'keepsake: hint: run "npm ci --ignore-scripts && npm run build" in its folder\n',
  );
  process.exit(1);
};
