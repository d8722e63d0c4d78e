/** What set-up knows of a host: where it is, what it is given, and what the person does then. */
import { join } from "node:path";
import { homeFolder } from "../../platform/places.ts";
import type { HostDocument } from "../documents/host-document.ts";
import type { HostId } from "./host-ids.ts";

/** The name of our server, plugin and extension in every host. */
export const OUR_NAME = "keepsake";
/** Of what set-up writes as a plugin; it grows when that changes. */
export const PLUGIN_VERSION = "1.0.0";

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

export interface SetupHost {
  /** Also the id of its client. */
  readonly id: HostId;
  readonly title: string;
  /** The folder that says that it is there. */
  readonly home: (around: Surroundings) => string;
  /** Its command in a terminal; undefined: it has none. */
  readonly program?: string;
  /** The files that are changed; the MCP server stands in the first. @param launcher - its absolute path */
  readonly documents: (around: Surroundings, launcher: string) => readonly HostDocument[];
  /** Its own names of what it reports; empty: it has no hooks, or none that capture needs. */
  readonly events: readonly string[];
  /** Files and folders with what was said and noted so far; not all of them need be there. */
  readonly conversations: (around: Surroundings) => readonly string[];
  /** What the person does once it is set up, a sentence each. */
  readonly next: readonly string[];
  /** Where it runs no hook that the person has not trusted: how that is done. */
  readonly trust?: string;
  /** The variables that its MCP servers get of its own environment; undefined: all of them. */
  readonly passes?: readonly string[];
}

export function mcpArguments(id: string): readonly string[] {
  return ["mcp", "--client", id];
}

export function inHome({ environment }: Surroundings, ...parts: readonly string[]): string {
  return join(homeFolder(environment), ...parts);
}

/** The folder that a variable names, or one below the home folder. */
export function namedFolder(around: Surroundings, variable: string, ...parts: readonly string[]): string {
  const given = around.environment[variable];
  return given?.startsWith("/") === true ? given : inHome(around, ...parts);
}

/** Where programs with a window keep their settings. */
export function settingsFolder(around: Surroundings, name: string): string {
  if (around.platform === "darwin") return inHome(around, "Library", "Application Support", name);
  return join(namedFolder(around, "XDG_CONFIG_HOME", ".config"), name);
}
