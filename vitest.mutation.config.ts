import { defineConfig } from "vitest/config";

/** The tests that `npm run test:mutation` runs against every mutant: those of the layers it changes. */
export default defineConfig({
  test: { include: ["test/{crypto,keys,store,vault}/**/*.test.ts"], testTimeout: 20_000 },
});
