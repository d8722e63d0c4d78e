/** How long others wait while something long is done: a second client that asks for the status all the time. */
import type { ChildProcess } from "node:child_process";
import { nextMessage, startChild } from "./child.ts";
import { timed } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

/** Round trips in milliseconds. */
export interface PingFigures {
  readonly daemon: Summary;
  /** Of a server that does nothing else, asked at the same moments: what the machine itself made wait. */
  readonly echo: Summary;
}

export class Pinger {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param env - of the home whose daemon is asked; the daemon runs */
  static async start(env: NodeJS.ProcessEnv): Promise<Pinger> {
    const child = startChild("scripts/bench/ping-child.ts", [], env);
    await nextMessage(child);
    return new Pinger(child);
  }

  /** Asks from before `work` starts until it has ended, and times it. */
  async timed(work: () => Promise<unknown>): Promise<{ readonly ms: number; readonly pings: PingFigures }> {
    const pinging = nextMessage(this.#child);
    this.#child.send("start");
    await pinging;
    const ms = await timed(work);
    const pings = nextMessage<PingFigures>(this.#child);
    this.#child.send("stop");
    return { ms, pings: await pings };
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
