/**
 * A second process of this program that goes on where the host cannot wait: away from the host's session, in `/`, with the allowed part
 * of the environment. What it is to do comes through its standard input; its arguments name the host and the event alone.
 */
import { attempt } from "../base/attempt.ts";
import { childEnvironment } from "../platform/child-environment.ts";
import type { Payload } from "./payload.ts";

/** Behind host and event: what comes is a payload that was looked at. */
export const HANDED_OVER = "handed-over";

/** Resolves when the other process can get all of it. */
export async function handOver(payload: Payload): Promise<void> {
  const program = process.argv[1];
  if (program === undefined) return;
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [program, "hook", payload.host, payload.event, HANDED_OVER], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: childEnvironment(process.env),
  });
  await new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.stdin.once("error", () => resolve());
    child.stdin.end(JSON.stringify(payload), resolve);
  });
  child.unref();
}

/** What the other process was given; `undefined` for anything else. */
export function handedOver(json: string): Payload | undefined {
  const value = attempt(() => JSON.parse(json) as Payload);
  return typeof value?.session === "string" && typeof value.means === "string" ? value : undefined;
}
