import { defineConfig } from "vitest/config";

/**
 * Two kinds of tests: `unit` runs on the sources in seconds; `system` runs the built binaries as real processes (end to
 * end, faults, security) and needs `npm run build` first.
 */
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{e2e,faults,security}/**"],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/{e2e,faults,security}/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "json-summary", "html"],
      reportsDirectory: "coverage",
      thresholds: { "src/{crypto,keys,store,vault,policy,protocol}/**": { branches: 100 } },
    },
  },
});
