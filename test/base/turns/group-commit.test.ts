import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../../src/base/turns/group-commit.ts";

/** A commit that the test ends by hand. */
class Disk {
  readonly groups: (readonly string[])[] = [];
  #end: ((error?: Error) => void) | undefined;

  commit = (jobs: readonly string[]): Promise<void> => {
    this.groups.push(jobs);
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
  };

  async begun(count: number): Promise<void> {
    while (this.groups.length < count) await turn();
  }

  end(error?: Error): void {
    this.#end?.(error);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a group commit", () => {
  it("lets everything submitted in one turn share a commit", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 100);
    const done = Promise.all(["a", "b", "c"].map((job) => group.submit(job, 1)));
    await disk.begun(1);
    expect(disk.groups).toEqual([["a", "b", "c"]]);
    disk.end();
    await done;
  });

  it("gathers what comes during a commit into the next, and resolves none of it before", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 100);
    const first = group.submit("a", 1);
    await disk.begun(1);
    let isDone = false;
    const second = Promise.all([group.submit("b", 1), group.submit("c", 1)]).then(() => (isDone = true));
    await turn();
    expect(group.waiting).toBe(2);
    disk.end();
    await first;
    await disk.begun(2);
    expect(isDone).toBe(false);
    expect(disk.groups[1]).toEqual(["b", "c"]);
    disk.end();
    await second;
  });

  it("ends a group before it weighs too much, but takes a single job of any weight", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 10);
    const done = Promise.all([
      group.submit("huge", 50),
      group.submit("b", 6),
      group.submit("c", 4),
      group.submit("d", 1),
    ]);
    for (const count of [1, 2, 3]) {
      await disk.begun(count);
      disk.end();
    }
    await done;
    expect(disk.groups).toEqual([["huge"], ["b", "c"], ["d"]]);
  });

  it("rejects the group and everything that waits when a commit fails, then takes new jobs", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 2);
    const outcomes = Promise.allSettled([group.submit("a", 2), group.submit("b", 2), group.submit("c", 2)]);
    await disk.begun(1);
    disk.end(new Error("refused"));
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(disk.groups).toEqual([["a"]]);
    const later = group.submit("d", 1);
    await disk.begun(2);
    disk.end();
    await later;
  });

  it("holds jobs back while something runs between two commits", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 100);
    const first = group.submit("a", 1);
    await disk.begun(1);
    const events: string[] = [];
    const between = group.between(async () => {
      events.push("between");
      for (let turns = 0; turns < 3; turns += 1) await turn();
      expect(disk.groups).toEqual([["a"]]);
      events.push("over");
    });
    const second = group.submit("b", 1).then(() => events.push("b"));
    await turn();
    expect(events).toEqual([]);
    disk.end();
    await Promise.all([first, between]);
    await disk.begun(2);
    disk.end();
    await second;
    expect(events).toEqual(["between", "over", "b"]);
  });

  it("goes on after what ran in between has thrown", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 100);
    await expect(group.between(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const job = group.submit("a", 1);
    await disk.begun(1);
    disk.end();
    await job;
  });

  it("is idle when nothing waits and nothing runs, and settled when nothing runs", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 1);
    await group.idle();
    await group.settled();
    const jobs = Promise.all([group.submit("a", 1), group.submit("b", 1)]);
    let isIdle = false;
    let isSettled = false;
    const idle = group.idle().then(() => (isIdle = true));
    await disk.begun(1);
    const settled = group.settled().then(() => (isSettled = true));
    await turn();
    expect(isSettled).toBe(false);
    disk.end();
    await settled;
    await disk.begun(2);
    expect(isIdle).toBe(false);
    disk.end();
    await Promise.all([jobs, idle]);
    await group.settled();
  });

  it("drops what was rejected before its commit began", async () => {
    const disk = new Disk();
    const group = new GroupCommit(disk.commit, 1);
    const job = group.submit("a", 1);
    group.rejectWaiting(new Error("closed"));
    await expect(job).rejects.toThrow("closed");
    await group.idle();
    expect(disk.groups).toEqual([]);
  });
});
