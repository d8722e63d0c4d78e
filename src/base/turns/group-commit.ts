/**
 * Group commit: writes that wait while one is under way go together in the next, so that many share one fsync.
 *
 *   submit ─┐
 *   submit ─┼─> queue ── as many as fit ──> commit (one at a time) ──> all of the group resolve, or all reject
 *   submit ─┘
 *
 * A failed commit also rejects everything that waits: it was submitted to a disk nobody knew was failing. What may be
 * submitted after that is the owner's decision.
 */

interface Waiting<Job> {
  readonly job: Job;
  readonly weight: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<Job> {
  readonly #commit: (jobs: readonly Job[]) => Promise<void>;
  readonly #maxWeight: number;
  #queue: Waiting<Job>[] = [];
  #running: Promise<void> | undefined;
  #pauses = 0;

  /**
   * @param commit - makes a group durable; never called while an earlier call is under way
   * @param maxWeight - a group ends before it weighs more, unless it is a single job
   */
  constructor(commit: (jobs: readonly Job[]) => Promise<void>, maxWeight: number) {
    this.#commit = commit;
    this.#maxWeight = maxWeight;
  }

  /** Jobs that wait for a commit. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves once the job is committed; rejects with what `commit` threw. */
  submit(job: Job, weight: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, weight, resolve, reject });
      this.#start();
    });
  }

  /** Resolves when the commit under way, if any, has ended, whatever its end. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Runs `work` between two commits; jobs wait meanwhile. Calls may overlap: jobs wait for all of them. */
  async between<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1;
    try {
      await this.#running;
      return await work();
    } finally {
      this.#pauses -= 1;
      this.#start();
    }
  }

  /** Resolves when nothing is under way and nothing waits, but for what `between` holds back. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Rejects everything that waits. */
  rejectWaiting(error: unknown): void {
    const rejected = this.#queue;
    this.#queue = [];
    for (const { reject } of rejected) reject(error);
  }

  #start(): void {
    if (this.#running !== undefined || this.#pauses > 0 || this.#queue.length === 0) return;
    // Waiting for one turn lets everything submitted in this one share the commit.
    this.#running = new Promise((resolve) => {
      setImmediate(() => {
        void this.#commitGroup().finally(() => {
          this.#running = undefined;
          resolve();
          this.#start();
        });
      });
    });
  }

  async #commitGroup(): Promise<void> {
    const group = this.#takeGroup();
    if (group.length === 0) return;
    try {
      await this.#commit(group.map(({ job }) => job));
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
      this.rejectWaiting(error);
    }
  }

  #takeGroup(): readonly Waiting<Job>[] {
    let weight = 0;
    let size = 0;
    for (const waiting of this.#queue) {
      weight += waiting.weight;
      if (size > 0 && weight > this.#maxWeight) break;
      size += 1;
    }
    return this.#queue.splice(0, size);
  }
}
