import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/base/nearest.ts";

const PROJECTS = ["lantern", "keepsake", "tool", "/code/harbour/tide-tables"];

describe("the nearest name", () => {
  it.each([
    ["lantren", "lantern"],
    ["Lantern", "lantern"],
    ["keepsakes", "keepsake"],
    ["toll", "tool"],
    ["/code/harbor/tide-tabels", "/code/harbour/tide-tables"],
  ])("of %s is %s", (typed, meant) => {
    expect(nearestName(typed, PROJECTS)).toBe(meant);
  });

  it.each(["beacon", "", "l", "ab", "lan-party-planner"])("of %j is none", (typed) => {
    expect(nearestName(typed, PROJECTS)).toBeUndefined();
  });

  it("has one slip where there are three letters, so that another word is not offered", () => {
    expect(nearestName("tgs", ["tag"])).toBeUndefined();
    expect(nearestName("tug", ["tag"])).toBe("tag");
  });

  it.each([
    ["app1", "app2"],
    ["side-a", "side-b"],
    ["/a", "/b"],
    ["lantern-v2", "lantern-v3"],
  ])("of %s is not %s: a number or a letter alone is no slip", (typed, other) => {
    expect(nearestName(typed, [other])).toBeUndefined();
  });

  it("is not one that is far away, however long the two are", () => {
    expect(nearestName("harbour-tide-tables", ["harbour-moon-tables"])).toBeUndefined();
  });

  it("is the only one that begins so, when it is no slip of any", () => {
    expect(nearestName("--all", ["--all-projects", "--after"])).toBe("--all-projects");
    expect(nearestName("lan", ["lantern-room", "landing-stage"])).toBeUndefined();
  });

  it("is the nearer one, and of equals the first", () => {
    expect(nearestName("lantrns", ["lanterns", "lantern"])).toBe("lanterns");
    expect(nearestName("boat", ["bolt", "boot"])).toBe("bolt");
  });
});
