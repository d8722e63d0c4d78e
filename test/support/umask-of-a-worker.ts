/**
 * For tests that run in a worker thread, as Stryker's do: a thread cannot set the umask of its process, so whoever starts
 * it does (`vitest.mutation.config.ts`), and test files that set it anew find it set.
 */
import { isMainThread } from "node:worker_threads";

if (!isMainThread) process.umask = () => 0o077;
