import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const SYSTEM = "test/{e2e,faults,security}/**/*.test.ts";
const SLOW = "test/**/*.slow.test.ts";

/** They mock modules, which they cannot do where other tests have already loaded them. */
const MOCKING = [
  "test/{crypto,keys,vault}/wiping.test.ts",
  "test/keys/keychain-main.test.ts",
  "test/hooks/pair-changed.test.ts",
];

/** Tests of the sources share their processes: loading every module anew for each file takes longer than the tests. */
const SHARED = {
  isolate: false,
  setupFiles: "test/support/umask-of-a-worker.ts",
  // Nobody waits for it: it ends what hangs, however busy the machine is.
  testTimeout: 180_000,
  hookTimeout: 60_000,
} as const;

/**
 * Three kinds of tests. `unit` and `slow` run on the sources, `slow` being what takes seconds; `system` runs the built
 * binaries as real processes (end to end, faults, security) and needs `npm run build` first. See `docs/testing.md`.
 */
export default defineConfig({
  test: {
    // Half of two cores would be left idle by default.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          ...SHARED,
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [SYSTEM, SLOW, ...MOCKING],
        },
      },
      { extends: true, test: { ...SHARED, name: "unit-mocks", include: MOCKING, isolate: true } },
      { extends: true, test: { ...SHARED, name: "slow", include: [SLOW] } },
      {
        extends: true,
        test: {
          name: "system",
          include: [SYSTEM],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
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
