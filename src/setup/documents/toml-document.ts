/** Codex's `config.toml`, in which one server is ours. */
import type { TomlServer } from "../text/toml-text.ts";
import { TomlFault, insertServer, readToml, takeServerOut, tomlServer } from "../text/toml-text.ts";
import { shiftSplices, withoutMark } from "../text/splices.ts";
import type { HostDocument } from "./host-document.ts";
import { badFileError, spelled } from "./host-document.ts";

export function tomlDocument(path: string, server: TomlServer): HostDocument {
  const { name, command, args } = server;
  const reading = <R>(text: string, read: (body: string, mark: string) => R): R => {
    const { body, mark } = withoutMark(text);
    try {
      return read(body, mark);
    } catch (error) {
      throw error instanceof TomlFault ? badFileError(path, error.message) : error;
    }
  };
  const serverIn = (text: string) => reading(text, (body) => tomlServer(readToml(body), name));
  return {
    path,
    isOwn: false,
    wanted: spelled({ command, args }),
    find: (text) => {
      const found = serverIn(text);
      return found === undefined ? undefined : spelled(found);
    },
    insert: (text = "") =>
      reading(text, (body, mark) => ({
        splices: shiftSplices([insertServer(body, server)], mark.length),
        made: [],
      })),
    takeOut: (text) =>
      reading(text, (body, mark) => {
        const left = takeServerOut(body, name);
        return { text: mark + left, isBare: left.trim() === "" };
      }),
    server: serverIn,
  };
}
