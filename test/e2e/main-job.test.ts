import { afterAll, describe, expect, it } from "vitest";
import { MAIN_JOB, startJob } from "./support/main-job.ts";

describe.sequential("the main job, by the real binaries", () => {
  const job = startJob();
  afterAll(() => job.home.remove());

  it.each(MAIN_JOB)("%s", async (_, step) => {
    await expect(step(job)).resolves.toBeUndefined();
  });
});
