/**
 * The umask of every test that needs no other, whichever files ran before it in the same process. A worker thread, as
 * Stryker's are, cannot set the umask of its process, so whoever starts it does (`vitest.mutation.config.ts`), and test
 * files that set it anew find it set.
 */
import { isMainThread } from "node:worker_threads";

if (isMainThread) process.umask(0o077);
else process.umask = () => 0o077;
