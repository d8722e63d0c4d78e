import { describe, expect, it } from "vitest";
import { isToEngine, isToFront } from "../../src/daemon/messages.ts";

describe("messages between front and engine", () => {
  it("are known by their type, with a number where one belongs", () => {
    for (const type of ["serve", "ping", "end"]) expect(isToEngine({ type })).toBe(true);
    for (const type of ["ready", "opening", "pong", "ending"]) expect(isToFront({ type })).toBe(true);
    expect(isToEngine({ type: "connection", number: 1 })).toBe(true);
    expect(isToFront({ type: "claimed", number: 1 })).toBe(true);
  });

  it.each([
    null,
    undefined,
    "serve",
    1,
    [],
    {},
    { type: 1 },
    { type: "ready " },
    { type: "connection" },
    { type: "claimed" },
    { type: "claimed", number: "1" },
    { type: "connection", number: 1.5 },
    { type: "constructor" },
  ])("are nothing else: %j", (message) => {
    expect(isToEngine(message)).toBe(false);
    expect(isToFront(message)).toBe(false);
  });
});
