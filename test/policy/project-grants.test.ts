import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { hasCode } from "../../src/base/errors.ts";
import {
  checkProjectWrite,
  maySeeProject,
  restrictForgotten,
  restrictProjects,
} from "../../src/policy/project-grants.ts";

const denied = expect.objectContaining({ code: "PROJECT_DENIED" }) as Error;
const unlimited = { projects: undefined };
const limited = { projects: ["/a", "/b"] };

describe("restrictProjects", () => {
  it("does not restrict an unlimited client that asks for everything", () => {
    expect(restrictProjects(undefined, unlimited)).toBeUndefined();
    expect(restrictProjects("*", unlimited)).toBeUndefined();
  });

  it("shows an unlimited client the project it names with memories of no project, or only the latter", () => {
    expect(restrictProjects("/a", unlimited)).toEqual(["/a", null]);
    expect(restrictProjects(null, unlimited)).toEqual([null]);
  });

  it("shows a limited client its projects when it asks for everything", () => {
    expect(restrictProjects(undefined, limited)).toEqual(["/a", "/b"]);
    expect(restrictProjects("*", limited)).toEqual(["/a", "/b"]);
  });

  it("shows a limited client the project it names and nothing besides", () => {
    expect(restrictProjects("/b", limited)).toEqual(["/b"]);
  });

  it.each(["/c", "/a/", "/A", "", "/a\0", "constructor", null])(
    "denies %j to a limited client",
    (project) => {
      expect(() => restrictProjects(project, limited)).toThrow(denied);
    },
  );

  it("lets a filter forget the project it names alone, and only what the client may see", () => {
    expect(restrictForgotten("/a", unlimited)).toEqual(["/a"]);
    expect(restrictForgotten(null, unlimited)).toEqual([null]);
    expect(restrictForgotten(undefined, unlimited)).toBeUndefined();
    expect(restrictForgotten("*", unlimited)).toBeUndefined();
    expect(restrictForgotten("*", limited)).toEqual(["/a", "/b"]);
    expect(() => restrictForgotten("/c", limited)).toThrow(denied);
  });

  it("shows nothing at all to a client whose list is empty", () => {
    expect(restrictProjects(undefined, { projects: [] })).toEqual([]);
    expect(() => restrictProjects("/a", { projects: [] })).toThrow(denied);
  });

  it("never lets a limited client look beyond its projects", () => {
    const granted = fc.array(fc.string(), { maxLength: 4 });
    const asked = fc.oneof(fc.string(), fc.constantFrom("*", null, undefined));
    const beyond = (projects: string[], project: string | null | undefined) => {
      try {
        const visible = restrictProjects(project, { projects });
        return visible === undefined || visible.some((each) => each === null || !projects.includes(each));
      } catch (error) {
        return !hasCode(error, "PROJECT_DENIED");
      }
    };
    fc.assert(fc.property(granted, asked, (projects, project) => !beyond(projects, project)));
    expect(beyond([], "/a")).toBe(false);
  });
});

describe("maySeeProject", () => {
  it("agrees with what a search for everything shows", () => {
    for (const project of ["/a", "/b", "/c", null]) {
      expect(maySeeProject(project, unlimited)).toBe(true);
      const visible = restrictProjects("*", limited) ?? [];
      expect(maySeeProject(project, limited)).toBe(visible.includes(project));
    }
  });
});

describe("checkProjectWrite", () => {
  it("lets an unlimited client write anywhere, and to no project", () => {
    expect(() => checkProjectWrite("/a", unlimited)).not.toThrow();
    expect(() => checkProjectWrite(null, unlimited)).not.toThrow();
  });

  it("lets a limited client write to its projects alone", () => {
    checkProjectWrite("/a", limited);
    expect(() => checkProjectWrite("/c", limited)).toThrow(denied);
    expect(() => checkProjectWrite(null, limited)).toThrow(denied);
  });

  it("refuses the name that stands for every project", () => {
    const invalid = expect.objectContaining({ code: "INVALID_PARAMS" }) as Error;
    expect(() => checkProjectWrite("*", unlimited)).toThrow(invalid);
    expect(() => checkProjectWrite("*", { projects: ["*"] })).toThrow(invalid);
  });
});
