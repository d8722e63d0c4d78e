import { configDefaults, defineConfig } from "vitest/config";

// Stryker runs tests in a thread, and a thread cannot set it.
process.umask(0o077);

const skipped = process.env["MUTATION_SKIP"];

/**
 * The tests that `npm run test:mutation` runs against every mutant: those of the layers it changes. `MUTATION_TESTS` names
 * fewer, such as `test/store`, for a run over few files; `MUTATION_SKIP`, a pattern, leaves slow ones out.
 */
export default defineConfig({
  test: {
    include: [
      `${process.env["MUTATION_TESTS"] ?? "test/{crypto,keys,store,vault,policy,protocol}"}/**/*.test.ts`,
    ],
    exclude: skipped === undefined ? configDefaults.exclude : [...configDefaults.exclude, skipped],
    setupFiles: ["test/support/umask-of-a-worker.ts"],
    testTimeout: 90_000,
  },
});
